//! What is posted.

use compare::transports::ALL;
use h2::Reason;

use crate::{
    follower::Follower,
    support::{PLAIN, Peer, Secure, four},
};

const MIB: usize = 1_024 * 1_024;

#[tokio::test]
async fn a_text_is_published_once_by_its_key() {
    for row in ALL {
        let server = Secure::start(&row, &[]);
        let peer = server.peer().await;
        let key = ("idempotency-key", "5f1c3b0a-4d2e-4c55");

        let first = peer.post(&[key], "grüß Gott".as_bytes()).await;
        let again = peer.post(&[key], "grüß Gott".as_bytes()).await;
        let from_another = server.peer().await.post(&[key], "grüß Gott".as_bytes()).await;
        let another = peer.post(&[key], b"two").await;

        assert_eq!((first.status, &*first.json()["text"].to_string()), (201, "\"grüß Gott\""), "{first:?}");
        assert_eq!([&again.body, &from_another.body], [&first.body; 2]);
        another.assert_refused(422, "a key and another text");
        peer.post(&[("idempotency-key", "short")], b"x").await.assert_refused(400, "a bad key");
        assert_eq!(server.server.newest().seq, 1);
    }
}

#[tokio::test]
async fn a_bad_text_is_refused() {
    for row in ALL {
        let server = Secure::start(&row, &[]);
        let peer = server.peer().await;
        let long = "é".repeat(2_049);

        assert_eq!(peer.post(&[], &long.as_bytes()[..4_096]).await.status, 201);
        for (headers, body, status) in [
            (&[PLAIN][..], &b""[..], 400),
            (&[PLAIN], b"\xff", 400),
            (&[PLAIN], long.as_bytes(), 413),
            (&[PLAIN], &vec![b'x'; MIB], 413),
            (&[], b"x", 415),
            (&[("content-type", "application/json")], b"{}", 415),
            (&[PLAIN, ("content-encoding", "gzip")], b"x", 415),
        ] {
            let answer = peer.ask("POST", "/messages", headers, body).await;
            answer.assert_refused(status, &format!("{headers:?} {} bytes", body.len()));
        }
        assert_eq!(server.server.newest().seq, 1, "nothing of it is published");
    }
}

/// The connection is not closed: others go on. That the rest is not wanted is told by a reset.
#[tokio::test]
async fn a_body_beyond_measure_is_refused_and_cuts_off_no_other() {
    let row = four().find(|row| row.streams).unwrap();
    let server = Secure::start(&row, &[]);
    let peer = server.peer().await;
    let mut other = Follower::new(&row, &peer, Some("start"));
    assert_eq!(peer.post(&[], b"before").await.status, 201);
    assert_eq!(other.texts(1).await, ["before"]);

    for text in ["one", "two", "three"] {
        let refused = too_long(&peer).await;

        assert_eq!(refused, (Some(413), Some(Reason::NO_ERROR)), "the answer comes before the reset");
        assert_eq!(peer.post(&[], text.as_bytes()).await.status, 201, "there is room for others");
        assert_eq!(other.texts(1).await, [text], "the stream goes on");
    }
}

/// Sends for as long as it may: the status that is answered, and why it may send no more.
async fn too_long(peer: &Peer) -> (Option<u16>, Option<Reason>) {
    let mut send = peer.sender().ready().await.unwrap();
    let (answer, mut body) = send.send_request(peer.request("POST", "/messages", &[PLAIN]), false).unwrap();
    let piece = vec![b'x'; 16 * 1_024];
    let mut sent = 0;
    let ended = loop {
        body.reserve_capacity(piece.len());
        match std::future::poll_fn(|cx| body.poll_capacity(cx)).await {
            Some(Ok(room)) => {
                let some = piece[..room.min(piece.len())].to_vec();
                sent += some.len();
                if let Err(error) = body.send_data(some.into(), false) {
                    break error.reason();
                }
            }
            Some(Err(error)) => break error.reason(),
            None => break std::future::poll_fn(|cx| body.poll_reset(cx)).await.ok(),
        }
        assert!(sent < 64 * MIB, "it is never told to end");
    };
    let status = answer.await.map(|answer| answer.status().as_u16());

    (status.ok(), ended)
}

/// What has been sent so far is read, and dropped, as soon as the client gives up.
#[tokio::test]
async fn a_body_that_is_given_up_publishes_nothing() {
    let server = Secure::start(&ALL[0], &[]);
    let peer = server.peer().await;
    let mut send = peer.sender().ready().await.unwrap();
    let (answer, mut body) = send.send_request(peer.request("POST", "/messages", &[PLAIN]), false).unwrap();

    body.send_data("half a".into(), false).unwrap();
    peer.get("/status").await;
    body.send_reset(Reason::CANCEL);

    assert!(answer.await.is_err(), "it is not answered");
    assert_eq!(peer.post(&[], b"whole").await.status, 201);
    assert_eq!(server.server.newest().seq, 1);
}
