//! What docs/TAKE-HOME.md says of a server around a way: what happens without each point, and that it does not happen with it.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod around;
mod minimal;

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{Shutdown, TcpStream},
    time::{Duration, Instant},
};

use around::{Around, Running};
use compare::client::websocket::HANDSHAKE;
use serde_json::json;
use shared::{
    Entry,
    testing::{LIMIT, Wire},
};

/// Within this, what is noticed at all has been noticed: it takes milliseconds.
const UNNOTICED: Duration = Duration::from_secs(2);

#[test]
fn without_it_a_client_that_closed_goes_unnoticed() {
    let [with, without] = [false, true].map(|half_closed| Running::start(Around { half_closed, ..Around::whole() }));

    for server in [&with, &without] {
        let stream = listen(server);
        stream.shutdown(Shutdown::Both).unwrap();
    }

    assert!(with.comes_to(0, LIMIT));
    assert!(!without.comes_to(0, UNNOTICED), "actix notices by itself: drop the advice");
}

#[test]
fn without_it_tcp_outlives_the_closing_handshake() {
    let [with, without] = [Duration::ZERO, Duration::from_secs(5)]
        .map(|disconnect| Running::start(Around { disconnect, ..Around::whole() }));

    let [at_once, late] = [&with, &without].map(|server| {
        let mut socket = Wire::to(server.address);
        socket.send(format!("GET /socket HTTP/1.1\r\nHost: localhost\r\n{HANDSHAKE}\r\n"));
        let head = socket.until("\r\n\r\n");
        assert!(socket.exactly(36).ends_with(br#""more":false}"#), "{head}the place");
        socket.send(b"\x88\x82\0\0\0\0\x03\xe8"); // a Close with code 1000
        assert_eq!(socket.exactly(4), b"\x88\x02\x03\xe8");
        let since = Instant::now();
        assert!(socket.remaining().is_empty());
        since.elapsed()
    });

    assert!(late > Duration::from_secs(3), "{late:?}");
    assert!(at_once < late, "{at_once:?} {late:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn without_it_a_peer_that_takes_nothing_is_kept() {
    let [with, without] = [Some(Duration::from_millis(600)), None]
        .map(|user_timeout| Running::start(Around { user_timeout, ..Around::whole() }));
    let streams = [&with, &without].map(listen);

    let since = Instant::now();
    while with.readers.open() > 0 {
        for server in [&with, &without] {
            (0..100).for_each(|_| server.publish(&"x".repeat(4_000)));
        }
        assert!(since.elapsed() < LIMIT, "it is still open");
    }

    assert_eq!(without.readers.open(), 1, "the kernel gives up by itself: drop the advice");
    drop(streams);
}

#[test]
fn without_it_a_stop_waits_for_each_stream() {
    let [with, without] = [true, false].map(|told| Running::start(Around { told, ..Around::whole() }));
    let streams = [&with, &without].map(listen);

    let [at_once, late] = [with, without].map(|server| {
        let since = Instant::now();
        server.end();
        since.elapsed()
    });

    assert!(late >= around::SHUTDOWN_TIMEOUT, "{late:?}");
    assert!(at_once < late, "{at_once:?} {late:?}");
    drop(streams);
}

#[test]
fn without_it_everybody_is_let_in() {
    let [with, without] = [1, usize::MAX].map(|most| Running::start(Around { most, ..Around::whole() }));

    let [refused, let_in] = [&with, &without].map(|server| {
        let _first = listen(server);
        let mut second = Wire::to(server.address);
        second.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
        second.head()[0].clone()
    });

    assert_eq!(refused, "HTTP/1.1 503 Service Unavailable");
    assert_eq!(let_in, "HTTP/1.1 200 OK");
}

/// A client that follows the feed by Server-Sent Events, and has been let in.
fn listen(server: &Running) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.write_all(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).unwrap_or_else(|error| assert_eq!(error.kind(), ErrorKind::UnexpectedEof));
    assert_eq!(&first, b"HTTP/1.1 200");
    assert!(server.comes_to(1, LIMIT));

    stream
}

/// A message of any type.
fn entry(text: &str) -> Entry {
    Entry::new(&json!({ "text": text })).unwrap()
}
