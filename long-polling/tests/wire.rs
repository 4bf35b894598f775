//! What long polling sends, to the byte: each clause of docs/SPEC.md under "Long polling" has its test here.
//!
//! By default a request is held for 25 s, and no test waits so long: an answer that comes was not held.

use std::time::{Duration, Instant};

use long_polling::TRANSPORT;
use shared::{
    Cursor,
    testing::{Server, Wire},
};

#[test]
fn an_answer_has_everything_after_the_cursor() {
    let server = Server::start(TRANSPORT, &[]);
    let seen = server.publish("seen");
    let small: Vec<_> = (0..256).map(|_| server.publish("x")).collect();
    let hostile = server.publish("</script>\r\n\u{2028}\"😀\0");
    let mut wire = server.connect();

    ask(&mut wire, &format!("?after={}", seen.id));
    let json: Vec<&str> = small.iter().map(|message| &*message.json).collect();
    let (next, messages) = (small[255].id, json.join(","));
    assert_ok(&mut wire, &format!(r#"{{"gap":false,"more":true,"next":"{next}","messages":[{messages}]}}"#));

    ask(&mut wire, &format!("?after={next}"));
    let (next, hostile) = (hostile.id, &hostile.json);
    assert_ok(&mut wire, &format!(r#"{{"gap":false,"more":false,"next":"{next}","messages":[{hostile}]}}"#));
}

#[test]
fn a_request_is_held_until_a_message_comes() {
    let server = Server::start(TRANSPORT, &[]);
    let start = server.newest();
    let mut wire = server.connect();
    ask(&mut wire, &format!("?after={start}"));
    server.until_open(1);

    let message = server.publish("news");

    let (next, message) = (message.id, &message.json);
    assert_ok(&mut wire, &format!(r#"{{"gap":false,"more":false,"next":"{next}","messages":[{message}]}}"#));
    server.until_open(0);
}

#[test]
fn after_hold_it_is_204() {
    let server = Server::start(TRANSPORT, &["--hold", "50ms"]);
    let seen = server.publish("seen").id;
    let mut wire = server.connect();

    let asked = Instant::now();
    ask(&mut wire, &format!("?after={seen}"));
    let head = wire.head();
    let held = asked.elapsed();

    let expected = ["HTTP/1.1 204 No Content", "cache-control: no-store", "x-content-type-options: nosniff"];
    assert_eq!(head, expected);
    assert!(held >= Duration::from_millis(50), "held for {held:?}");
    ask(&mut wire, &format!("?after={seen}"));
    assert_eq!(wire.head(), expected, "no body stands between two answers");
}

#[test]
fn a_client_without_a_cursor_gets_one() {
    let server = Server::start(TRANSPORT, &[]);
    let start = server.newest();
    let elsewhere = Cursor { epoch: !start.epoch, ..start };
    let mut wire = server.connect();

    for query in ["", "?after=start"] {
        ask(&mut wire, query);
        assert_ok(&mut wire, &format!(r#"{{"gap":false,"more":false,"next":"{start}","messages":[]}}"#));
    }

    ask(&mut wire, &format!("?after={elsewhere}"));
    assert_ok(&mut wire, &format!(r#"{{"gap":true,"more":false,"next":"{start}","messages":[]}}"#));
}

#[test]
fn a_stop_is_503_and_closes() {
    let server = Server::start(TRANSPORT, &[]);
    let start = server.newest();
    let mut wire = server.connect();
    ask(&mut wire, &format!("?after={start}"));
    server.until_open(1);

    server.stop.cancel();

    let body = r#"{"error":"the server is stopping: try again in a second"}"#;
    let head = [
        "HTTP/1.1 503 Service Unavailable",
        "cache-control: no-store",
        "connection: close",
        &format!("content-length: {}", body.len()),
        "content-type: application/json",
        "retry-after: 1",
        "x-content-type-options: nosniff",
    ];
    assert_eq!(wire.head(), head);
    assert_eq!(wire.rest(), body, "and the connection is closed");
}

/// Asks for the channel.
fn ask(wire: &mut Wire, query: &str) {
    wire.send(format!("GET /messages{query} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
}

/// The answer is 200 with this body.
#[track_caller]
fn assert_ok(wire: &mut Wire, body: &str) {
    let head = [
        "HTTP/1.1 200 OK",
        "cache-control: no-store",
        &format!("content-length: {}", body.len()),
        "content-type: application/json",
        "x-content-type-options: nosniff",
    ];
    assert_eq!(wire.head(), head);
    assert_eq!(String::from_utf8_lossy(&wire.exactly(body.len())), body);
}
