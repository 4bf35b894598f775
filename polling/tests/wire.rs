//! What polling sends, to the byte: each clause of docs/SPEC.md under "Polling" has its test here.

use polling::TRANSPORT;
use shared::{Cursor, testing::Server};

#[test]
fn an_answer_has_everything_after_the_cursor() {
    let server = Server::start(TRANSPORT, &[]);
    let seen = server.publish("seen");
    let new = server.publish("</script>\r\n\u{2028}\"😀\0");
    let newest = server.publish("newest");

    let answer = poll(&server, &format!("?after={}", seen.id));

    let (next, new, newest) = (newest.id, &new.json, &newest.json);
    let body = format!(r#"{{"gap":false,"more":false,"next":"{next}","messages":[{new},{newest}]}}"#);
    assert_ok(&answer, &body);
}

#[test]
fn nothing_new_is_204_without_a_body() {
    let server = Server::start(TRANSPORT, &[]);
    let start = server.newest();

    let of_an_empty_feed = poll(&server, &format!("?after={start}"));
    let seen = server.publish("seen").id;
    let after_the_newest = poll(&server, &format!("?after={seen}"));

    for (head, body) in [of_an_empty_feed, after_the_newest] {
        let expected = [
            "HTTP/1.1 204 No Content",
            "cache-control: no-store",
            "connection: close",
            "x-content-type-options: nosniff",
        ];
        assert_eq!(head, expected);
        assert_eq!(body, "");
    }
}

#[test]
fn an_answer_is_bounded_and_says_that_there_is_more() {
    let server = Server::start(TRANSPORT, &[]);
    let small: Vec<_> = (0..257).map(|_| server.publish("x")).collect();
    let large: Vec<_> = (0..9).map(|_| server.publish(&"y".repeat(4_096))).collect();

    let first = poll(&server, "?after=start");
    let second = poll(&server, &format!("?after={}", small[255].id));
    let third = poll(&server, &format!("?after={}", large[7].id));

    let json: Vec<&str> = small.iter().chain(&large).map(|message| &*message.json).collect();
    let body = |more, next: Cursor, messages: &[&str]| {
        format!(r#"{{"gap":false,"more":{more},"next":"{next}","messages":[{}]}}"#, messages.join(","))
    };
    assert_ok(&first, &body(true, small[255].id, &json[..256])); // 256 messages
    assert_ok(&second, &body(true, large[7].id, &json[256..265])); // the last takes it past 32 KiB
    assert_ok(&third, &body(false, large[8].id, &json[265..]));
}

#[test]
fn a_client_without_a_cursor_gets_one() {
    let server = Server::start(TRANSPORT, &[]);
    let start = server.newest();
    let elsewhere = Cursor { epoch: !start.epoch, ..start };

    let first = poll(&server, "");
    let oldest = poll(&server, "?after=start");
    let gap = poll(&server, &format!("?after={elsewhere}"));
    let newest = server.publish("newest");
    let later = poll(&server, "");

    for answer in [first, oldest] {
        assert_ok(&answer, &format!(r#"{{"gap":false,"more":false,"next":"{start}","messages":[]}}"#));
    }
    assert_ok(&gap, &format!(r#"{{"gap":true,"more":false,"next":"{start}","messages":[]}}"#));
    let (next, newest) = (newest.id, &newest.json);
    assert_ok(&later, &format!(r#"{{"gap":false,"more":false,"next":"{next}","messages":[{newest}]}}"#));
}

/// An answer's head and body.
type Answer = (Vec<String>, String);

/// Asks on a connection of its own, and reads all that comes.
fn poll(server: &Server, query: &str) -> Answer {
    let mut wire = server.connect();
    wire.send(format!("GET /messages{query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));

    (wire.head(), wire.rest())
}

#[track_caller]
fn assert_ok((head, body): &Answer, expected: &str) {
    assert_eq!(body, expected);
    let expected = [
        "HTTP/1.1 200 OK",
        "cache-control: no-store",
        "connection: close",
        &format!("content-length: {}", expected.len()),
        "content-type: application/json",
        "x-content-type-options: nosniff",
    ];
    assert_eq!(head[..], expected);
}
