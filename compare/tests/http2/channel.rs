//! The four ways.

use compare::client::{End, Event};
use futures_util::future::join_all;
use h2::client::Builder;
use shared::testing::feed;

use crate::{
    follower::Follower,
    support::{Secure, four},
};

#[tokio::test]
async fn a_channel_starts_where_it_is_asked_to() {
    for row in four() {
        let server = Secure::on(feed(2.try_into().unwrap()), &row, &[]);
        let before = server.server.newest().to_string();
        let ids = ["one", "two", "three"].map(|text| server.server.publish(text).id.to_string());
        let peer = server.peer().await;
        let follow = |after| Follower::new(&row, &peer, after);

        assert_eq!(follow(None).texts(1).await, ["three"]);
        assert_eq!(follow(Some("start")).texts(2).await, ["two", "three"]);
        assert_eq!(follow(Some(&ids[1])).texts(1).await, ["three"]);
        for lost in [&*before, "00000000.1"] {
            let mut follower = follow(Some(lost));
            assert_eq!(follower.event().await, Event::Gap, "{lost}");
            assert_eq!(follower.texts(2).await, ["two", "three"], "{lost}");
        }
        assert_eq!(follow(Some("bad")).event().await, Event::End(End::Refused(400, None)));
    }
}

#[tokio::test]
async fn last_event_id_wins_over_after() {
    let row = four().find(|row| row.transport.name == "sse").unwrap();
    let server = Secure::start(&row, &[]);
    let ids = ["one", "two"].map(|text| server.server.publish(text).id.to_string());
    let peer = server.peer().await;

    for (id, wanted) in [(&*ids[0], "two"), ("nonsense", "event: gap"), ("", "one")] {
        let request = peer.request("GET", "/messages?after=start", &[("last-event-id", id)]);
        let (answer, mut body) = peer.head(request, b"").await.unwrap();
        let mut events = String::new();
        while !events.contains(wanted) {
            events += str::from_utf8(&body.data().await.unwrap().unwrap()).unwrap();
        }

        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/event-stream")), "{answer:?}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer:?}");
        let repeats = wanted == "two" && events.contains("\"one\"");
        assert!(!repeats, "{id}: {events}");
    }
}

/// Each is a stream of its own, and none holds up another.
#[tokio::test]
async fn many_clients_share_a_connection() {
    const MANY: usize = 200;
    const WIDE: u32 = 8 << 20; // as a browser has it; in a narrow one h2 takes so many small frames for an attack
    for row in four() {
        let server = Secure::start(&row, &[]);
        let cursor = server.server.newest().to_string();
        let peer = server.peer_as(Builder::new().initial_connection_window_size(WIDE)).await;
        let followers = (0..MANY).map(|_| async {
            let mut follower = Follower::new(&row, &peer, Some(&cursor));
            follower.texts(20).await
        });
        let publish = async {
            server.until_open(if row.waits { MANY } else { 0 }).await;
            for number in 0..20 {
                assert_eq!(peer.post(&[], number.to_string().as_bytes()).await.status, 201);
            }
        };

        let (received, ()) = tokio::join!(join_all(followers), publish);

        let wanted: Vec<String> = (0..20).map(|number| number.to_string()).collect();
        assert!(received.iter().all(|texts| *texts == wanted), "{}: {received:?}", row.transport.name);
    }
}

#[tokio::test]
async fn a_hostile_text_arrives_unchanged() {
    let hostile = ["</script><script>alert(1)</script>", "one\ntwo\r\n\nid: 9\ndata: x\n\n", "\u{2028}\u{0}👩‍👩‍👧"];
    let long = ["<".repeat(4_096), "\u{0}".repeat(4_096)];
    for row in four() {
        let server = Secure::start(&row, &[]);
        let peer = server.peer().await;
        let mut follower = Follower::new(&row, &peer, Some("start"));
        for text in hostile.into_iter().chain(long.iter().map(String::as_str)) {
            assert_eq!(peer.post(&[], text.as_bytes()).await.status, 201);
            assert_eq!(follower.texts(1).await, [text]);
        }
    }
}

#[tokio::test]
async fn silence_is_broken_by_a_heartbeat() {
    for row in four() {
        let server = Secure::start(&row, &["--heartbeat", "300ms", "--hold", "300ms"]);
        let cursor = server.server.publish("old").id.to_string();
        let peer = server.peer().await;
        let mut follower = Follower::new(&row, &peer, Some(&cursor));
        let sign = if row.streams { Event::Heartbeat } else { Event::Nothing };

        for _ in 0..2 {
            while follower.next().await != sign {}
        }
        server.server.publish("new");

        assert_eq!(follower.texts(1).await, ["new"]);
    }
}

#[tokio::test]
async fn beyond_max_clients_is_503() {
    for row in four().filter(|row| row.waits) {
        let server = Secure::start(&row, &["--max-clients", "2"]);
        let cursor = server.server.publish("old").id.to_string();
        let peer = server.peer().await;
        let held = || peer.open(peer.request("GET", &format!("/messages?after={cursor}"), &[]), b"");
        let two = [held().await.unwrap(), held().await.unwrap()];
        server.until_open(2).await;

        let refused = peer.get(&format!("/messages?after={cursor}")).await;
        let elsewhere = server.peer().await.get(&format!("/messages?after={cursor}")).await;
        drop(two);
        server.until_open(0).await;

        for answer in [refused, elsewhere] {
            answer.assert_refused(503, row.transport.name);
            assert!(answer.header("retry-after").is_some(), "{answer:?}");
        }
        let mut again = Follower::new(&row, &peer, Some("start"));
        assert_eq!(again.texts(1).await, ["old"], "the connection goes on");
    }
}

#[tokio::test]
async fn what_is_too_old_ends_and_loses_nothing() {
    for row in four().filter(|row| row.streams) {
        let server = Secure::start(&row, &["--max-age", "400ms"]);
        let cursor = server.server.newest().to_string();
        let peer = server.peer().await;
        let mut old = Follower::new(&row, &peer, Some(&cursor));

        assert_eq!(old.event().await, Event::End(End::Complete), "{}", row.transport.name);
        server.until_open(0).await;
        server.server.publish("new");

        let mut next = Follower::new(&row, &peer, Some(&cursor));
        assert_eq!(next.texts(1).await, ["new"], "on the same connection");
    }
}
