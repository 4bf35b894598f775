//! The stop of the server.

use compare::client::Event;
use shared::testing::LIMIT;
use tokio::{join, task::spawn_blocking, time::timeout};

use crate::{
    follower::Follower,
    support::{Peer, Secure, four},
};

/// It is not announced, by GOAWAY.
#[tokio::test]
async fn a_stop_ends_each_stream_and_then_the_connection() {
    for row in four() {
        let server = Secure::start(&row, &[]);
        let cursor = server.server.publish("old").id.to_string();
        let [busy, idle, late] = [server.peer().await, server.peer().await, server.peer().await];
        assert_eq!(idle.get("/status").await.status, 200);
        let [mut one, mut other] = [(); 2].map(|()| Follower::new(&row, &busy, Some(&cursor)));

        let stop = async {
            server.until_open(if row.waits { 2 } else { 0 }).await;
            let stopped = spawn_blocking(move || server.server.stop());
            asks_on(&late).await;
            timeout(LIMIT, stopped).await.expect("it waits for nobody who is idle").unwrap()
        };
        let (one, other, stopped) = join!(one.event(), other.event(), stop);

        assert!(stopped.is_ok(), "{stopped:?}");
        assert_eq!([one, other], [Event::End(row.stop), Event::End(row.stop)], "{}", row.transport.name);
        for mut peer in [busy, idle, late] {
            let ended = timeout(LIMIT, &mut peer.connection).await.expect("it has ended").unwrap();
            assert!(!ended.is_err_and(|error| error.is_go_away()), "no word of it");
        }
    }
}

/// Somebody who goes on asking is answered, or told that the connection has ended; it keeps nobody.
async fn asks_on(peer: &Peer) {
    while let Ok(answer) = peer.answer(peer.request("GET", "/status", &[]), b"").await {
        assert!(matches!(answer.status, 200 | 503), "{answer:?}");
    }
}
