//! Who may ask, and what each answer carries.

use compare::transports::{ALL, Row};
use shared::testing::LIMIT;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::timeout,
};

use crate::support::{Answer, PLAIN, Peer, Secure, request};

/// Of one request, over both protocols: the host in the target (over HTTP/2 `:authority`), each `Host` besides, and the status over
/// HTTP/1.1 and over HTTP/2.
const HOSTS: [(Option<&str>, &[&str], u16, u16); 25] = [
    (Some("localhost"), &[], 400, 200),
    (Some("LocalHost:1"), &[], 400, 200),
    (Some("127.0.0.1:80"), &[], 400, 200),
    (Some("[::1]"), &[], 400, 200),
    (Some("Known.Example:81"), &[], 400, 200),
    (Some("known.example."), &[], 400, 200),
    (Some("elsewhere.example"), &[], 400, 421),
    (Some("localhost.elsewhere.example"), &[], 400, 421),
    (Some("user@localhost"), &[], 400, 400),
    (Some("localhost"), &["localhost"], 200, 200),
    (Some("localhost"), &["LOCALHOST.:443"], 200, 200),
    (Some("localhost:443"), &["localhost"], 200, 200),
    (Some("localhost"), &["localhost:8443"], 200, 400),
    (Some("localhost"), &["known.example"], 200, 400),
    (Some("localhost"), &["elsewhere.example"], 200, 400),
    (Some("elsewhere.example"), &["localhost"], 421, 400),
    (Some("elsewhere.example"), &["elsewhere.example"], 421, 421),
    (Some("localhost"), &["localhost", "localhost"], 400, 400),
    (Some("localhost"), &[""], 400, 400),
    (None, &[], 400, 400),
    (None, &["localhost"], 200, 200),
    (None, &["elsewhere.example"], 421, 421),
    (None, &["user@localhost"], 400, 400),
    (None, &["local host"], 400, 400),
    (None, &["localhost", "localhost"], 400, 400),
];

#[tokio::test]
async fn the_authority_names_the_host() {
    for row in ALL {
        let server = Secure::start(&row, &["--allow-host", "known.example"]);
        let peer = server.peer().await;
        for (target, hosts, old, new) in HOSTS {
            let uri = target.map_or("/status".to_owned(), |host| format!("https://{host}/status"));
            let headers: Vec<_> = hosts.iter().map(|host| ("host", *host)).collect();

            let answer = peer.answer(request(&uri, "GET", &headers), b"").await.unwrap();
            let lines: String = hosts.iter().map(|host| format!("Host: {host}\r\n")).collect();
            let by_http_1_1 = by_http_1_1(&server, &format!("GET {uri} HTTP/1.1\r\n{lines}\r\n")).await;

            assert_eq!((by_http_1_1, answer.status), (old, new), "{target:?} {hosts:?}: {answer:?}");
            if new != 200 {
                answer.assert_refused(new, &uri);
            }
        }
        each_route_is_guarded(&row, &peer).await;
    }
}

/// The status of the answer to these bytes.
async fn by_http_1_1(server: &Secure, asked: &str) -> u16 {
    let mut stream = server.tls(&[b"http/1.1"]).await;
    stream.write_all(asked.as_bytes()).await.unwrap();
    let mut line = [0; 12];
    timeout(LIMIT, stream.read_exact(&mut line)).await.unwrap().unwrap();

    str::from_utf8(&line[9..]).unwrap().parse().unwrap()
}

async fn each_route_is_guarded(row: &Row, peer: &Peer) {
    for (method, path, body) in [("GET", "/", ""), ("GET", "/assets/client.js", ""), ("POST", "/messages", "x")] {
        for (host, status) in [("localhost", if body.is_empty() { 200 } else { 201 }), ("elsewhere.example", 421)] {
            let asked = request(&format!("https://{host}{path}"), method, &[PLAIN]);
            let answer = peer.answer(asked, body.as_bytes()).await.unwrap();
            assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
        }
    }
    let channel = request("https://elsewhere.example/messages?after=start", "GET", &[]);
    peer.answer(channel, b"").await.unwrap().assert_refused(421, row.transport.name);
}

