//! What a WebSocket sends, to the byte: each clause of docs/SPEC.md under "WebSocket" has its test here.

#[path = "wire/frames.rs"]
mod frames;

use std::{
    fmt::Display,
    io::{ErrorKind, Read as _},
    time::{Duration, Instant},
};

use frames::{
    BINARY, CLOSE, FIRST_BINARY, FIRST_TEXT, LAST, NEXT, PING, PONG, TEXT, closed, declared, expect, expect_open,
    handshake, masked, next, open, open_raw, plain,
};
use serde_json::{Value, json};
use shared::{
    Cursor,
    testing::{LIMIT, Server, Wire},
};
use websocket::TRANSPORT;

const KIB: usize = 1_024;
const MIB: usize = 1_024 * KIB;
/// TCP is closed within this time of a close handshake. On a busy machine some take longer, but not all.
const PROMPT: Duration = Duration::from_millis(200);
/// TCP is closed within this time of a bad frame, or of a Close that the client does not answer.
const SOON: Duration = Duration::from_secs(1);
/// How much longer a promise may take on a busy machine.
const SLACK: u32 = 5;

#[test]
fn the_handshake_is_that_of_the_rfc() {
    let server = Server::start(TRANSPORT, &[]);
    let usual = handshake("/messages");
    let other = usual.replace("Upgrade: websocket", "Upgrade: WebSocket").replace(": Upgrade", ": keep-alive, upgrade");
    let offer = "Sec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Protocol: chat\r\n\r\n";

    let spelled_otherwise = usual.replace("GET /messages", "GET /%6dessages");
    let without_body = usual.trim_end().to_owned() + "\r\nContent-Length: 0\r\n\r\n";
    let good = [usual.clone(), other, spelled_otherwise, without_body, format!("{}\r\n{offer}", usual.trim_end())];
    let connections = [
        "close, upgrade",
        "Upgrade, close",
        "keep-alive, UPGRADE",
        "Close\r\nConnection: upgrade",
        "upgrade\r\nConnection: close",
    ];
    let by_a_proxy = connections.map(|list| usual.replace("Connection: Upgrade", &format!("Connection: {list}")));

    for request in good.into_iter().chain(by_a_proxy) {
        let head = [
            "HTTP/1.1 101 Switching Protocols",
            "cache-control: no-store",
            "connection: upgrade",
            "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
            "upgrade: websocket",
            "x-content-type-options: nosniff",
        ];
        let mut socket = ask(&server, &request);
        assert_eq!(socket.head(), head, "{request}");
        expect(&mut socket, &[place(server.newest(), false)]);
        expect_open(&mut socket);
    }
}

