//! Who may ask.

use std::time::{Duration, Instant};

use compare::transports::Row;
use shared::testing::Server;

use crate::{
    support::{Answer, PLAIN, ask, ask_raw, last_answer},
    target::Target,
};

crate::contract! {
    an_unknown_host_is_421,
    a_foreign_origin_is_403,
    an_allowed_origin_may_read,
    only_allowed_origins_may_embed,
    every_answer_has_the_security_headers,
    an_offered_upgrade_is_ignored,
    a_websocket_elsewhere_is_400_at_once,
}

/// All that a server has, each with the headers that it needs.
fn everything(row: &Row) -> [(&'static str, &'static str); 6] {
    [
        ("GET /", ""),
        ("GET /status", ""),
        ("GET /messages?after=start", row.headers),
        ("POST /messages", "Content-Length: 1\r\nContent-Type: text/plain\r\n"),
        ("GET /assets/client.js", ""),
        ("GET /shared/page.js", ""),
    ]
}

/// Asks with these headers, of which `Host` is one or is not.
fn ask_as(server: &Server, line: &str, headers: &str) -> Answer {
    let body = if line.starts_with("POST") { "x" } else { "" };

    ask_raw(server, &format!("{line} HTTP/1.1\r\n{headers}\r\n{body}"))
}

async fn an_unknown_host_is_421(row: &Row) {
    let server = Server::start(row.transport, &["--allow-host", "known.example,other.example"]);
    server.publish("x");

    for (line, headers) in everything(row) {
        for host in [
            "localhost",
            "LocalHost:1",
            "127.0.0.1:80",
            "[::1]",
            "192.0.2.7:8101",
            "Known.Example:81",
            "localhost.",
            "known.example.:81",
        ] {
            let answer = ask_as(&server, line, &format!("Host: {host}\r\n{headers}"));
            assert!(matches!(answer.status, 101 | 200 | 201), "{host}: {answer:?}");
        }
        for host in [
            "elsewhere.example",
            "localhost.elsewhere.example",
            "127.0.0.1.elsewhere.example",
            "not-known.example",
            "elsewhere.example\r\nX-Forwarded-Host: localhost",
            "elsewhere.example\r\nForwarded: host=localhost",
        ] {
            let refused = ask_as(&server, line, &format!("Host: {host}\r\n{headers}"));
            refused.assert_refused(421, line);
            for helps in ["--allow-host", "pass Host on unchanged"] {
                assert!(refused.body.contains(helps), "{helps}: {refused:?}");
            }
        }
        a_targets_own_host_counts(&server, line, headers);
        for host in ["", "Host:\r\n", "Host: local host\r\n", "Host: localhost\r\nHost: localhost\r\n"] {
            let answer = ask_as(&server, line, &format!("{host}{headers}"));
            assert_eq!(answer.status, 400, "{host:?}: {answer:?}");
        }
    }
    old_requests_may_name_none(&server);
}

/// RFC 9112 §3.2.2: it wins over Host.
fn a_targets_own_host_counts(server: &Server, line: &str, headers: &str) {
    let path = line.split(' ').next_back().unwrap_or_default();
    let absolute = |target: &str| line.replace(path, &format!("{target}{path}"));
    let [own, other] = if server.scheme() == "http" { ["http", "https"] } else { ["https", "http"] };
    let known = absolute(&format!("{own}://known.example"));
    let known = ask_as(server, &known, &format!("Host: elsewhere.example\r\n{headers}"));
    assert!(matches!(known.status, 101 | 200 | 201), "a target's own host wins: {known:?}");
    for (scheme, name, status) in
        [(own, "elsewhere.example", 421), (other, "localhost", 421), (own, "me@localhost", 400)]
    {
        let target = &*format!("{scheme}://{name}");
        let headers = format!("Host: localhost\r\n{headers}");
        ask_as(server, &absolute(target), &headers).assert_refused(status, target);
    }
}

