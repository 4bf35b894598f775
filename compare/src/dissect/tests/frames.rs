//! Frames, and the upgrade before them.

use super::*;

const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
const ASK: &str = "GET /messages HTTP/1.1\r\nUpgrade: websocket\r\n\r\n";
const SWITCH: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";

/// A frame with a length of 7 bits, as a server sends it.
fn plain(first: u8, payload: impl AsRef<[u8]>) -> Vec<u8> {
    [&[first, payload.as_ref().len() as u8], payload.as_ref()].concat()
}

/// The same as a client sends it.
fn masked(first: u8, payload: impl AsRef<[u8]>) -> Vec<u8> {
    let payload = payload.as_ref();
    let payload: Vec<u8> = payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();

    [&[first, 0x80 | payload.len() as u8], &MASK[..], &payload].concat()
}

/// What passes on a WebSocket of the channel, without heads.
#[track_caller]
fn socket(passes: &[(Direction, &[u8])]) -> String {
    let upgrade = [(Up, ASK.as_bytes()), (Down, SWITCH.as_bytes())];

    bodies(&dissect(&[&upgrade[..], passes].concat()))
}

#[test]
fn a_frame_s_header_is_named_bit_by_bit() {
    let long = [&[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0], &[b'x'; 65_536][..]].concat();
    let parts = socket(&[
        (Down, &plain(0x81, JSON)),
        (Down, &plain(0x81, "{\"gap\":true}")),
        (Up, &masked(0x81, "hello\0")),
        (Down, &[&[0x81, 126, 0, 200][..], &[b'x'; 200]].concat()),
        (Down, &long),
        (Down, &plain(0x75, "?")),
    ]);

    let (x200, x1024) = ("x".repeat(200), "x".repeat(1_024));
    let expected = format!(
        "down Frame Overhead 81 1f (FIN 1, RSV 000, opcode 1 text, MASK 0, length 31)
down Message Payload {JSON}
down Frame Overhead 81 0c (FIN 1, RSV 000, opcode 1 text, MASK 0, length 12)
down Notice Overhead {{\"gap\":true}}
up Frame Overhead 81 86 37 fa 21 3d (FIN 1, RSV 000, opcode 1 text, MASK 1, length 6, mask key 37fa213d)
up Text Payload hello␀
down Frame Overhead 81 7e 00 c8 (FIN 1, RSV 000, opcode 1 text, MASK 0, length 126, extended length 200)
down Notice Overhead {x200}
down Frame Overhead 82 7f 00 00 00 00 00 01 00 00 \
(FIN 1, RSV 000, opcode 2 binary, MASK 0, length 127, extended length 65536)
down Binary Overhead {x1024} and 31744 more
down Binary+ Overhead {x1024} and 31744 more
down Frame Overhead 75 01 (FIN 0, RSV 111, opcode 5 reserved, MASK 0, length 1)
down Raw Overhead ?
"
    );
    assert_eq!(parts, expected);
}

#[test]
fn control_frames_are_distinguished_and_a_close_has_its_reason() {
    let parts = socket(&[
        (Down, &plain(0x89, "")),
        (Up, &masked(0x8a, "p")),
        (Up, &masked(0x89, "q")),
        (Down, &plain(0x88, b"\x03\xe9stop\n")),
        (Up, &masked(0x88, b"\x03\xe9")),
        (Up, &masked(0x88, b"\x03")),
    ]);

    let expected = "down Frame Overhead 89 00 (FIN 1, RSV 000, opcode 9 ping, MASK 0, length 0)
up Frame Overhead 8a 81 37 fa 21 3d (FIN 1, RSV 000, opcode a pong, MASK 1, length 1, mask key 37fa213d)
up Pong Overhead p
up Frame Overhead 89 81 37 fa 21 3d (FIN 1, RSV 000, opcode 9 ping, MASK 1, length 1, mask key 37fa213d)
up Ping Overhead q
down Frame Overhead 88 07 (FIN 1, RSV 000, opcode 8 close, MASK 0, length 7)
down Close Overhead ␃\\xE9stop␊ (1001 going away: stop␊)
up Frame Overhead 88 82 37 fa 21 3d (FIN 1, RSV 000, opcode 8 close, MASK 1, length 2, mask key 37fa213d)
up Close Overhead ␃\\xE9 (1001 going away)
up Frame Overhead 88 81 37 fa 21 3d (FIN 1, RSV 000, opcode 8 close, MASK 1, length 1, mask key 37fa213d)
up Close Overhead ␃ (no code)
";
    assert_eq!(parts, expected);
}

#[test]
fn fragments_go_on_the_message_that_began() {
    let (start, end) = JSON.split_at(20);
    let parts = dissect(&[
        (Up, ASK.as_bytes()),
        (Down, SWITCH.as_bytes()),
        (Down, &plain(0x01, start)),
        (Down, &plain(0x89, "")),
        (Down, &plain(0x80, end)),
        (Up, &masked(0x01, "")),
        (Up, &masked(0x00, "two")),
        (Up, &masked(0x80, " parts")),
        (Up, &masked(0x80, "of nothing")),
    ]);

    let data: Vec<_> = parts[6..].iter().filter(|part| part.kind != Kind::Frame).cloned().collect();
    let expected = format!(
        "down Message Payload {start}
down Message+ Payload {end}
up Text Payload two
up Text+ Payload  parts
up Raw Overhead of nothing
"
    );
    assert_eq!(lines(&data), expected);
    let Totals { up, down, texts, messages, .. } = totals(&parts);
    assert_eq!((up.payload, down.payload, texts, messages), (9, JSON.len() as u64, 1, 1));
}

#[test]
fn what_a_client_sends_ahead_waits_for_the_answer() {
    let frame = masked(0x81, "eager");
    let eager = [ASK.as_bytes(), &frame].concat();
    let refused = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";

    let accepted = bodies(&dissect(&[(Up, &eager), (Down, SWITCH.as_bytes())]));
    let again = [ASK, GET].concat();
    let refused = dissect(&[(Up, again.as_bytes()), (Down, refused), (Down, refused)]);

    assert!(accepted.ends_with("up Text Payload eager\n"), "{accepted}");
    assert_eq!(totals(&refused).requests, 2, "{refused:#?}");
    let last = refused.last().map(|part| (part.kind, part.weight));
    assert_eq!(last, Some((Kind::HeadEnd, Weight::Overhead)), "{refused:#?}");
}

#[test]
fn another_protocol_and_another_path_are_not_the_channel() {
    let echo = ASK.replace("/messages", "/echo");
    let other = SWITCH.replace("websocket", "h2c");

    let echoed = bodies(&dissect(&[(Up, echo.as_bytes()), (Down, SWITCH.as_bytes()), (Down, &plain(0x81, JSON))]));
    let unknown = dissect(&[(Up, ASK.as_bytes()), (Down, other.as_bytes()), (Down, b"\x81\x00"), (Up, b"PRI *")]);

    let header = "down Frame Other 81 1f (FIN 1, RSV 000, opcode 1 text, MASK 0, length 31)\n";
    assert_eq!(echoed, format!("{header}down Message Other {JSON}\n"));
    assert!(unknown[6..].iter().all(|part| part.kind == Kind::Raw), "{unknown:#?}");
}
