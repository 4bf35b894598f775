//! Publishing, and what is refused.

use std::{
    thread::spawn,
    time::{SystemTime, UNIX_EPOCH},
};

use compare::{
    client::{Received, websocket::HANDSHAKE},
    transports::Row,
};
use shared::{shell::Kind, testing::Server};

use crate::{
    support::{Answer, Follower, PLAIN, ask, ask_on, ask_raw, last_answer, send, status},
    target::{Target, is_behind_a_proxy},
};

crate::contract! {
    a_text_is_published,
    a_bad_text_is_refused,
    a_key_is_published_once,
    a_closed_feed_is_503,
    a_feed_that_cannot_be_read_is_503,
    a_wrong_method_is_405,
    options_tells_what_is_allowed,
    an_unknown_path_is_404,
    errors_are_json,
    a_refused_body_is_read_before_the_answer,
    a_body_beyond_measure_is_cut_off,
}

const MIB: usize = 1_024 * 1_024;
const FOREIGN: &str = "Content-Type: text/plain\r\nOrigin: http://elsewhere.example\r\n";

async fn a_text_is_published(row: &Row) {
    let server = Target::start(row);
    let mut client = Follower::at(row, &server, Some("start")).await;
    let since = unix_millis();

    let answer = server.ask("POST /messages", "Content-Type: Text/Plain; charset=utf-8\r\n", "grüß Gott");
    let until = unix_millis();
    let heard = client.messages(1).await;

    assert_eq!((answer.status, answer.header("content-type")), (201, Some("application/json")), "{answer:?}");
    let published: Received = serde_json::from_str(&answer.body).expect("a message");
    assert_eq!((published.id.seq, published.kind, &*published.text), (1, Kind::Message, "grüß Gott"));
    assert!((since..=until).contains(&published.at), "{since} {published:?} {until}");
    assert_eq!(heard, [published]);
}

fn unix_millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");

    since.as_millis().try_into().expect("it is before the year 584556019")
}

async fn a_bad_text_is_refused(row: &Row) {
    let server = Target::start(row);
    let longest = "é".repeat(2_048);
    let too_long = format!("{longest}x");

    let longest = server.ask("POST /messages", PLAIN, longest);
    let marked = "Content-Type: text/plain;charset=\"UTF-8\"\r\nContent-Encoding: identity\r\n";
    let marked = server.ask("POST /messages", marked, "x");

    assert_eq!((longest.status, marked.status), (201, 201), "{longest:?} {marked:?}");
    for (headers, body, status) in [
        (PLAIN, &b""[..], 400),
        ("Content-Type: text/plain\r\nContent-Length: 0\r\n", b"", 400),
        (PLAIN, b"\xff", 400),
        (PLAIN, b"cut \xe2\x82", 400),
        (PLAIN, too_long.as_bytes(), 413),
        (PLAIN, "é".repeat(2_049).as_bytes(), 413),
        (PLAIN, format!("{}😀", "x".repeat(4_094)).as_bytes(), 413),
        (PLAIN, "😀".repeat(2_000).as_bytes(), 413),
        ("Content-Type: application/json\r\n", b"{}", 415),
        ("Content-Type: text/plainer\r\n", b"x", 415),
        ("Content-Type: application/x-www-form-urlencoded\r\n", b"text=x", 415),
        ("", b"x", 415),
        ("Content-Type: text/plain\r\nContent-Type: text/html\r\n", b"x", 415),
        ("Content-Type: text/plain\r\nContent-Encoding: br\r\n", b"x", 415),
        ("Content-Type: text/plain\r\nContent-Encoding: gzip\r\n", b"\x1f\x8b", 415),
        ("Content-Type: text/plain\r\nContent-Encoding: identity, gzip\r\n", b"x", 415),
        ("Content-Type: text/plain; charset=iso-8859-1\r\n", b"gr\xfc\xdf", 415),
        ("Content-Type: text/plain; a=b; Charset=\"utf-16\"\r\n", b"x", 415),
    ] {
        let answer = server.ask("POST /messages", headers, body);
        answer.assert_refused(status, &format!("{headers}{} bytes", body.len()));
    }
    assert!(server.newest().ends_with(".2"), "nothing of it is published");
}

async fn a_key_is_published_once(row: &Row) {
    let server = Target::start(row);
    let long = "x".repeat(4_097);
    let post = |key: &str, text| server.ask("POST /messages", &format!("{PLAIN}{key}"), text);
    let key = "Idempotency-Key: 5f1c3b0a-4d2e-4c55\r\n";

    let first = post(key, "one");
    let again = [post(key, "one"), post("idempotency-key: \"5f1c3b0a-4d2e-4c55\"\r\n", "one")];
    let another_text = post(key, "two");
    let unused = "Idempotency-Key: 5f1c3b0a-4d2e-4c56\r\n";
    let too_long = post(unused, &long);
    let bad: Vec<Answer> = ["", "0123456789abcde", "0123 56789 bcdef", "\"0123456789abcdef", &"x".repeat(65)]
        .into_iter()
        .skip(usize::from(is_behind_a_proxy()))
        .map(|key| post(&format!("Idempotency-Key: {key}\r\n"), "x"))
        .collect();
    let twice = post(&key.repeat(2), "one");
    let new = post(unused, "one");

    assert_eq!(first.status, 201, "{first:?}");
    for answer in &again {
        assert_eq!((answer.status, &answer.body), (201, &first.body), "the same answer: {answer:?}");
    }
    another_text.assert_refused(422, "a key and another text");
    too_long.assert_refused(413, "a text that is too long takes no key");
    bad.iter().chain([&twice]).for_each(|answer| answer.assert_refused(400, "a bad key"));
    assert_eq!(new.status, 201, "{new:?}");
    assert!(server.newest().ends_with(".2"), "nothing else is published");
}

