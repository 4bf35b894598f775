//! The connection.

use std::time::Duration;

use compare::transports::Row;
use shared::testing::Server;

use crate::{
    support::{Answer, PLAIN, ask_on, last_answer, send},
    target::Target,
};

crate::contract! {
    nothing_is_cached_or_buffered,
    a_head_does_not_come_alone,
    an_answer_keeps_the_connection,
    http_1_0_gets_no_chunks,
    what_was_asked_before_a_half_close_is_answered,
    what_no_browser_sends_is_answered_as_http_says,
}

const CHUNKED: &str = "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n";

async fn nothing_is_cached_or_buffered(row: &Row) {
    let server = Target::start(row);

    let published = server.ask("POST /messages", PLAIN, "x");
    let answer = server.ask("GET /messages?after=start", row.headers, "");
    let refused = server.ask("GET /messages?after=", row.headers, "");

    for answer in [&published, &answer, &refused] {
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer:?}");
    }
    for (name, asked) in [("x-accel-buffering", "no"), ("incremental", "?1")] {
        assert_eq!(answer.header(name), row.endless_body.then_some(asked), "{answer:?}");
    }
}

/// nginx and H2O hold a head back until a first byte follows it: a stream that opens in silence would not open behind them.
async fn a_head_does_not_come_alone(row: &Row) {
    let server = Server::start(row.transport, &row.options(&["--heartbeat", "0", "--hold", "50ms"]));
    let mut wire = server.connect();

    send(&mut wire, &format!("GET /messages?after={}", server.newest()), row.headers, "");

    let answer = Answer::read_head(&mut wire);
    if row.streams {
        wire.exactly(1); // of the first chunk, or frame: nothing else is to come
    } else {
        assert_eq!(answer.status, 204, "it ends with its head: {answer:?}");
    }
}

async fn an_answer_keeps_the_connection(row: &Row) {
    let server = Target::start(row);
    let mut wire = server.connect();

    for (line, headers, body, status) in [
        ("POST /messages", PLAIN, "x", 201),
        ("POST /messages", PLAIN, "", 400),
        ("POST /messages", "", "x", 415),
        ("GET /messages?after=", "", "", 400),
        ("GET /nothing", "", "", 404),
        ("PUT /messages", "", "", 405),
    ] {
        let answer = ask_on(&mut wire, &server.line(line), headers, body);
        assert_eq!(answer.status, status, "{line}: {answer:?}");
    }
    for _ in 0..if row.streams { 0 } else { 3 } {
        let answer = ask_on(&mut wire, &server.line("GET /messages?after=start"), "", "");
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    if server.rest("an_answer_keeps_the_connection").is_none() {
        return;
    }

    for line in ["GET /", "GET /status", "GET /assets/client.js"] {
        let answer = ask_on(&mut wire, line, "", "");
        assert_eq!(answer.status, 200, "{line}: {answer:?}");
    }
    // A poll every six seconds has one connection: a server's usual limit is five.
    assert!(wire.is_silent_for(Duration::from_secs(6)), "it is closed");
    assert_eq!(ask_on(&mut wire, "GET /status", "", "").status, 200, "the connection goes on");
}

async fn http_1_0_gets_no_chunks(row: &Row) {
    let server = Server::start(row.transport, &[]);
    server.publish("hello");
    let address = server.address;

    let mut streams = server.connect();
    streams.send(format!("GET /messages?after=start HTTP/1.0\r\nHost: {address}\r\n{}\r\n", row.headers));
    let mut answers = Vec::new();
    for line in ["GET /", "GET /status", "GET /assets/client.js", "GET /nothing", "GET /messages?after="] {
        let mut wire = server.connect();
        wire.send(format!("{line} HTTP/1.0\r\nHost: {address}\r\nConnection: keep-alive\r\n\r\n"));
        answers.push(wire.rest());
    }
    let head = Answer::read_head(&mut streams);
    let begun = if row.endless_body { streams.until("hello") } else { String::new() };
    if row.endless_body {
        server.stop().expect("it ends without an error");
    }
    answers.push(head.head + &begun + &streams.rest());

    let channel = answers.last().map(String::as_str).unwrap_or_default();
    assert_eq!(channel.contains("hello"), !row.two_way, "only an upgrade needs HTTP/1.1: {channel}");
    for answer in answers {
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer:?}"));
        assert!(!head.to_lowercase().contains("transfer-encoding"), "{head}");
        assert!(!body.is_empty() && !body.contains("\r\n"), "the end of a chunk: {body:?}");
    }
}

