//! A replica takes the place of the primary, and lacks what that has acknowledged.

use shared::{Cursor, Start};

use crate::{
    at, client::Client, network::Network, newest, publish, publish_again, server::Redis, since, stream, until,
};

/// The primary, its replica, the network between them, and that of each of two processes, by which both are reached.
struct Pair {
    primary: Redis,
    replica: Redis,
    between: Network,
    names: [Network; 2],
}

impl Pair {
    async fn start() -> Self {
        let primary = Redis::start(&["--repl-diskless-sync-delay", "0"]);
        let between = Network::to(&primary);
        let replica = Redis::start(&["--replicaof", "127.0.0.1", &between.address.port().to_string()]);
        until("the replica", async || {
            replica.ask(&["INFO", "replication"]).concat().contains("master_link_status:up").then_some(())
        })
        .await;
        let names = [Network::to(&primary), Network::to(&primary)];

        Self { primary, replica, between, names }
    }

    async fn until_replicated(&self, newest: Cursor) {
        until("replication", async || {
            (self.replica.ask(&["XLEN", &stream(newest.epoch)]) == [newest.seq.to_string()]).then_some(())
        })
        .await;
    }

    /// The primary is gone, and its names lead to the replica.
    fn fail_over(&mut self) {
        self.primary.kill();
        self.names.iter().for_each(Network::cut);
        self.replica.ask(&["REPLICAOF", "NO", "ONE"]);
        self.names.iter().for_each(|name| name.lead_to(&self.replica));
    }
}

#[tokio::test]
#[ignore = "needs redis-server: run by ./test"]
async fn what_a_failover_loses_is_told_and_no_id_is_given_twice() {
    let mut pair = Pair::start().await;
    let (one, other) = (at(&pair.names[0].url()).await, at(&pair.names[1].url()).await);
    let mut client = Client::of(&other, Start::Oldest).await;
    let kept = publish(&one, 10).await;
    client.until(kept).await;
    pair.until_replicated(kept).await;

    pair.between.cut();
    let lost = publish(&one, 25).await;
    client.until(lost).await;
    pair.fail_over();
    let after = publish_again(&other, "after").await.id;
    client.until_a_gap().await;
    client.until(after).await;

    assert_ne!(after.epoch, lost.epoch, "an id of what was lost may not come again");
    assert_eq!(after.seq, kept.seq + 1, "what the replica had is kept");
    let of = |epoch: u32| client.seen.range((epoch, 0)..=(epoch, u64::MAX)).map(|((_, seq), _)| *seq);
    assert!(of(lost.epoch).eq(1..=lost.seq), "the ledger has what was acknowledged");
    assert!(of(after.epoch).eq(1..=after.seq), "after the gap, it has what there is");
    until("the other process", async || (newest(&one).await == after).then_some(())).await;
    assert!(since(&one, Start::After(kept)).await.gap);
}

#[tokio::test]
#[ignore = "needs redis-server: run by ./test"]
async fn where_who_has_seen_it_dies_with_the_primary_that_is_told_too() {
    let mut pair = Pair::start().await;
    let (one, other) = (at(&pair.names[0].url()).await, at(&pair.names[1].url()).await);
    let mut client = Client::of(&other, Start::Oldest).await;
    let kept = publish(&one, 10).await;
    client.until(kept).await;
    pair.until_replicated(kept).await;

    pair.between.cut();
    pair.names[1].cut();
    let lost = publish(&one, 25).await;
    drop(one);
    pair.fail_over();
    let after = publish_again(&other, "after").await.id;
    client.until_a_gap().await;
    client.until(after).await;

    assert_ne!(after.epoch, lost.epoch, "its ids are those of what was lost");
    assert!(after.seq <= lost.seq, "else this shows nothing");
    let late = at(&pair.names[0].url()).await;
    assert_eq!(newest(&late).await, after);
    assert!(since(&late, Start::After(lost)).await.gap, "also by a process that knows nothing of it");
    assert!(since(&late, Start::After(kept)).await.gap);
}