async fn a_closed_feed_is_503(row: &Row) {
    let server = Server::start(row.transport, &[]);
    server.feed.close();

    let answer = ask(&server, "POST /messages", PLAIN, "x");

    answer.assert_refused(503, "the feed is closed");
    let seconds: Option<u32> = answer.header("retry-after").and_then(|seconds| seconds.parse().ok());
    assert!(seconds.is_some_and(|seconds| seconds > 0), "{answer:?}");
}

async fn a_feed_that_cannot_be_read_is_503(row: &Row) {
    let server = Server::start(row.transport, &[]);
    let cursor = server.publish("old").id.to_string();
    let mut open = Follower::open(row, &server, Some(&cursor)).await;
    server.until_open(usize::from(row.waits));

    server.feed.fail();
    let end = open.end().await;
    let answers = [
        ask(&server, "GET /messages?after=start", row.headers, ""),
        ask(&server, "POST /messages", PLAIN, "x"),
        ask(&server, "GET /status", "", ""),
        ask(&server, "GET /", "", ""),
    ];

    assert_eq!(end, row.failure, "who listens is told");
    for answer in answers {
        answer.assert_refused(503, "the feed cannot be read");
        assert_eq!(answer.header("retry-after"), Some("1"), "{answer:?}");
    }
}

async fn a_wrong_method_is_405(row: &Row) {
    let server = Target::start(row);
    let shell = server.rest("a_wrong_method_is_405").is_some();
    let wrong = ["PUT", "DELETE", "PATCH", "FOO"];
    let read_only = "GET, HEAD, OPTIONS";
    let read_and_write = if shell { "GET, HEAD, OPTIONS, POST" } else { "GET, POST" };

    for (path, allowed, wrong) in [
        ("/messages", read_and_write, &wrong[..]),
        ("/", read_only, &["POST", "PUT", "DELETE", "PATCH", "FOO"]),
        ("/status", read_only, &["POST", "PUT"]),
        ("/assets/client.js", read_only, &["POST", "PUT"]),
        ("/shared/page.js", read_only, &["POST", "PUT"]),
    ]
    .into_iter()
    .take(if shell { 5 } else { 1 })
    {
        for method in wrong {
            let mut wire = server.connect();
            send(&mut wire, &server.line(&format!("{method} {path}")), "", "");
            let answer = Answer::read(&mut wire);

            assert_eq!((answer.status, &*allow(&answer)), (405, allowed), "{method} {path}: {answer:?}");
            if shell {
                assert_eq!(answer.header("cache-control"), Some("no-store"), "{method} {path}: {answer:?}");
                assert!(answer.not_an_error().is_none(), "{method} {path}: {answer:?}");
            }
        }
    }
}

/// What an answer allows, in alphabetical order.
fn allow(answer: &Answer) -> String {
    let mut allow: Vec<&str> = answer.header("allow").unwrap_or_default().split(',').map(str::trim).collect();
    allow.sort_unstable();

    allow.join(", ")
}

async fn options_tells_what_is_allowed(row: &Row) {
    let server = Server::start(row.transport, &[]);
    let mut wire = server.connect();

    for (path, allowed) in [
        ("/messages", "GET, HEAD, OPTIONS, POST"),
        ("*", "GET, HEAD, OPTIONS, POST"),
        ("/", "GET, HEAD, OPTIONS"),
        ("/status", "GET, HEAD, OPTIONS"),
        ("/assets/client.js", "GET, HEAD, OPTIONS"),
    ] {
        let answer = ask_on(&mut wire, &format!("OPTIONS {path}"), "", "");
        assert_eq!((answer.status, &*allow(&answer)), (204, allowed), "{path}: {answer:?}");
        assert_eq!(answer.header("content-length"), None, "RFC 9110 §8.6: {answer:?}");
    }
    ask_on(&mut wire, "OPTIONS /nothing", "", "").assert_refused(404, "/nothing");

    // HAProxy's `option httpchk`, to the letter.
    let checked = ask_raw(&server, "OPTIONS / HTTP/1.0\r\n\r\n");
    assert_eq!(checked.status, 204, "{checked:?}");
}

async fn an_unknown_path_is_404(row: &Row) {
    let server = Server::start(row.transport, &[]);

    for path in [
        "/nothing",
        "/messages/",
        "/messages/1",
        "/status/",
        "/index.html",
        "/echo",
        "/assets/nothing.js",
        "/assets/",
        "/shared/nothing.js",
        "/assets/%2e%2e/Cargo.toml",
    ] {
        ask(&server, &format!("GET {path}"), "", "").assert_refused(404, path);
    }
    ask(&server, "POST /nothing", PLAIN, "x").assert_refused(404, "POST /nothing");
}