#[test]
fn a_handshake_with_a_mistake_is_400_and_says_which() {
    let server = Server::start(TRANSPORT, &[]);
    let usual = handshake("/messages");
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let twice = |line: &str| usual.replace(line, &line.repeat(2));
    let more = |line: &str| usual.replace("\r\n\r\n", &format!("\r\n{line}\r\n\r\n"));

    let cases = [
        (usual.replace("Connection: Upgrade\r\n", ""), "Upgrade without Connection: Upgrade"),
        (usual.replace(key, ""), "send one Sec-WebSocket-Key"),
        (usual.replace(key, "Sec-WebSocket-Key: c2hvcnQ=\r\n"), "send one Sec-WebSocket-Key"),
        (usual.replace(key, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZR==\r\n"), "send one Sec-WebSocket-Key"),
        (twice(key), "send one Sec-WebSocket-Key"),
        (twice("Sec-WebSocket-Version: 13\r\n"), "Sec-WebSocket-Version stands twice"),
        (more("Content-Length: 5") + "hello", "a handshake has no body"),
        (more("Transfer-Encoding: chunked") + "0\r\n\r\n", "a handshake has no body"),
    ];
    for (request, words) in cases {
        let answer = ask(&server, &request).rest();
        let said = format!("\r\n\r\n{{\"error\":\"{words}");
        assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains(&said), "{request}{answer}");
    }
}

#[test]
fn without_an_upgrade_it_is_426() {
    let server = Server::start(TRANSPORT, &[]);
    let usual = handshake("/messages");

    let requests = [
        ("connection: upgrade", "GET /messages HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned()),
        ("connection: close, upgrade", usual.replace("websocket\r\n", "h2c\r\n")),
        ("connection: close, upgrade", usual.replace("websocket\r\n", "h2c, websocket\r\n")),
        ("connection: close, upgrade", usual.replace("Version: 13", "Version: 8")),
        ("connection: close, upgrade", usual.replace("Sec-WebSocket-Version: 13\r\n", "")),
    ];

    for (connection, request) in requests {
        let head = [
            "HTTP/1.1 426 Upgrade Required",
            "cache-control: no-store",
            connection,
            "content-length: 52",
            "content-type: application/json",
            "sec-websocket-version: 13",
            "upgrade: websocket",
            "x-content-type-options: nosniff",
        ];
        let mut wire = ask(&server, &request);
        assert_eq!(wire.head(), head, "{request}");
        assert_eq!(wire.exactly(52), br#"{"error":"open this with a WebSocket of version 13"}"#, "{request}");
    }
}

#[test]
fn a_message_is_a_text_frame() {
    let server = Server::start(TRANSPORT, &[]);
    let here = server.newest();
    let elsewhere = Cursor { epoch: !here.epoch, ..here };
    let gap = |more| plain(TEXT, format!(r#"{{"gap":true,"next":"{here}","more":{more}}}"#));
    let mut early = open_raw(&server, &format!("/messages?after={elsewhere}"));
    expect(&mut early, &[gap(false)]);

    let ids = ["short", "</script>\r\n\u{2028}\"😀\0", &"é".repeat(2 * KIB)].map(|text| server.publish(text).id);
    let opened = [
        ("".to_owned(), place(ids[1], true), 2),
        ("?after=start".to_owned(), place(here, true), 0),
        (format!("?after={}", ids[0]), place(ids[0], true), 1),
        (format!("?after={}", Cursor { seq: 999, ..ids[2] }), gap(true), 0),
        (format!("?after={elsewhere}"), gap(true), 0),
    ];
    let up_to_date = place(ids[2], false);
    let mut sockets = opened.map(|(query, place, first)| {
        let mut socket = open_raw(&server, &format!("/messages{query}"));
        eprintln!("/messages{query}");
        expect(&mut socket, &[&[place], &frames(&server)[first..], std::slice::from_ref(&up_to_date)].concat());
        socket
    });
    let mut there = open_raw(&server, &format!("/messages?after={}", ids[2]));
    expect(&mut there, &[up_to_date]);
    server.publish("later");

    expect(&mut early, &frames(&server));
    expect_open(&mut early);
    for socket in &mut sockets {
        expect(socket, &frames(&server)[3..]);
        expect_open(socket);
    }
}

#[test]
fn a_text_frame_publishes() {
    let server = Server::start(TRANSPORT, &[]);
    let (mut writer, mut other) = (open(&server, "/messages"), open(&server, "/messages"));
    let error = |text| plain(TEXT, format!(r#"{{"error":"the text is {text}: send 1 to 4096 bytes"}}"#));
    let longest = "é".repeat(2 * KIB);

    for text in ["hello", &longest] {
        writer.send(masked(TEXT, text));
        assert_eq!(next(&mut writer), next(&mut other), "it comes to all");
        writer.send(masked(TEXT, ""));
        expect(&mut writer, &[error("empty")]);
        writer.send([masked(TEXT, "a".repeat(4 * KIB + 1)), masked(TEXT, "a".repeat(64 * KIB))].concat());
        expect(&mut writer, &[error("too long"), error("too long")]);
    }

    let held = server.held();
    for (message, text) in held.iter().zip(["hello", &longest]) {
        assert!(message.json.ends_with(&format!(r#","kind":"message","text":"{text}"}}"#)), "{}", message.json);
    }
    assert_eq!(held.len(), 2, "{held:?}");
    expect_open(&mut writer);
    expect_open(&mut other);
}

#[test]
fn a_keyed_text_is_acknowledged_and_published_once() {
    let server = Server::start(TRANSPORT, &[]);
    let keyed = handshake("/messages").replace("13\r\n", "13\r\nSec-WebSocket-Protocol: chat, five-ways.keyed\r\n");
    let mut socket = ask(&server, &keyed);
    assert!(socket.head().contains(&"sec-websocket-protocol: five-ways.keyed".to_owned()));
    expect(&mut socket, &[place(server.newest(), false)]);
    let mut other = open(&server, "/messages");
    let (key, new_key) = ("5f1c3b0a-4d2e-4c55", "5f1c3b0a-4d2e-4c56");
    let post = |key: &str| {
        let mut wire = server.connect();
        let head = "POST /messages HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: text/plain\r\n";
        wire.send(format!("{head}Idempotency-Key: {key}\r\nContent-Length: 3\r\n\r\none"));
        wire.rest()
    };
    let send = |key: &str, text: &str| masked(TEXT, format!(r#"{{"key":"{key}","text":"{text}"}}"#));
    let acknowledged = json!({ "key": key, "published": format!("{}.1", epoch(&server)) });

    socket.send(send(key, "one"));
    let answers = [next(&mut socket), next(&mut socket)];
    let message = frames(&server).remove(0);
    assert!(answers.contains(&message) && answers.iter().any(|frame| object(frame) == acknowledged), "{answers:?}");
    socket.send([send(key, "one"), send(key, "two"), send(new_key, ""), send("short", "x")].concat());
    assert_eq!(object(&next(&mut socket)), acknowledged);
    for (key, status) in [(key, 422), (new_key, 400), ("short", 400)] {
        let refusal = object(&next(&mut socket));
        assert_eq!((&refusal["key"], &refusal["status"]), (&json!(key), &json!(status)), "{refusal}");
        assert!(refusal["error"].as_str().is_some_and(|words| !words.is_empty()), "{refusal}");
    }
    for wrong in ["plain", "{}", r#"{"key":1,"text":"x"}"#, r#"{"text":"x"}"#] {
        socket.send(masked(TEXT, wrong));
        let refusal = object(&next(&mut socket));
        assert_eq!((&refusal["key"], &refusal["status"]), (&json!(null), &json!(400)), "{wrong}: {refusal}");
    }

    assert!(post(key).ends_with(&*server.held()[0].json), "the key stands in the feed, by whichever way it comes");
    expect(&mut other, &frames(&server));
    expect_open(&mut other);
    assert_eq!(server.newest().seq, 1);
}

/// The JSON of a short text frame.
fn object(frame: &[u8]) -> Value {
    assert_eq!(frame[0], TEXT, "{frame:02x?}");

    serde_json::from_slice(&frame[if frame[1] == 126 { 4 } else { 2 }..]).expect("JSON")
}

fn epoch(server: &Server) -> String {
    format!("{:08x}", server.newest().epoch)
}

#[test]
fn a_binary_frame_comes_back() {
    let server = Server::start(TRANSPORT, &[]);
    let (mut socket, mut other) = (open(&server, "/messages"), open(&server, "/messages"));

    for length in [0, 1, 8, 125, 126, 127, 255, 256, 65_535, 65_536] {
        let bytes: Vec<u8> = (0..=u8::MAX).rev().cycle().take(length).collect();
        socket.send(masked(BINARY, &bytes));
        expect(&mut socket, &[plain(BINARY, &bytes)]);
    }

    expect_open(&mut other);
    assert_eq!(server.newest().seq, 0, "nothing was published");
}

#[test]
fn a_ping_is_answered_with_its_payload() {
    let server = Server::start(TRANSPORT, &[]);
    let longest = [0xff; 125];

    let mut socket = ask(&server, &handshake("/messages"));
    socket.send(b"\x89\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"); // the RFC's example, and before the handshake's answer
    socket.head();
    expect(&mut socket, &[place(server.newest(), false)]);
    socket.send([masked(PING, ""), masked(PING, longest), masked(PONG, "unasked"), masked(PING, "last")].concat());

    assert_eq!(socket.exactly(7), b"\x8a\x05Hello");
    assert_eq!(socket.exactly(2), b"\x8a\x00");
    expect(&mut socket, &[plain(PONG, longest), plain(PONG, "last")]);
    expect_open(&mut socket);
}

#[test]
fn a_close_is_answered_with_its_code() {
    let server = Server::start(TRANSPORT, &[]);
    let late = [masked(PING, "late"), masked(TEXT, "late"), masked(BINARY, "late")].concat();
    let codes = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999];
    let mut closes: Vec<(Vec<u8>, Vec<u8>)> =
        codes.map(|code: u16| (masked(CLOSE, code.to_be_bytes()), closed(code))).into();
    closes.push((masked(CLOSE, ""), plain(CLOSE, "")));
    closes.push((masked(CLOSE, [b"\x03\xe8".as_slice(), &[b'r'; 123]].concat()), closed(1000)));
    closes.push(([masked(FIRST_TEXT, "begun"), masked(CLOSE, b"\x03\xe8")].concat(), closed(1000)));

    let mut times = Vec::new();
    for (close, answer) in closes {
        let mut socket = open(&server, "/messages");
        socket.send([close.clone(), late.clone()].concat());
        let since = Instant::now();
        assert_eq!(socket.remaining(), answer, "{close:02x?}");
        times.push(since.elapsed());
    }

    assert_eq!(server.newest().seq, 0, "nothing was published");
    assert_prompt(&times);
    assert_a_close_ends_what_is_being_sent(&server);
}

#[test]
fn a_stop_is_1001() {
    let server = Server::start(TRANSPORT, &[]);
    let mut silent = open(&server, "/messages");
    let mut polite = [(); 5].map(|()| open(&server, "/messages"));

    let stopped = Instant::now();
    server.stop.cancel();
    let answered = polite.each_mut().map(|socket| {
        expect(socket, &[closed(1001)]);
        socket.send(masked(CLOSE, b"\x03\xe9"));
        Instant::now()
    });
    let ends = polite.map(|mut socket| (socket.remaining(), Instant::now()));

    for (came, _) in &ends {
        assert_eq!(came, b"", "nothing comes after the Close");
    }
    assert_prompt(&answered.into_iter().zip(ends).map(|(answered, (_, end))| end - answered).collect::<Vec<_>>());
    assert_eq!(silent.remaining(), closed(1001));
    assert!(stopped.elapsed() < SOON * SLACK, "without an answer it took {:?}", stopped.elapsed());
    server.stop().expect("the server ends well");
}

#[test]
fn no_close_code_of_ours_is_from_1012_to_1014() {
    let server = Server::start(TRANSPORT, &["--heartbeat", "100ms"]);
    let broken = [plain(TEXT, ""), masked(TEXT, b"\xff"), declared(TEXT, u64::MAX >> 1)].map(|frame| {
        let mut socket = open(&server, "/messages");
        socket.send(frame);
        close_code(&socket.remaining())
    });
    let silent = close_code(&open(&server, "/messages").remaining());
    let stopping = Server::start(TRANSPORT, &[]);
    let mut stopped = open(&stopping, "/messages");
    stopping.stop.cancel();
    let failing = Server::start(TRANSPORT, &[]);
    let mut failed = open(&failing, "/messages");
    failing.feed.fail();

    let codes = [&broken[..], &[silent, close_code(&stopped.remaining()), close_code(&failed.remaining())]].concat();

    assert_eq!(codes, [1002, 1007, 1009, 1008, 1001, 1011]);
}

#[test]
fn a_broken_frame_is_1002() {
    let server = Server::start(TRANSPORT, &[]);
    let plain_hello = plain(TEXT, "Hello");
    let long = [b"\x03\xe8".as_slice(), &[b'a'; 124]].concat();

    let mut cases: Vec<(String, Vec<u8>)> = [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535]
        .map(|code: u16| (format!("a Close with {code}"), masked(CLOSE, code.to_be_bytes())))
        .into();
    cases.push(("a Close with one byte".to_owned(), masked(CLOSE, b"\x03")));
    for first in [0xc1, 0xa1, 0x91, 0xf1, 0xc2, 0x41, 0x21, 0x11, 0xc9, 0xaa, 0x98] {
        cases.push((format!("reserved bits: {first:#x}"), masked(first, "Hello")));
    }
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        cases.push((format!("unknown kind {opcode}"), masked(0x80 | opcode, "Hello")));
        cases.push((format!("unknown kind {opcode}, unfinished"), masked(opcode, "")));
    }
    for first in [PING, PONG, CLOSE] {
        cases.push((format!("a long control frame: {first:#x}"), masked(first, &long)));
        cases.push((format!("a fragmented control frame: {first:#x}"), masked(first & 0xf, "")));
    }
    for first in [TEXT, BINARY, PING, PONG, CLOSE, FIRST_TEXT] {
        cases.push((format!("no mask: {first:#x}"), plain(first, "")));
    }
    cases.push(("no mask, and megabytes follow".to_owned(), [plain_hello, vec![b'a'; 16 * MIB]].concat()));
    cases.extend(misplaced_fragments());

    assert_refused(&server, 1002, followed_by_a_ping(cases));
}

#[test]
fn bad_utf_8_is_1007() {
    let server = Server::start(TRANSPORT, &[]);
    let fragments = |first: &[u8], next: &[u8], last: &[u8]| {
        [masked(FIRST_TEXT, first), masked(NEXT, next), masked(LAST, last)].concat()
    };
    let text = |bytes: &[u8]| masked(TEXT, bytes);

    let cases = [
        ("no beginning", text(b"Hello \x80")),
        ("no such byte", text(b"\xff")),
        ("cut off", text(b"Hello \xe2\x82")),
        ("too long a form", text(b"\xc0\x80")),
        ("a surrogate", text(b"\xed\xa0\x80")),
        ("beyond the last", text(b"\xf4\x90\x80\x80")),
        ("in the first fragment", fragments(b"\xff", b"good", b"good")),
        ("in the middle one", fragments(b"good", b"\xff", b"good")),
        ("in the last", fragments(b"good", b"good", b"\xff")),
        ("split over two", fragments(b"good \xe2", b"\x28\xa1", b"")),
        ("cut off by the end", fragments(b"good", b"", b"\xe2\x82")),
    ];

    assert_refused(&server, 1007, followed_by_a_ping(cases));
    assert_eq!(server.newest().seq, 0, "nothing was published");
}

#[test]
fn a_message_over_64_kib_is_1009() {
    let server = Server::start(TRANSPORT, &[]);
    let half = [b'a'; 32 * KIB];
    let fragments = |first, last: &[u8]| [masked(first, half), masked(NEXT, half), masked(LAST, last)].concat();
    let mut socket = open(&server, "/messages");

    let sizes = [64 * KIB as u64 + 1, 1 << 30, 1 << 32, 1 << 63, u64::MAX];
    let mut cases: Vec<(String, Vec<u8>)> =
        sizes.map(|size| (format!("the header of {size} bytes"), declared(BINARY, size))).into();
    cases.push(("megabytes of them come".to_owned(), [declared(TEXT, 1 << 30), vec![b'a'; 16 * MIB]].concat()));
    for first in [TEXT, BINARY, FIRST_TEXT] {
        cases.push((format!("one frame: {first:#x}"), masked(first, [b'a'; 64 * KIB + 1])));
    }
    for first in [FIRST_TEXT, FIRST_BINARY] {
        cases.push((format!("several frames: {first:#x}"), fragments(first, b"a")));
        cases.push((
            format!("unfinished frames: {first:#x}"),
            [masked(first, half), masked(NEXT, half), masked(NEXT, "a")].concat(),
        ));
    }

    let in_ones = |last: u8, count: usize| -> Vec<u8> {
        let middle = [masked(NEXT, "a"), masked(PING, "")].concat().repeat(count - 2);
        [masked(FIRST_BINARY, "a"), middle, masked(last, "a")].concat()
    };
    cases.push(("1,025 fragments".to_owned(), [masked(FIRST_TEXT, "a"), masked(NEXT, "a").repeat(1_024)].concat()));

    socket.send(in_ones(LAST, 1_024));
    expect(&mut socket, &vec![plain(PONG, ""); 1_022]);
    expect(&mut socket, &[plain(BINARY, [b'a'; 1_024])]);
    for exactly in [masked(BINARY, [b'a'; 64 * KIB]), fragments(FIRST_BINARY, b""), fragments(FIRST_BINARY, b"")] {
        socket.send(exactly);
        expect(&mut socket, &[plain(BINARY, [b'a'; 64 * KIB])]);
    }
    assert_refused(&server, 1009, cases);
    expect_open(&mut socket);
}

#[test]
fn good_frames_before_a_bad_one_count() {
    let server = Server::start(TRANSPORT, &[]);
    let good = [
        masked(PING, "1"),
        masked(BINARY, "2"),
        masked(FIRST_BINARY, "3"),
        masked(PING, "4"),
        masked(LAST, "5"),
        masked(PONG, ""),
        masked(BINARY, ""),
    ];
    let answers = [plain(PONG, "1"), plain(BINARY, "2"), plain(PONG, "4"), plain(BINARY, "35"), plain(BINARY, "")];
    let bad = [
        (1002, plain(TEXT, "no mask")),
        (1002, masked(0xc1, "reserved")),
        (1002, masked(0x83, "unknown")),
        (1002, masked(LAST, "of nothing")),
        (1007, masked(TEXT, b"\xff")),
        (1009, declared(BINARY, 1 << 30)),
        (1000, masked(CLOSE, b"\x03\xe8")),
    ];

    let sockets = bad.clone().map(|(code, bad)| (code, sent(&server, &[&good.concat(), &bad])));
    for (code, mut socket) in sockets {
        assert_eq!(socket.remaining(), [answers.concat(), closed(code)].concat());
    }
    let sockets = bad.map(|(code, bad)| (code, sent(&server, &[&masked(TEXT, "counts"), &bad])));
    for (code, mut socket) in sockets {
        assert!(socket.remaining().ends_with(&closed(code)), "after a text and what is {code}");
    }
    assert_eq!(server.newest().seq, 7, "each text was published");
}

#[test]
fn a_peer_that_answers_no_ping_is_1008() {
    const HEARTBEAT: Duration = Duration::from_millis(500);
    let server = Server::start(TRANSPORT, &["--heartbeat", "500ms"]);
    let mut heard = Instant::now();
    let mut socket = open(&server, "/messages");

    for answer in [masked(PONG, ""), masked(BINARY, ""), masked(PONG, "unasked")] {
        expect(&mut socket, &[plain(PING, "")]);
        assert_about(heard.elapsed(), HEARTBEAT);
        heard = Instant::now();
        socket.send(&answer);
        if answer[0] == BINARY {
            expect(&mut socket, &[plain(BINARY, "")]);
        }
    }
    expect(&mut socket, &[plain(PING, ""), closed(1008)]);
    let silence = heard.elapsed();

    assert_about(silence, HEARTBEAT * 2);
    assert_eq!(socket.remaining(), b"", "nothing comes after the Close");
    assert!(heard.elapsed() < silence + SOON * SLACK, "TCP was closed {:?} after the last word", heard.elapsed());
}

/// Of a frame that is not whole, and of one fragment after the other: no ping is due meanwhile.
#[test]
fn any_byte_is_a_sign_of_life() {
    const HEARTBEAT: Duration = Duration::from_millis(500);
    const LONG: u32 = 4; // heartbeats
    let server = Server::start(TRANSPORT, &["--heartbeat", "500ms"]);
    let frame = masked(BINARY, [b'a'; 300]);
    let fragments = [masked(FIRST_BINARY, "a"), masked(NEXT, "a").repeat(40), masked(LAST, "a")].concat();

    for (bytes, echo) in [(frame, plain(BINARY, [b'a'; 300])), (fragments, plain(BINARY, [b'a'; 42]))] {
        let mut socket = open(&server, "/messages");
        let pause = HEARTBEAT * LONG / u32::try_from(bytes.len()).unwrap();
        socket.stream.set_read_timeout(Some(pause.max(Duration::from_millis(1)))).unwrap();
        let (last, rest) = bytes.split_last().unwrap();
        let since = Instant::now();
        for byte in rest {
            socket.send([*byte]);
            let silence = socket.stream.read(&mut [0]); // it paces the bytes
            assert!(silence.is_err_and(|error| error.kind() == ErrorKind::WouldBlock), "after {:?}", since.elapsed());
        }
        assert!(since.elapsed() > HEARTBEAT * 3, "{:?}", since.elapsed());
        socket.stream.set_read_timeout(Some(LIMIT)).unwrap();
        socket.send([*last]);
        expect(&mut socket, &[echo]);
    }
}

#[test]
fn a_fragmented_message_is_put_together() {
    let server = Server::start(TRANSPORT, &[]);
    let mut socket = open(&server, "/messages");
    let binary = [masked(FIRST_BINARY, "one "), masked(NEXT, ""), masked(PING, "!"), masked(LAST, "two")].concat();
    let empty = [masked(FIRST_BINARY, ""), masked(NEXT, ""), masked(LAST, "")].concat();
    let text = [
        masked(FIRST_TEXT, "\u{e9}".as_bytes().split_at(1).0),
        masked(PING, "!"),
        masked(NEXT, "\u{e9}".as_bytes().split_at(1).1),
        masked(LAST, " \u{1f600}"),
    ]
    .concat();

    for piece in [1, 3, KIB] {
        send_in_pieces(&mut socket, &binary, piece);
        expect(&mut socket, &[plain(PONG, "!"), plain(BINARY, "one two")]);
        send_in_pieces(&mut socket, &empty, piece);
        expect(&mut socket, &[plain(BINARY, "")]);
        send_in_pieces(&mut socket, &text, piece);
        expect(&mut socket, &[plain(PONG, "!")]);
        assert_eq!(Some(&next(&mut socket)), frames(&server).last());
    }

    for message in server.held() {
        assert!(message.json.ends_with("\"text\":\"\u{e9} \u{1f600}\"}"), "{}", message.json);
    }
    expect_open(&mut socket);
}

#[test]
fn echo_is_off_by_default() {
    let without = Server::start(TRANSPORT, &[]);
    let server = Server::start(TRANSPORT, &["--echo"]);
    let most: Vec<u8> = (0..=u8::MAX).cycle().take(16 * MIB).collect();

    let refused = ask(&without, &handshake("/echo")).head();
    let plain_get = server.ask("GET /echo HTTP/1.1\r\n\r\n");
    let foreign = handshake("/echo").replace("\r\n\r\n", "\r\nOrigin: http://elsewhere.example\r\n\r\n");
    let foreign = ask(&server, &foreign).head();
    let mut socket = open_raw(&server, "/echo");
    socket.send([masked(TEXT, ""), masked(TEXT, "é"), masked(PING, "?"), masked(BINARY, b"\xff")].concat());
    socket.send([masked(FIRST_TEXT, "a"), masked(PING, "!"), masked(LAST, "b")].concat());
    expect(&mut socket, &[plain(TEXT, ""), plain(TEXT, "é"), plain(PONG, "?"), plain(BINARY, b"\xff")]);
    expect(&mut socket, &[plain(PONG, "!"), plain(TEXT, "ab")]);
    socket.send(masked(BINARY, &most));
    expect(&mut socket, &[plain(BINARY, &most)]);
    server.until_open(1); // they count, and take seats
    let mut greedy = open_raw(&server, "/echo");
    greedy.send(declared(TEXT, 16 * MIB as u64 + 1));

    assert_eq!(refused[0], "HTTP/1.1 404 Not Found", "{refused:?}");
    assert!(plain_get.starts_with("HTTP/1.1 426 Upgrade Required\r\n"), "{plain_get}");
    assert_eq!(foreign[0], "HTTP/1.1 403 Forbidden", "{foreign:?}");
    assert_eq!(greedy.remaining(), closed(1009));
    server.stop.cancel();
    assert_eq!(socket.remaining(), closed(1001));
    assert_eq!(server.newest().seq, 0, "nothing was published");
}

fn ask(server: &Server, request: &str) -> Wire {
    let mut wire = server.connect();
    wire.send(request);

    wire
}

/// A new WebSocket on which this was sent in one write.
fn sent(server: &Server, bytes: &[&[u8]]) -> Wire {
    let mut socket = open(server, "/messages");
    socket.send(bytes.concat());

    socket
}

/// The frame that tells a place.
fn place(next: Cursor, more: bool) -> Vec<u8> {
    plain(TEXT, format!(r#"{{"next":"{next}","more":{more}}}"#))
}

/// The text frame of each message that is held, up to a batch.
fn frames(server: &Server) -> Vec<Vec<u8>> {
    server.held().iter().map(|message| plain(TEXT, &message.json)).collect()
}

/// Each of these ends in a Close with `code` and nothing more, and then TCP is closed, though not by the client.
fn assert_refused(server: &Server, code: u16, cases: Vec<(impl Display, Vec<u8>)>) {
    let refuse = |(what, bytes)| {
        eprintln!("{what}");
        let mut socket = open(server, "/messages");
        socket.send(bytes);
        (what, socket, Instant::now())
    };
    let sockets: Vec<_> = cases.into_iter().map(refuse).collect();

    for (what, mut socket, since) in sockets {
        eprintln!("{what}: the answer");
        assert_eq!(socket.remaining(), closed(code), "{what}");
        assert!(since.elapsed() < SOON * SLACK, "{what}: TCP was closed after {:?}", since.elapsed());
    }
}

/// What comes after a bad frame is not answered.
fn followed_by_a_ping<W>(cases: impl IntoIterator<Item = (W, Vec<u8>)>) -> Vec<(W, Vec<u8>)> {
    cases.into_iter().map(|(what, bytes)| (what, [bytes, masked(PING, "late")].concat())).collect()
}

fn misplaced_fragments() -> [(String, Vec<u8>); 6] {
    [
        ("the last of nothing", masked(LAST, "a")),
        ("the next of nothing", masked(NEXT, "a")),
        ("a text in a text", [masked(FIRST_TEXT, "a"), masked(TEXT, "b")].concat()),
        ("bytes in a text", [masked(FIRST_TEXT, "a"), masked(BINARY, "b")].concat()),
        ("a second text begins", [masked(FIRST_TEXT, "a"), masked(FIRST_TEXT, "b")].concat()),
        ("bytes begin after bytes", [masked(FIRST_BINARY, "a"), masked(NEXT, ""), masked(FIRST_BINARY, "b")].concat()),
    ]
    .map(|(what, bytes)| (what.to_owned(), bytes))
}

/// The Close is the last frame also where many messages are on their way.
fn assert_a_close_ends_what_is_being_sent(server: &Server) {
    let sent: Vec<Vec<u8>> = (0..600).map(|_| plain(TEXT, &server.publish(&"a".repeat(KIB)).json)).collect();

    let mut socket = open(server, "/messages?after=start");
    socket.send(masked(CLOSE, b"\x03\xe8"));
    let came = socket.remaining();
    let mut rest = came.as_slice();
    for frame in &sent {
        rest = rest.strip_prefix(frame.as_slice()).unwrap_or(rest);
    }
    rest = rest.strip_prefix(place(server.newest(), false).as_slice()).unwrap_or(rest); // where all were out already

    assert!(rest == closed(1000), "of {} bytes, {} are left after whole messages", came.len(), rest.len());
}

/// Of the Close that is the last of these bytes.
fn close_code(came: &[u8]) -> u16 {
    let [.., CLOSE, 2, high, low] = came else { panic!("no Close with a code ends {came:02x?}") };

    u16::from_be_bytes([*high, *low])
}

fn assert_prompt(times: &[Duration]) {
    let (quickest, slowest) = (times.iter().min(), times.iter().max());

    assert!(quickest < Some(&PROMPT) && slowest < Some(&(PROMPT * SLACK)), "TCP was closed after {times:?}");
}

/// Not before its time, and not long after.
fn assert_about(time: Duration, wanted: Duration) {
    assert!((wanted..wanted * SLACK).contains(&time), "{time:?} instead of {wanted:?}");
}

fn send_in_pieces(socket: &mut Wire, bytes: &[u8], size: usize) {
    for piece in bytes.chunks(size) {
        socket.send(piece);
    }
}
