//! A client's half of a WebSocket, frame by frame (RFC 6455 §5.2).

use shared::testing::{Server, Wire};

/// The first byte of a whole message, or of a control frame.
pub(crate) const TEXT: u8 = 0x81;
pub(crate) const BINARY: u8 = 0x82;
pub(crate) const CLOSE: u8 = 0x88;
pub(crate) const PING: u8 = 0x89;
pub(crate) const PONG: u8 = 0x8a;

/// The first byte of a message's first fragment, of those in between, and of the last.
pub(crate) const FIRST_TEXT: u8 = 0x01;
pub(crate) const FIRST_BINARY: u8 = 0x02;
pub(crate) const NEXT: u8 = 0x00;
pub(crate) const LAST: u8 = 0x80;

/// The mask of the RFC's examples (§5.7).
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
const MASKED: u8 = 0x80;

/// The request of the RFC's example (§1.2), without what this server does not look at.
pub(crate) fn handshake(path: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
}

/// A new WebSocket that has been told its place.
pub(crate) fn open(server: &Server, path: &str) -> Wire {
    let mut socket = open_raw(server, path);
    let place = next(&mut socket);
    assert!(place.starts_with(&plain(TEXT, "")[..1]) && place.ends_with(b"}"), "{}", show(&place));

    socket
}

/// A new WebSocket.
pub(crate) fn open_raw(server: &Server, path: &str) -> Wire {
    let mut socket = server.connect();
    socket.send(handshake(path));
    let head = socket.head();
    assert_eq!(head[0], "HTTP/1.1 101 Switching Protocols", "{head:?}");

    socket
}

/// A frame as a client sends it.
pub(crate) fn masked(first: u8, payload: impl AsRef<[u8]>) -> Vec<u8> {
    let payload = payload.as_ref();
    let mut frame = header(first, MASKED, payload.len());
    frame.extend(MASK);
    frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));

    frame
}

/// A frame as a server sends it.
pub(crate) fn plain(first: u8, payload: impl AsRef<[u8]>) -> Vec<u8> {
    let mut frame = header(first, 0, payload.as_ref().len());
    frame.extend(payload.as_ref());

    frame
}

/// The header alone of a client's frame with so many bytes.
pub(crate) fn declared(first: u8, size: u64) -> Vec<u8> {
    [&[first, MASKED | 127], &size.to_be_bytes()[..], &MASK].concat()
}

/// The server's Close with this code.
pub(crate) fn closed(code: u16) -> Vec<u8> {
    plain(CLOSE, code.to_be_bytes())
}

/// Reads these frames, to the byte.
#[track_caller]
pub(crate) fn expect(socket: &mut Wire, frames: &[Vec<u8>]) {
    for frame in frames {
        let came = socket.exactly(frame.len());
        assert!(came == *frame, "came: {}; wanted: {}", show(&came), show(frame));
    }
}

/// Reads the next frame, whatever it is.
pub(crate) fn next(socket: &mut Wire) -> Vec<u8> {
    let mut frame = socket.exactly(2);
    let length = match frame[1] {
        126 => {
            frame.extend(socket.exactly(2));
            usize::from(u16::from_be_bytes([frame[2], frame[3]]))
        }
        short @ 0..126 => usize::from(short),
        other => panic!("a server's frame is not masked, and a message not so long: {other:#x}"),
    };
    frame.extend(socket.exactly(length));

    frame
}

/// The socket is open, and nothing has come on it: what is sent now is the first that comes back.
#[track_caller]
pub(crate) fn expect_open(socket: &mut Wire) {
    socket.send(masked(BINARY, "still here"));
    expect(socket, &[plain(BINARY, "still here")]);
}

fn show(frame: &[u8]) -> String {
    format!(
        "{} bytes, {:02x?} {}…",
        frame.len(),
        &frame[..frame.len().min(4)],
        frame[..frame.len().min(80)].escape_ascii()
    )
}

/// The first byte and the length, in as few bytes as possible.
fn header(first: u8, mask: u8, length: usize) -> Vec<u8> {
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(length @ 0..126), _) => vec![first, mask | length],
        (_, Ok(length)) => [&[first, mask | 126], &length.to_be_bytes()[..]].concat(),
        _ => [&[first, mask | 127], &(length as u64).to_be_bytes()[..]].concat(),
    }
}