async fn errors_are_json(row: &Row) {
    let server = Target::start(row);
    let too_long = "x".repeat(4_097);

    let mut wrong: Vec<String> = [
        ("GET /messages?after=", row.headers, ""),
        ("POST /messages", PLAIN, ""),
        ("POST /messages", PLAIN, &*too_long),
        ("POST /messages", FOREIGN, "x"),
        ("POST /messages", "Content-Type: text/html\r\n", "x"),
    ]
    .into_iter()
    .filter_map(|(line, headers, body)| server.ask(line, headers, body).not_an_error())
    .collect();
    for malformed in [
        "this is not HTTP\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n",
    ] {
        let mut wire = server.connect();
        wire.send(malformed);
        let answer = Answer::read(&mut wire);
        assert_eq!((answer.status, &*answer.body), (400, ""), "the one exception: {answer:?}");
    }
    if let Some(server) = server.rest("errors_are_json") {
        if row.two_way {
            let answer = ask(server, "GET /messages", &HANDSHAKE.replace("Connection: Upgrade\r\n", ""), "");
            assert!(answer.body.to_lowercase().contains("connection: upgrade"), "it says what: {answer:?}");
        }
        wrong.extend(no_errors_of_the_rest(server));
    }

    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// What is no error as all should be, of page, status and files, of the shell, and of a closed feed.
fn no_errors_of_the_rest(server: &Server) -> Vec<String> {
    let mut wrong: Vec<String> = [
        ("GET /status", "Upgrade: websocket\r\nConnection: Upgrade\r\n", ""),
        ("GET /nothing", "", ""),
        ("PUT /messages", PLAIN, "x"),
        ("POST /assets/client.js", PLAIN, "x"),
        ("GET /assets/client.js", "Range: bytes=999999-\r\n", ""),
        ("GET /assets/client.js", "If-Match: \"other\"\r\n", ""),
        ("GET /shared/..%2fsrc%2flib.rs", "", ""),
    ]
    .into_iter()
    .filter_map(|(line, headers, body)| ask(server, line, headers, body).not_an_error())
    .collect();
    for host in ["", "local host", "elsewhere.example"] {
        wrong.extend(ask_raw(server, &format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")).not_an_error());
    }
    server.feed.close();
    wrong.extend(ask(server, "POST /messages", PLAIN, "x").not_an_error());

    wrong
}

async fn a_refused_body_is_read_before_the_answer(row: &Row) {
    let server = Server::start(row.transport, &[]);
    let body = "x".repeat(8 * MIB);
    let mut wire = server.connect();

    for (line, headers, status) in [
        ("POST /messages", PLAIN, 413),
        ("POST /messages", FOREIGN, 403),
        ("POST /messages", "Content-Type: text/html\r\n", 415),
        ("POST /nothing", PLAIN, 404),
        ("PUT /messages", PLAIN, 405),
        ("POST /status", PLAIN, 405),
        ("POST /", PLAIN, 405),
        ("POST /assets/client.js", PLAIN, 405),
    ] {
        let answer = ask_on(&mut wire, line, headers, &body);
        answer.assert_refused(status, line);
    }
    for (head, start, end, status) in [
        ("POST /messages HTTP/1.1\r\nHost: elsewhere.example\r\nContent-Length: 8388608\r\n", "", "", 421),
        (
            "POST /nothing HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n",
            "800000\r\n",
            "\r\n0\r\n\r\n",
            404,
        ),
    ] {
        wire.send(format!("{head}\r\n{start}{body}{end}"));
        Answer::read(&mut wire).assert_refused(status, head);
    }

    let next = ask_on(&mut wire, "POST /messages", PLAIN, "x");
    assert_eq!(next.status, 201, "the connection goes on: {next:?}");
}

async fn a_body_beyond_measure_is_cut_off(row: &Row) {
    const ENDLESS: usize = 64 * MIB;
    let server = Server::start(row.transport, &[]);

    for (coding, length) in
        [("Content-Length: 17825792\r\n\r\n", 17 * MIB), ("Transfer-Encoding: chunked\r\n\r\nffffffff\r\n", ENDLESS)]
    {
        let wire = server.connect();
        let mut sender = wire.sender();
        let head = format!("POST /messages HTTP/1.1\r\nHost: localhost\r\n{PLAIN}{coding}");
        let writer = spawn(move || {
            sender.send(head.as_bytes())?;
            (0..length / MIB).try_for_each(|_| sender.send(&[b'x'; MIB]))
        });

        let (answer, rest) = last_answer(wire, coding);
        let written = writer.join().expect("it does not panic");

        answer.assert_refused(413, coding);
        assert_eq!(rest, "", "one answer, and then the connection is closed");
        assert!(written.is_err() || length < ENDLESS, "an endless body was read to its end");
    }
    assert_eq!(status(&server).published, 0);
}
