//! What iframe streaming sends, to the byte: each clause of docs/SPEC.md under "Iframe streaming" has its test here.

use std::iter::from_fn;

use iframe_stream::TRANSPORT;
use shared::{
    Cursor,
    testing::{Server, Wire},
};

#[test]
fn the_first_flush_is_a_whole_head() {
    let server = Server::start(TRANSPORT, &[]);

    let (mut first, mut second) = (ask(&server, ""), ask(&server, ""));

    let nonces = [&mut first, &mut second].map(|stream| {
        let head = stream.head();
        let nonce = nonce(&head);
        let policy = format!("default-src 'none'; script-src 'nonce-{nonce}'; base-uri 'none'; frame-ancestors 'self'");
        let expected = [
            "HTTP/1.1 200 OK",
            "cache-control: no-store",
            &format!("content-security-policy: {policy}"),
            "content-type: text/html; charset=utf-8",
            "incremental: ?1",
            "transfer-encoding: chunked",
            "x-accel-buffering: no",
            "x-content-type-options: nosniff",
        ];
        assert_eq!(head, expected);
        assert_eq!(stream.chunk(), first_flush(&nonce));
        nonce
    });
    assert_ne!(nonces[0], nonces[1]);
}

#[test]
fn a_message_is_a_script() {
    let server = Server::start(TRANSPORT, &[]);
    let here = server.newest();
    let hostile = server.publish("</script><!--\u{2028}\u{2029}\r\n\"😀\0");

    let (mut stream, nonce) = open(&server, "?after=start");
    let places = [stream.chunk(), stream.chunk(), stream.chunk()];
    let first = &places[1];
    let message = server.publish("while the stream is open");
    let second = stream.chunk();

    let (fields, _text) = hostile.json.split_once(r#""text":"#).unwrap();
    let json = format!(r#"{fields}"text":"\u003c/script>\u003c!--\u2028\u2029\r\n\"😀\u0000"}}"#);
    assert_eq!(places[0], call(&nonce, &format!(r#"{{"next":"{here}","more":true}}"#)), "first the place");
    assert_eq!(*first, format!("<script nonce=\"{nonce}\">f({json})</script>\n"));
    assert_eq!(places[2], call(&nonce, &format!(r#"{{"next":"{}","more":false}}"#, hostile.id)), "it is up to date");
    assert_eq!(second, format!("<script nonce=\"{nonce}\">f({})</script>\n", message.json));
}

#[test]
fn a_gap_and_a_heartbeat_are_scripts() {
    let server = Server::start(TRANSPORT, &["--heartbeat", "50ms"]);
    let here = server.newest();
    let elsewhere = Cursor { epoch: !here.epoch, ..here };

    let (mut stream, nonce) = open(&server, &format!("?after={elsewhere}"));

    assert_eq!(stream.chunk(), call(&nonce, &format!(r#"{{"gap":true,"next":"{here}","more":false}}"#)));
    assert_eq!(stream.chunk(), call(&nonce, r#"{"heartbeat":true}"#));
}

#[test]
fn it_ends_after_128_kib_and_asks_to_be_reopened() {
    let server = Server::start(TRANSPORT, &["--heartbeat", "0"]);
    let messages: Vec<_> = (0..38).map(|_| server.publish(&"x".repeat(4_096))).collect();

    let (mut stream, nonce) = open(&server, "?after=start");
    let place = stream.chunk();
    let body: String = from_fn(|| Some(stream.chunk()).filter(|chunk| !chunk.is_empty())).collect();
    let (sent, left) = messages.split_at(body.lines().count() - 1);
    let (mut reopened, new_nonce) = open(&server, &format!("?after={}", sent[sent.len() - 1].id));
    let rest = [reopened.chunk(), reopened.chunk(), reopened.chunk()];
    server.stop.cancel();

    let calls = sent.iter().map(|message| call(&nonce, &message.json));
    let expected: String = calls.chain([call(&nonce, r#"{"reopen":true}"#)]).collect();
    assert_eq!(body, expected);
    let total = first_flush(&nonce).len() + place.len() + body.len();
    assert!((128 * 1_024..168 * 1_024).contains(&total), "{total} bytes");
    assert_eq!(rest[1], left.iter().map(|message| call(&new_nonce, &message.json)).collect::<String>());
    assert_eq!(reopened.rest(), "0\r\n\r\n", "an end of another cause does not ask");
}

#[test]
fn only_its_own_page_and_allowed_origins_embed_it() {
    let embed = ["--allow-embed", "http://localhost:8100", "--allow-embed", "https://example.org"];
    let server = Server::start(TRANSPORT, &embed);

    let (page, channel) = (server.ask("GET / HTTP/1.1\r\n\r\n"), ask(&server, "").head());

    let ancestors = "; frame-ancestors 'self' http://localhost:8100 https://example.org";
    for lines in [page.lines().map(str::to_owned).collect(), channel] {
        let policies: Vec<_> = lines.iter().filter(|line| line.starts_with("content-security-policy: ")).collect();
        assert!(matches!(policies[..], [policy] if policy.ends_with(ancestors)), "{policies:?}");
    }
}

/// Asks for the channel on a connection of its own.
fn ask(server: &Server, query: &str) -> Wire {
    let mut wire = server.connect();
    wire.send(format!("GET /messages{query} HTTP/1.1\r\nHost: localhost\r\n\r\n"));

    wire
}

/// A stream after its first flush, and its nonce.
fn open(server: &Server, query: &str) -> (Wire, String) {
    let mut stream = ask(server, query);
    let nonce = nonce(&stream.head());
    assert_eq!(stream.chunk(), first_flush(&nonce));

    (stream, nonce)
}

/// The nonce of the head's policy: the scripts of the body have the same.
fn nonce(head: &[String]) -> String {
    let (_, after) = head.iter().find_map(|line| line.split_once("'nonce-")).expect("the head has a policy");
    let (nonce, _) = after.split_once('\'').expect("a nonce ends");
    assert!(nonce.len() == 32 && nonce.bytes().all(|byte| byte.is_ascii_hexdigit()), "{nonce}");

    nonce.to_owned()
}

/// What comes first, filled with dots to 1,024 bytes.
fn first_flush(nonce: &str) -> String {
    let head = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Messages</title>\n\
         <script nonce=\"{nonce}\">function f(o){{document.currentScript.remove();parent.fiveWays?.(o)}}</script>\n\
         </head>\n<body>\n<!--"
    );

    format!("{head:.<1020}-->\n")
}

fn call(nonce: &str, json: &str) -> String {
    format!("<script nonce=\"{nonce}\">f({json})</script>\n")
}