async fn what_was_asked_before_a_half_close_is_answered(row: &Row) {
    let server = Target::start(row);
    server.publish("x");
    let ask = |lines: &[&str]| {
        let requests = lines.iter().map(|line| {
            let post = line.starts_with("POST").then_some("Content-Type: text/plain\r\nContent-Length: 1\r\n\r\nx");
            format!("{} HTTP/1.1\r\nHost: localhost\r\n{}", server.line(line), post.unwrap_or("\r\n"))
        });
        let mut wire = server.connect();
        wire.send(requests.collect::<String>());
        wire.end_sending();
        lines.iter().map(|line| (line.to_string(), Answer::read(&mut wire))).collect::<Vec<_>>()
    };
    let channel = if row.streams { "POST /messages" } else { "GET /messages?after=start" };

    let mut answers = ask(&["POST /messages", channel, "POST /messages"]);
    if server.rest("what_was_asked_before_a_half_close_is_answered").is_some() {
        for _ in 0..20 {
            for line in ["GET /", "GET /status", "GET /assets/client.js", "GET /shared/page.js"] {
                answers.extend(ask(&[line]));
            }
        }
        answers.extend(ask(&["GET /shared/page.js", "GET /status", "GET /shared/style.css", "GET /assets/client.js"]));
    }

    for (line, answer) in answers {
        assert!(matches!(answer.status, 200 | 201) && !answer.body.is_empty(), "{line}: {answer:?}");
    }
}

async fn what_no_browser_sends_is_answered_as_http_says(row: &Row) {
    let server = Server::start(row.transport, &[]);
    let host = "Host: localhost\r\n";
    let long = "a".repeat(70_000);
    let many: String = (0..100).map(|n| format!("X-{n}: x\r\n")).collect();

    // The line, what comes before the end of the head, what comes after it, the status, and whether the connection goes on.
    for (line, headers, body, status, goes_on) in [
        ("\r\nGET /status HTTP/1.1", "", "", 200, true),
        ("GET /status HTTP/1.1", "Connection: foo, Close\r\n", "", 200, false),
        ("GET /status HTTP/1.1", "Content-Length: 3\r\n", "abc", 200, true),
        ("GET /status HTTP/1.1", "Range: bytes=0-1\r\n", "", 200, true),
        ("POST /messages HTTP/1.1", CHUNKED, "5;a=\"b\"\r\nhello\r\n0\r\nX-Trailer: x\r\n\r\n", 201, true),
        ("POST /messages HTTP/1.1", CHUNKED, "fffffffffffffffff\r\nhello", 400, false),
        ("POST /messages HTTP/1.1", CHUNKED, "5\r\nhello world\r\n", 400, false),
        ("POST /messages HTTP/1.0", &format!("{PLAIN}Expect: 100-continue\r\nContent-Length: 1\r\n"), "x", 201, false),
        // From here on actix-http answers, before any code of ours.
        ("GET /status HTTP/1.1", "X : x\r\n", "", 400, false),
        ("GET /status HTTP/1.1", "X: a\r\n b\r\n", "", 400, false),
        ("GET /status HTTP/1.1", "X: a\rb\r\n", "", 400, false),
        ("GET /status HTTP/1.1", "X: a\0b\r\n", "", 400, false),
        ("POST /messages HTTP/1.1", &format!("{CHUNKED}Content-Length: 5\r\n"), "0\r\n\r\n", 400, false),
        ("POST /messages HTTP/1.1", "Content-Length: 1\r\nContent-Length: 1\r\n", "x", 400, false),
        ("POST /messages HTTP/1.0", CHUNKED, "0\r\n\r\n", 400, false),
        ("POST /messages HTTP/1.1", "Transfer-Encoding: gzip\r\n", "", 400, false),
        ("POST /messages HTTP/1.1", "Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n", 400, false),
        (&format!("GET /{long} HTTP/1.1"), "", "", 400, false),
        ("GET /status HTTP/1.2", "", "", 400, false),
        ("GET /status HTTP/2.0", "", "", 400, false),
        ("GET /status HTTP/1.1", &many, "", 431, false),
    ] {
        let mut wire = server.connect();
        wire.send(format!("{line}\r\n{host}{headers}\r\n{body}"));
        let what = format!("{line:.60} {headers:.60} {body}");
        if goes_on {
            assert_eq!(Answer::read(&mut wire).status, status, "{what}");
            assert_eq!(ask_on(&mut wire, "GET /status", "", "").status, 200, "{what}: it goes on");
        } else {
            let (answer, rest) = last_answer(wire, &what);
            assert_eq!((answer.status, &*rest), (status, ""), "{what}: {answer:?}");
        }
    }
}