#[tokio::test]
async fn its_own_origin_is_https() {
    for row in ALL {
        let server = Secure::start(&row, &["--allow-origin", "https://app.example"]);
        let peer = server.peer().await;
        let port = server.server.address.port();
        let (own, plain) = (format!("https://localhost:{port}"), format!("http://localhost:{port}"));

        for origin in [&*own, "https://app.example"] {
            assert_eq!(peer.post(&[("origin", origin)], b"x").await.status, 201, "{origin}");
        }
        let without_port = request("https://localhost/messages", "POST", &[PLAIN, ("origin", "https://localhost")]);
        assert_eq!(peer.answer(without_port, b"x").await.unwrap().status, 201);
        for origin in [&*plain, "https://localhost", "https://elsewhere.example", "null"] {
            peer.post(&[("origin", origin)], b"x").await.assert_refused(403, origin);
        }
        peer.post(&[("origin", &own), ("origin", "null")], b"x").await.assert_refused(403, "two origins");
        assert_eq!(server.server.newest().seq, 3, "what is refused is not published");
        an_allowed_origin_may_read(&peer).await;
    }
}

async fn an_allowed_origin_may_read(peer: &Peer) {
    let told = |answer: &Answer, name: &str| answer.header(name).unwrap_or_default().to_owned();

    for (method, path) in [("GET", "/status"), ("GET", "/nothing"), ("OPTIONS", "/messages"), ("POST", "/messages")] {
        let answer = peer.ask(method, path, &[("origin", "https://app.example")], b"").await;
        assert_eq!(told(&answer, "access-control-allow-origin"), "https://app.example", "{answer:?}");
        let foreign = peer.ask(method, path, &[("origin", "https://elsewhere.example")], b"").await;
        assert_eq!(told(&foreign, "access-control-allow-origin"), "", "{foreign:?}");
        assert_eq!([&answer, &foreign].map(|answer| told(answer, "vary")), ["Origin", "Origin"]);
    }
}

#[tokio::test]
async fn each_route_answers_as_over_http_1_1() {
    for row in ALL {
        let server = Secure::start(&row, &["--metrics"]);
        let peer = server.peer().await;
        for (method, path, status) in [
            ("GET", "/", 200),
            ("GET", "/?compact", 200),
            ("GET", "/status", 200),
            ("GET", "/metrics", 200),
            ("GET", "/assets/client.js", 200),
            ("GET", "/shared/page.js", 200),
            ("GET", "/nothing", 404),
            ("PUT", "/messages", 405),
            ("POST", "/", 405),
            ("OPTIONS", "/messages", 204),
            ("OPTIONS", "/", 204),
            ("HEAD", "/", 200),
            ("HEAD", "/status", 200),
            ("HEAD", "/messages", if row.two_way { 426 } else { 200 }),
            ("GET", "/messages?after=", 400),
        ] {
            let answer = peer.ask(method, path, &[], b"").await;
            assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{method} {path}: {answer:?}");
            for name in ["connection", "transfer-encoding", "keep-alive", "upgrade"] {
                assert_eq!(answer.header(name), None, "{method} {path}: {answer:?}");
            }
            assert_eq!(answer.header("allow").is_some(), matches!(status, 204 | 405), "{method} {path}: {answer:?}");
            match method {
                "HEAD" | "OPTIONS" => assert_eq!(answer.body, "", "{method} {path}: {answer:?}"),
                _ if status >= 400 => answer.assert_refused(status, path),
                _ => assert_ne!(answer.body, "", "{method} {path}: {answer:?}"),
            }
        }
        server.until_open(0).await;
    }
}

/// Over HTTP/1.1 it is 431.
#[tokio::test]
async fn a_large_head_is_read() {
    let server = Secure::start(&ALL[0], &[]);
    let peer = server.peer().await;
    let long = "x".repeat(150 * 1_024);

    let asked = peer.request("GET", "/status", &[("x-long", &long)]);

    assert_eq!(peer.answer(asked, b"").await.unwrap().status, 200);
    let old = format!("GET /status HTTP/1.1\r\nHost: localhost\r\nX-Long: {long}\r\n\r\n");
    assert_eq!(by_http_1_1(&server, &old).await, 431);
}