/// A health check in HTTP/1.0.
fn old_requests_may_name_none(server: &Server) {
    for (host, status) in [("", 200), ("Host: localhost\r\n", 200), ("Host: elsewhere.example\r\n", 421)] {
        let answer = ask_raw(server, &format!("GET /status HTTP/1.0\r\n{host}\r\n"));
        assert_eq!(answer.status, status, "in HTTP/1.0: {answer:?}");
    }
}

/// The same of a server that may be elsewhere.
fn ask_target(server: &Target, line: &str, headers: &str, body: &str) -> Answer {
    let mut wire = server.connect();
    wire.send(format!("{} HTTP/1.1\r\n{headers}\r\n{body}", server.line(line)));

    if line.starts_with("POST") { Answer::read(&mut wire) } else { Answer::read_head(&mut wire) }
}

async fn a_foreign_origin_is_403(row: &Row) {
    let server = Target::start(row);
    server.publish("x");
    let [scheme, other] = if server.scheme() == "http" { ["http", "https"] } else { ["https", "http"] };
    let own = &*format!("{scheme}://localhost:8101");
    let foreign = [
        &*format!("{scheme}://elsewhere.example"),
        &format!("{other}://localhost:8101"),
        &format!("{scheme}://localhost"),
        &format!("{scheme}://localhost:8102"),
        &format!("{own}.elsewhere.example"),
        "http://app.example",
        "null",
        &format!("{own}\r\nOrigin: null"),
    ];
    let publish = |origin: &str| {
        let headers = format!("Host: LocalHost:8101\r\nOrigin: {origin}\r\n{PLAIN}Content-Length: 1\r\n");
        ask_target(&server, "POST /messages", &headers, "x")
    };
    let listen = |origin: &str| {
        let headers = format!("Host: localhost:8101\r\nOrigin: {origin}\r\n{}", row.headers);
        ask_target(&server, "GET /messages", &headers, "")
    };

    for origin in foreign {
        let refused = publish(origin);
        refused.assert_refused(403, origin);
        for helps in ["have it allowed", "pass Host on unchanged"] {
            assert!(refused.body.contains(helps), "{helps}: {refused:?}");
        }
        let answer = listen(origin);
        assert_eq!(answer.status == 403, row.two_way, "who only reads is held back by the browser: {answer:?}");
    }
    for origin in [own, server.allowed] {
        assert_eq!(publish(origin).status, 201, "{origin}");
        assert!(matches!(listen(origin).status, 101 | 200), "{origin}");
    }
    assert!(server.newest().ends_with(".3"), "what is refused is not published");
}

async fn an_allowed_origin_may_read(row: &Row) {
    let allowing = Server::start(row.transport, &["--allow-origin", "https://app.example,http://localhost:9"]);
    let usual = Server::start(row.transport, &[]);
    let told = |server: &Server, line: &str, headers: &str, body: &str| {
        let mut wire = server.connect();
        wire.send(format!("{line} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n{body}"));
        let answer = Answer::read_head(&mut wire);
        let names = ["access-control-allow-origin", "access-control-expose-headers", "vary"];
        let values = names.map(|name| answer.header(name).unwrap_or_default().to_owned());
        assert_eq!(answer.header("access-control-allow-credentials"), None, "{answer:?}");
        (answer, values)
    };
    let one = format!("{PLAIN}Content-Length: 1\r\n");
    let asked = [
        ("GET /messages?after=start", row.headers, "", 200),
        ("GET /messages?after=", row.headers, "", 400),
        ("GET /status", "", "", 200),
        ("GET /nothing", "", "", 404),
        ("POST /messages", &*one, "x", 201),
        ("POST /messages", "Content-Length: 1\r\n", "x", 415),
    ];

    for (line, headers, body, status) in asked {
        for origin in ["https://app.example", "http://localhost:9"] {
            let (answer, values) = told(&allowing, line, &format!("Origin: {origin}\r\n{headers}"), body);
            let status = if row.two_way && line == asked[0].0 { 101 } else { status };
            assert_eq!(answer.status, status, "{line}: {answer:?}");
            assert_eq!(values, [origin, "Retry-After", "Origin"], "{line}: {answer:?}");
        }
        for origin in ["", "Origin: https://evil.example\r\n", "Origin: https://app.example\r\nOrigin: null\r\n"] {
            let (answer, values) = told(&allowing, line, &format!("{origin}{headers}"), body);
            assert_eq!(values, ["", "", "Origin"], "{line}: {answer:?}");
        }
        let (answer, values) = told(&usual, line, &format!("Origin: https://app.example\r\n{headers}"), body);
        assert_eq!(values, ["", "", ""], "{line}: {answer:?}");
    }
    a_browser_may_ask_first(&allowing);
}

