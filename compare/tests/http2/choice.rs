//! Which protocol it is, and what is not to be had over it.

use compare::{client::websocket::HANDSHAKE, transports::ALL};
use h2::{Reason, client::Builder, ext::Protocol};
use shared::testing::LIMIT;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::timeout,
};

use crate::support::{Secure, request};

#[tokio::test]
async fn who_offers_it_gets_it_and_others_get_http_1_1() {
    for row in ALL {
        let server = Secure::start(&row, &[]);
        for (offered, chosen) in [
            (&[&b"h2"[..], b"http/1.1"][..], Some(&b"h2"[..])),
            (&[b"http/1.1", b"h2"], Some(b"h2")),
            (&[b"h2"], Some(b"h2")),
            (&[b"http/1.1"], Some(b"http/1.1")),
            (&[], None),
        ] {
            let mut stream = server.tls(offered).await;

            assert_eq!(stream.get_ref().1.alpn_protocol(), chosen, "{offered:?}");
            if chosen != Some(b"h2") {
                let asked = b"GET /status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
                stream.write_all(asked).await.unwrap();
                let mut answer = String::new();
                timeout(LIMIT, stream.read_to_string(&mut answer)).await.unwrap().ok(); // it may end without a word of TLS
                assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
            }
        }
        assert_eq!(server.peer().await.get("/status").await.status, 200);
    }
}

#[tokio::test]
async fn a_websocket_is_not_offered() {
    for row in ALL {
        let server = Secure::start(&row, &[]);
        let peer = server.peer().await;
        let status = peer.get("/status").await.status; // when it is answered, the server's settings are known
        let extended = peer.sender().is_extended_connect_protocol_enabled();

        let mut tunnel = request("https://localhost/messages", "CONNECT", &[("sec-websocket-version", "13")]);
        tunnel.extensions_mut().insert(Protocol::from_static("websocket"));
        let refused = peer.answer(tunnel, b"").await.unwrap_err();
        let plain = peer.answer(request("localhost:80", "CONNECT", &[]), b"").await.unwrap();

        assert_eq!((status, extended), (200, false), "RFC 8441 is not offered");
        assert_eq!(refused.reason(), Some(Reason::PROTOCOL_ERROR), "and so nobody may ask for it");
        plain.assert_refused(400, "a CONNECT");
        if row.two_way {
            let get = peer.get("/messages").await;
            get.assert_refused(426, "a GET");
            assert!(get.body.contains("HTTP/1.1"), "it says what helps: {get:?}");
        }
        assert_eq!(peer.get("/status").await.status, 200, "the connection goes on");
        by_http_1_1_it_is(&server).await;
    }
}

/// A browser opens a connection of its own for it.
async fn by_http_1_1_it_is(server: &Secure) {
    let mut stream = server.tls(&[b"http/1.1"]).await;
    let handshake = format!("GET /messages HTTP/1.1\r\nHost: localhost\r\n{HANDSHAKE}\r\n");

    stream.write_all(handshake.as_bytes()).await.unwrap();
    let mut line = [0; 12];
    timeout(LIMIT, stream.read_exact(&mut line)).await.unwrap().unwrap();

    let status: &[u8] = if server.row.two_way { b"HTTP/1.1 101" } else { b"HTTP/1.1 400" };
    assert_eq!(line, status, "{}", server.row.transport.name);
}

/// actix has no setting for how many, and announces none: a browser then stops at 100 of its own.
#[tokio::test]
async fn no_limit_of_streams_is_announced() {
    let server = Secure::start(&compare::transports::ALL[0], &[]);
    let peer = server.peer_as(Builder::new().initial_max_send_streams(1)).await;

    peer.get("/status").await;

    assert_eq!(peer.sender().current_max_send_streams(), usize::MAX);
}
