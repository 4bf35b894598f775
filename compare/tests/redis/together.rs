//! Several processes have one feed.

use std::{num::NonZeroUsize, time::Duration};

use futures_util::future::join_all;
use shared::{Cursor, Feed, Key, NotPublished, Start, batch::Batch, redis::Settings};

use crate::{at, client::Client, entry, feed, network::Network, newest, publish, server::Redis, since, until};

#[tokio::test]
#[ignore = "needs redis-server: run by ./test"]
async fn what_one_process_publishes_all_read_with_the_same_ids() {
    let redis = Redis::start(&[]);
    let (one, other) = (feed(&redis).await, feed(&redis).await);
    let mut client = Client::of(&other, Start::Oldest).await;

    let first = publish(&one, 3).await;
    client.until(first).await;
    let second = publish(&other, 3).await;

    assert_eq!(second, Cursor { seq: 6, ..first });
    until("the place", async || (newest(&one).await == second).then_some(())).await;
    client.until(second).await;
    assert_eq!((client.seen.len(), client.gaps), (6, 0));
    let [here, there] = [since(&one, Start::Oldest).await, since(&other, Start::Oldest).await];
    let jsons = |batch: &Batch| batch.messages.iter().map(|message| message.json.to_string()).collect::<Vec<_>>();
    assert_eq!(jsons(&here), jsons(&there));
}

#[tokio::test]
#[ignore = "needs redis-server: run by ./test"]
async fn many_who_publish_at_once_get_ids_that_follow_each_other() {
    let redis = Redis::start(&[]);
    let feeds = join_all((0..4).map(|_| feed(&redis))).await;
    let mut client = Client::of(&feeds[0], Start::Oldest).await;

    let published = join_all((0..200).map(|number: usize| {
        let feed = &feeds[number % feeds.len()];
        async move { feed.publish(entry(&number.to_string())).await.unwrap() }
    }))
    .await;

    let mut seqs: Vec<u64> = published.iter().map(|message| message.id.seq).collect();
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=200).collect::<Vec<u64>>());
    for message in &published {
        client.until(message.id).await;
        assert_eq!(client.seen[&(message.id.epoch, message.id.seq)], message.json.to_string());
    }
    let times: Vec<&str> = client.seen.values().filter_map(|json| json.split(',').nth(1)).collect();
    assert!(times.is_sorted(), "one clock for all: {times:?}");
}

#[tokio::test]
#[ignore = "needs redis-server: run by ./test"]
async fn a_process_that_starts_goes_on_with_what_is_there() {
    let redis = Redis::start(&[]);
    let one = feed(&redis).await;
    let seen = publish(&one, 700).await;
    drop(one);

    let settings = Settings { history: NonZeroUsize::new(600).unwrap(), ..Settings::default() };
    let other = Feed::shared(&redis.url(), settings).await.unwrap();

    assert_eq!(newest(&other).await, seen);
    assert_eq!(other.status().await.unwrap().held, 600);
    assert!(!since(&other, Start::After(Cursor { seq: 650, ..seen })).await.gap);
    assert!(since(&other, Start::After(Cursor { seq: 50, ..seen })).await.gap);
    assert_eq!(publish(&other, 1).await.seq, 701);
}

#[tokio::test]
#[ignore = "needs redis-server: run by ./test"]
async fn a_key_is_published_once_whichever_process_it_comes_to() {
    let redis = Redis::start(&[]);
    let (one, other) = (feed(&redis).await, feed(&redis).await);
    let keyed = |text: &str| entry(text).with_key(Some("0123456789abcdef".parse::<Key>().unwrap()));

    let first = one.publish(keyed("once")).await.unwrap();
    publish(&other, 1).await;
    let again = other.publish(keyed("once")).await.unwrap();

    assert_eq!((first.id, &first.json), (again.id, &again.json));
    assert_eq!(other.publish(keyed("other")).await.unwrap_err(), NotPublished::KeyReused);
    for number in 0..50 {
        let key: Key = format!("race-of-two-{number:05}").parse().unwrap();
        let wanted = || entry("race").with_key(Some(key.clone()));
        let (here, there) = tokio::join!(one.publish(wanted()), other.publish(wanted()));
        assert_eq!(here.unwrap().id, there.unwrap().id);
    }
}

#[tokio::test]
#[ignore = "needs redis-server: run by ./test"]
async fn a_cursor_that_is_ahead_of_a_process_is_waited_for_and_beyond_the_newest_is_a_gap() {
    let redis = Redis::start(&[]);
    let network = Network::to(&redis);
    let (one, slow) = (feed(&redis).await, at(&network.url()).await);

    until("its follower", async || network.has_follower().then_some(())).await;
    network.hold_followers();
    let ahead = publish(&one, 5).await;
    assert_eq!(newest(&slow).await, Cursor { seq: 0, ..ahead }, "it is behind");
    let batch = since(&slow, Start::After(ahead)).await;
    assert!(batch.is_empty() && !batch.gap && batch.next == ahead, "{batch:?}");
    let mut client = Client::of(&slow, Start::After(ahead)).await;
    let beyond = Cursor { seq: ahead.seq + 1, ..ahead };
    assert!(since(&slow, Start::After(beyond)).await.gap, "no message has this number");
    assert!(since(&slow, Start::After(Cursor { epoch: !ahead.epoch, ..ahead })).await.gap);
    network.let_followers_go();

    let next = publish(&one, 1).await;
    client.until(next).await;
    assert_eq!((client.gaps, client.seen.len()), (0, 1));
}

#[tokio::test]
#[ignore = "needs redis-server: run by ./test"]
async fn a_thousand_clients_that_come_at_once_ask_redis_a_few_questions() {
    let redis = Redis::start(&[]);
    let feed = feed(&redis).await;
    let seen = publish(&feed, 1).await;
    let asked = || {
        let info = redis.ask(&["INFO", "commandstats"]).concat();
        let (_, calls) = info.split_once("cmdstat_eval_ro:calls=").unwrap();
        calls.split(',').next().unwrap().parse::<usize>().unwrap()
    };

    let before = asked();
    let foreign = Start::After(Cursor { epoch: !seen.epoch, ..seen });
    let batches = join_all((0..1_000).map(|_| since(&feed, foreign))).await;
    let questions = asked() - before;

    assert!(batches.iter().all(|batch| batch.gap));
    assert!((1..100).contains(&questions), "{questions} questions");
}

#[tokio::test]
#[ignore = "needs redis-server: run by ./test"]
async fn a_tick_is_published_once_in_each_period_whoever_ticks() {
    let redis = Redis::start(&[]);
    let (one, other) = (feed(&redis).await, feed(&redis).await);
    let tick = |text: &str, period| entry(text).with_tick(period);
    let for_long = Duration::from_secs(u64::from(u32::MAX));

    let mut ids = Vec::new();
    for feed in [&one, &other, &one] {
        ids.push(feed.publish(tick("of a century", for_long)).await.unwrap().id);
    }
    assert!(ids.windows(2).all(|two| two[0] == two[1]), "{ids:?}");

    let first = one.publish(tick("short", Duration::from_millis(1))).await.unwrap().id;
    until("the next period", async || {
        let id = other.publish(tick("short", Duration::from_millis(1))).await.unwrap().id;
        (id.seq == first.seq + 1).then_some(())
    })
    .await;
}