/// A preflight, as a browser sends it before a request with these headers.
fn a_browser_may_ask_first(server: &Server) {
    let ask = |origin: &str, path: &str| {
        let asks =
            "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type,idempotency-key";
        let answer = ask(server, &format!("OPTIONS {path}"), &format!("Origin: {origin}\r\n{asks}\r\n"), "");
        let values = ["origin", "methods", "headers"]
            .map(|name| answer.header(&format!("access-control-allow-{name}")).unwrap_or_default().to_owned());
        (answer.status, values)
    };

    let headers = "Content-Type, Idempotency-Key, Last-Event-ID";
    for path in ["/messages", "/status"] {
        let allowed = ask("https://app.example", path);
        assert_eq!(allowed, (204, ["https://app.example", "GET, HEAD, POST", headers].map(str::to_owned)), "{path}");
        assert_eq!(ask("https://evil.example", path), (204, ["", "", ""].map(str::to_owned)), "{path}");
    }
}

async fn only_allowed_origins_may_embed(row: &Row) {
    let nobody = Server::start(row.transport, &[]);
    let two = Server::start(row.transport, &["--allow-embed", "http://localhost:8100,https://show.example"]);

    for path in ["/", "/?compact"] {
        let ancestors = [&nobody, &two].map(|server| directive(server, path, "frame-ancestors"));

        assert_eq!(ancestors, ["'self'", "'self' http://localhost:8100 https://show.example"], "{path}");
    }
}

/// A directive of the page's content security policy.
fn directive(server: &Server, path: &str, name: &str) -> String {
    let page = ask(server, &format!("GET {path}"), "", "");
    let policy = page.header("content-security-policy").unwrap_or_default();
    let directives: Vec<_> = policy.split(';').filter_map(|part| part.trim().split_once(' ')).collect();
    let values: Vec<_> = directives.iter().filter(|(key, _)| *key == name).map(|(_, value)| *value).collect();

    assert_eq!(values.len(), 1, "{name} once: {page:?}");
    values[0].to_owned()
}

async fn every_answer_has_the_security_headers(row: &Row) {
    let server = Server::start(row.transport, &[]);
    server.publish("x");
    let etag = ask(&server, "GET /assets/client.js", "", "").header("etag").expect("a file has one").to_owned();
    let known = format!("If-None-Match: {etag}\r\n");

    let good = everything(row).into_iter().chain([("GET /assets/client.js", &*known), ("GET /messages", row.headers)]);
    let bad = [
        ("GET /nothing", ""),
        ("GET /messages?after=", row.headers),
        ("PUT /messages", ""),
        ("POST /messages", ""),
        ("GET /", "Upgrade: websocket\r\n"),
    ];
    let unknown_host = ask_as(&server, "GET /", "Host: elsewhere.example\r\n");
    let answers =
        good.chain(bad).map(|(line, headers)| ask_as(&server, line, &format!("Host: localhost\r\n{headers}")));

    for answer in answers.chain([unknown_host]) {
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{answer:?}");
        let policy = answer.header("content-security-policy").unwrap_or_default();
        let page = policy.contains("script-src 'self'");
        assert_eq!(answer.header("referrer-policy"), page.then_some("same-origin"), "{answer:?}");
    }
    for path in ["/", "/?compact"] {
        assert_eq!(directive(&server, path, "script-src"), "'self'");
        assert_eq!(directive(&server, path, "default-src"), "'none'");
        let page = ask(&server, &format!("GET {path}"), "", "");
        assert_eq!(page.header("referrer-policy"), Some("same-origin"), "{page:?}");
    }
}

