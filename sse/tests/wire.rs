//! What SSE sends, to the byte: each clause of docs/SPEC.md under "Server-Sent Events" has its test here.

use std::collections::HashSet;

use shared::{
    Cursor,
    shell::Kind,
    testing::{Server, Wire},
};
use sse::TRANSPORT;

#[test]
fn retry_comes_first() {
    let server = Server::start(TRANSPORT, &[]);

    let streams = (0..8).map(|_| ask(&server, "", ""));

    let retries: HashSet<u32> = streams
        .map(|mut stream| {
            let head = [
                "HTTP/1.1 200 OK",
                "cache-control: no-store",
                "content-type: text/event-stream",
                "referrer-policy: same-origin",
                "transfer-encoding: chunked",
                "x-accel-buffering: no",
                "x-content-type-options: nosniff",
            ];
            assert_eq!(stream.head(), head);
            retry(&mut stream)
        })
        .collect();
    assert!(retries.len() > 1, "not random: {retries:?}");
}

#[test]
fn a_message_is_an_event() {
    let server = Server::start(TRANSPORT, &[]);
    let message = server.publish("</script>\r\n\u{2028}\"😀\0");

    let mut stream = open(&server, "?after=start", "");
    let first = stream.chunk();
    let tick = server.publish_as(Kind::Clock, "2026-11-22 23:17:00");
    let second = stream.chunk();

    assert_eq!(first, format!("id: {}\ndata: {}\n\n", message.id, message.json));
    assert_eq!(second, format!("id: {}\nevent: clock\ndata: {}\n\n", tick.id, tick.json));
    assert!(tick.json.starts_with(&format!(r#"{{"id":"{}","#, tick.id)), "{}", tick.json);
}

#[test]
fn a_gap_is_an_event() {
    let server = Server::start(TRANSPORT, &[]);
    let here = server.newest();
    let elsewhere = Cursor { epoch: !here.epoch, ..here };

    let mut stream = open(&server, &format!("?after={elsewhere}"), "");

    assert_eq!(stream.chunk(), format!("id: {here}\nevent: gap\ndata: {{}}\n\n"));
}

#[test]
fn a_heartbeat_moves_no_id() {
    let server = Server::start(TRANSPORT, &["--heartbeat", "50ms"]);
    let message = server.publish("the last before a silence");

    let mut stream = open(&server, "?after=start", "");

    assert_eq!(stream.chunk(), format!("id: {}\ndata: {}\n\n", message.id, message.json));
    assert_eq!(stream.chunk(), ": heartbeat\nevent: heartbeat\ndata: {}\n\n");
}

#[test]
fn last_event_id_wins_over_after() {
    let server = Server::start(TRANSPORT, &[]);
    let [seen, missed, newest] = ["seen", "missed", "newest"].map(|text| server.publish(text));
    let header = format!("Last-Event-ID: {}\r\n", seen.id);
    let events = [missed, newest.clone()].map(|message| format!("id: {}\ndata: {}\n\n", message.id, message.json));

    for after in ["start".to_owned(), seen.id.to_string(), newest.id.to_string()] {
        let mut stream = open(&server, &format!("?after={after}"), &header);

        assert_eq!(stream.chunk(), events.concat(), "after={after}");
    }
}

#[test]
fn a_malformed_last_event_id_is_a_gap() {
    let server = Server::start(TRANSPORT, &[]);
    let place = server.newest();
    let held = server.publish("held");

    for id in ["", "start", "17", "9F3C51AA.17", "é"] {
        let mut stream = open(&server, &format!("?after={}", held.id), &format!("Last-Event-ID: {id}\r\n"));

        let expected = format!("id: {place}\nevent: gap\ndata: {{}}\n\nid: {}\ndata: {}\n\n", held.id, held.json);
        assert_eq!(stream.chunk(), expected, "{id:?}");
    }
}

#[test]
fn a_stop_ends_the_body() {
    let server = Server::start(TRANSPORT, &[]);
    let mut stream = open(&server, "", "");

    server.stop.cancel();

    assert_eq!(stream.rest(), "0\r\n\r\n");
}

/// Asks for the channel on a connection of its own; `header` is empty, or one more line.
fn ask(server: &Server, query: &str, header: &str) -> Wire {
    let mut wire = server.connect();
    wire.send(format!("GET /messages{query} HTTP/1.1\r\nHost: localhost\r\n{header}\r\n"));

    wire
}

/// A stream that has said its retry.
fn open(server: &Server, query: &str, header: &str) -> Wire {
    let mut stream = ask(server, query, header);
    assert_eq!(stream.head()[0], "HTTP/1.1 200 OK");
    retry(&mut stream);

    stream
}

/// What comes first, a chunk of its own.
fn retry(stream: &mut Wire) -> u32 {
    let chunk = stream.chunk();
    let ms = chunk.strip_prefix("retry: ").and_then(|rest| rest.strip_suffix("\n\n")?.parse().ok());

    ms.filter(|ms| (1_000..=2_000).contains(ms)).unwrap_or_else(|| panic!("no retry of 1 to 2 s: {chunk:?}"))
}
