//! Who leaves, and who takes nothing.

use std::time::Duration;

use compare::transports::Row;
use futures_util::future::join_all;
use h2::client::{Builder, ResponseFuture};
use shared::testing::LIMIT;
use socket2::SockRef;
use tokio::{
    io::AsyncWriteExt as _,
    time::{interval, timeout},
};

use crate::{
    follower::Follower,
    support::{Peer, Secure, four},
};

async fn hold(peer: &Peer, after: &str) -> ResponseFuture {
    peer.open(peer.request("GET", &format!("/messages?after={after}"), &[]), b"").await.unwrap()
}

/// Without a heartbeat nothing is written that would show it.
#[tokio::test]
async fn a_client_that_left_is_noticed() {
    join_all(four().filter(|row| row.waits).map(each_that_left)).await;
}

async fn each_that_left(row: Row) {
    let server = Secure::start(&row, &["--heartbeat", "0"]);
    let cursor = server.server.publish("old").id.to_string();
    let staying = server.peer().await;
    let stays = hold(&staying, &cursor).await;
    let peer = server.peer().await;
    let streams = [hold(&peer, &cursor).await, hold(&peer, &cursor).await, hold(&peer, &cursor).await];
    server.until_open(4).await;

    let [one, another, last] = streams;
    drop(one); // that resets it
    server.until_open(3).await;
    drop(another);
    server.until_open(2).await;
    drop((last, peer)); // and this is the end of the connection
    server.until_open(1).await;

    server.server.publish("new");
    assert_eq!(timeout(LIMIT, stays).await.unwrap().unwrap().status(), 200, "others stay");
}

/// The connection as a whole.
#[tokio::test]
async fn a_connection_that_ended_is_noticed() {
    join_all(four().filter(|row| row.waits).map(each_that_ended)).await;
}

async fn each_that_ended(row: Row) {
    let server = Secure::start(&row, &["--heartbeat", "0"]);
    let cursor = server.server.publish("old").id.to_string();
    for how in ["closed politely", "closed", "reset"] {
        let mut stream = server.tls(&[b"h2"]).await;
        let (path, host) = (format!("/messages?after={cursor}"), "localhost");
        stream.write_all(&by_hand(host, &path)).await.unwrap();
        server.until_open(1).await;

        match how {
            "closed politely" => stream.shutdown().await.unwrap(), // TLS says so
            "closed" => SockRef::from(stream.get_ref().0).shutdown(std::net::Shutdown::Both).unwrap(),
            _ => SockRef::from(stream.get_ref().0).set_linger(Some(Duration::ZERO)).unwrap(),
        }
        let half_open = (how != "reset").then_some(stream);

        server.until_open(0).await;
        drop(half_open);
    }
}

/// The preface, empty settings, and the head of a GET, written without a table (RFC 7541 §6.2.2).
fn by_hand(host: &str, path: &str) -> Vec<u8> {
    let mut head = Vec::new();
    for (name, value) in [(":method", "GET"), (":scheme", "https"), (":authority", host), (":path", path)] {
        head.push(0);
        for text in [name, value] {
            head.push(text.len() as u8);
            head.extend_from_slice(text.as_bytes());
        }
    }
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    bytes.extend_from_slice(&[0, 0, head.len() as u8, 1, 5, 0, 0, 0, 1]); // HEADERS, END_STREAM and END_HEADERS
    bytes.extend_from_slice(&head);

    bytes
}

/// It acknowledges each segment, so the kernel sees nothing.
#[tokio::test]
async fn a_client_that_opens_no_window_gives_its_seat_back() {
    join_all(four().filter(|row| row.streams).map(each_without_room)).await;
}

async fn each_without_room(row: Row) {
    let server = Secure::start(&row, &["--heartbeat", "500ms"]);
    for window in [0, 100, 65_535] {
        let peer = server.peer_as(Builder::new().initial_window_size(window)).await;
        let asked = peer.request("GET", "/messages?after=start", &[]);
        let (answer, mut body) = peer.head(asked, b"").await.unwrap();
        for _ in 0..30 {
            server.server.publish(&"x".repeat(4_000)); // more than fits the widest
        }

        server.until_open(0).await;

        let (next, _) = peer.head(peer.request("GET", "/status", &[]), b"").await.unwrap();
        assert_eq!((answer.status, next.status), (200, 200), "the connection goes on");
        while window > 0
            && let Some(bytes) = timeout(LIMIT, body.data()).await.unwrap()
        {
            body.flow_control().release_capacity(bytes.unwrap().len()).unwrap(); // it wakes up, and comes to an end
        }
    }
}

/// It takes some bytes in each heartbeat.
#[tokio::test]
async fn a_client_that_reads_slowly_is_kept() {
    const MANY: usize = 120; // which last longer than two heartbeats
    for row in four().filter(|row| row.streams) {
        let server = Secure::start(&row, &["--heartbeat", "1s"]);
        let cursor = server.server.newest().to_string();
        let peer = server.peer_as(Builder::new().initial_window_size(8_192)).await;
        let mut slow = Follower::new(&row, &peer, Some(&cursor));

        let mut pace = interval(Duration::from_millis(25));
        let mut received = Vec::new();
        (0..MANY).for_each(|_| drop(server.server.publish(&"x".repeat(4_000))));
        while received.len() < MANY {
            pace.tick().await;
            received.extend(slow.messages(1).await.into_iter().map(|message| message.id.seq));
        }
        server.server.publish("new");

        assert_eq!(received, (1..=MANY as u64).collect::<Vec<_>>());
        assert_eq!(slow.texts(1).await, ["new"], "the stream goes on");
    }
}