/// What `curl --http2` offers, and Java's HttpClient.
const OFFER: &str =
    "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n";

/// A body with its length, and one in chunks.
const LENGTH: &str = "Content-Type: text/plain\r\nContent-Length: 5\r\n";
const CHUNKS: &str = "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n";

async fn an_offered_upgrade_is_ignored(row: &Row) {
    let server = Target::start(row);
    let channel = if row.two_way { 426 } else { 200 };

    for offer in [OFFER, "Upgrade: foo/2, websocket\r\nConnection: keep-alive, upgrade\r\n", "Upgrade: h2c\r\n"] {
        for (headers, body) in [(LENGTH, "hello"), (CHUNKS, "5\r\nhello\r\n0\r\n\r\n")] {
            let headers = format!("Host: localhost\r\n{offer}{headers}");
            let answer = ask_target(&server, "POST /messages", &headers, body);
            assert_eq!(answer.status, 201, "{headers}: {answer:?}");
        }
        let headers = format!("Host: localhost\r\n{offer}");
        let answer = ask_target(&server, "GET /messages?after=start", &headers, "");
        assert_eq!(answer.status, channel, "{offer}: {answer:?}");
    }
    assert!(server.newest().ends_with(".6"), "each body is read by its length");
    server.rest("an_offered_upgrade_is_ignored").into_iter().for_each(offers_to_the_rest_are_ignored);
}

fn offers_to_the_rest_are_ignored(server: &Server) {
    let socket = "Upgrade: websocket\r\nConnection: Upgrade\r\n";

    for (line, headers, body, status) in [
        ("GET / HTTP/1.1", OFFER, "", 200),
        ("GET /status HTTP/1.1", OFFER, "", 200),
        ("GET /assets/client.js HTTP/1.1", OFFER, "", 200),
        ("GET /nothing HTTP/1.1", OFFER, "", 404),
        ("POST /messages HTTP/1.1", &format!("{OFFER}{LENGTH}"), "hello", 201),
        ("GET /status HTTP/1.0", socket, "", 200),
        ("POST /messages HTTP/1.0", &format!("{socket}{LENGTH}"), "hello and more", 201),
    ] {
        let mut wire = server.connect();
        wire.send(format!("{line}\r\nHost: localhost\r\n{headers}\r\n{body}"));
        let (answer, rest) = last_answer(wire, line);

        assert_eq!((answer.status, &*rest), (status, ""), "{line}: {answer:?}");
        assert!(!answer.body.contains("hello and more"), "no more is read than the body: {answer:?}");
        let told = answer.header("connection") == Some("close") || line.ends_with("1.0");
        assert!(told, "that the connection is closed: {answer:?}");
    }
}

async fn a_websocket_elsewhere_is_400_at_once(row: &Row) {
    let server = Server::start(row.transport, &[]);
    let handshake = compare::client::websocket::HANDSHAKE;
    let unsent_body = format!("{PLAIN}Content-Length: 1000000\r\n{handshake}");
    let chunked = format!("{PLAIN}Transfer-Encoding: chunked\r\n{handshake}");

    for (line, headers) in [
        ("POST /messages", &*unsent_body),
        ("POST /messages", &chunked),
        ("POST /nothing", &unsent_body),
        ("GET /", handshake),
        ("GET /status", handshake),
        ("GET /assets/client.js", handshake),
        ("GET /status", "Upgrade: h2c\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"),
        ("PUT /messages", &unsent_body),
        ("CONNECT localhost:80", ""),
        ("CONNECT localhost:80", "Content-Length: 1000000\r\n"),
    ] {
        let since = Instant::now();
        let mut wire = server.connect();
        wire.send(format!("{line} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n"));
        let (answer, rest) = last_answer(wire, &format!("{line} {headers}"));

        answer.assert_refused(400, line);
        assert_eq!(rest, "", "{line}");
        assert!(since.elapsed() < Duration::from_secs(5), "{line} waited for its body");
    }
    let upgrade = ask(&server, "GET /messages", handshake, "");
    assert_eq!(upgrade.status, if row.two_way { 101 } else { 400 }, "{upgrade:?}");
}
