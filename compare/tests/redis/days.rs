//! Bad days of Redis.

use std::{fs, sync::Arc};

use shared::{Cursor, Feed, NotPublished, Start, Unavailable, redis::Settings, shell, testing::LIMIT};
use tokio::time::timeout;

use crate::{
    POINTER, at,
    client::Client,
    entry, feed,
    network::Network,
    newest, publish, publish_again,
    server::{Redis, free_port},
    since, stream, until,
};

const REFUSED: NotPublished = NotPublished::Unavailable(Unavailable);

/// What somebody does to a stream whose newest message has this number.
type Harm = fn(&Redis, &str, u64) -> Vec<String>;

/// What is noticed, and ends an epoch.
const HARMS: [(&str, Harm); 13] = [
    ("all is flushed", |redis, _, _| redis.ask(&["FLUSHALL"])),
    ("the stream is deleted", |redis, stream, _| redis.ask(&["DEL", stream])),
    ("it is of another type", |redis, stream, _| redis.ask(&["SET", stream, "text"])),
    ("it is renamed", |redis, stream, _| redis.ask(&["RENAME", stream, "elsewhere"])),
    ("an entry is far ahead", |redis, stream, _| redis.ask(&["XADD", stream, "0-1000000", "at", "1", "json", "{}"])),
    ("an entry is like ours", |redis, stream, newest| {
        redis.ask(&["XADD", stream, &format!("0-{}", newest + 1), "at", "1", "json", "{}"])
    }),
    ("an entry is not in UTF-8", |redis, stream, newest| {
        let add = "return redis.call('XADD', KEYS[1], ARGV[1], 'at', '1', 'json', '{\"a\":\"\\255\"}')";
        redis.ask(&["EVAL", add, "1", stream, &format!("0-{}", newest + 1)])
    }),
    ("the ids are another's", |redis, stream, _| redis.ask(&["XADD", stream, "5-5", "json", "{}"])),
    ("there is no next id", |redis, stream, _| {
        redis.ask(&["XADD", stream, "0-18446744073709551615", "at", "1", "json", "{}"])
    }),
    ("the newest is deleted", |redis, stream, newest| redis.ask(&["XDEL", stream, &format!("0-{newest}")])),
    ("the pointer is deleted", |redis, _, _| redis.ask(&["DEL", POINTER])),
    ("it has no epoch", |redis, _, _| redis.ask(&["HSET", POINTER, "epoch", "NO EPOCH"])),
    ("it has no number", |redis, _, _| redis.ask(&["HSET", POINTER, "newest", "18446744073709551615"])),
];

#[tokio::test]
#[ignore = "needs redis-server: run by ./test"]
async fn what_somebody_does_to_the_keys_is_told_as_a_gap_and_no_id_comes_twice() {
    let redis = Redis::start(&[]);
    let (one, other) = (feed(&redis).await, feed(&redis).await);
    let mut clients = [Client::of(&one, Start::Oldest).await, Client::of(&other, Start::Oldest).await];

    for (what, harm) in HARMS {
        let before = publish_again(&one, what).await.id;
        for client in &mut clients {
            client.until(before).await;
        }

        harm(&redis, &stream(before.epoch), before.seq);

        for client in &mut clients {
            client.until_a_gap().await;
        }
        let after = publish_again(&other, "after").await;
        assert_ne!(after.id.epoch, before.epoch, "{what}");
        for client in &mut clients {
            client.until(after.id).await;
        }
    }
}

#[tokio::test]
#[ignore = "needs redis-server: run by ./test"]
async fn what_no_reader_needs_is_made_anew_without_a_gap() {
    let redis = Redis::start(&[]);
    let feed = feed(&redis).await;
    let mut client = Client::of(&feed, Start::Oldest).await;

    for name in ["{five-ways}:keys", "{five-ways}:ages"] {
        publish(&feed, 1).await;
        redis.ask(&["SET", name, "of another type"]);
    }
    let seen = publish(&feed, 1).await;
    client.until(seen).await;

    assert_eq!((seen.seq, client.gaps), (3, 0));
}

#[tokio::test]
#[ignore = "needs redis-server: run by ./test"]
async fn a_pointer_of_another_type_is_no_use_until_it_is_gone() {
    let redis = Redis::start(&[]);
    let feed = feed(&redis).await;
    let mut client = Client::of(&feed, Start::Oldest).await;
    let before = publish(&feed, 5).await;
    client.until(before).await;

    redis.ask(&["SET", POINTER, "of another type"]);
    assert_eq!(feed.publish(entry("refused")).await.unwrap_err(), REFUSED);
    assert_eq!(feed.status().await.unwrap().reachable, Some(false));
    assert_eq!(since(&feed, Start::Oldest).await.messages.len(), 5, "what is held can be read");
    redis.ask(&["DEL", POINTER]);

    let after = publish_again(&feed, "after").await.id;
    client.until(after).await;
    assert!(after.epoch != before.epoch && after.seq == 6 && client.gaps > 0, "{before} {after}");
    assert_eq!(feed.status().await.unwrap().reachable, Some(true));
}

#[tokio::test]
#[ignore = "needs redis-server: run by ./test"]
async fn where_only_the_network_was_cut_nothing_is_lost_and_there_is_no_gap() {
    let redis = Redis::start(&[]);
    let network = Network::to(&redis);
    let (near, far) = (feed(&redis).await, at(&network.url()).await);
    let mut client = Client::of(&far, Start::Oldest).await;
    let seen = publish(&far, 5).await;
    client.until(seen).await;

    network.cut();
    assert_eq!(far.publish(entry("lost")).await.unwrap_err(), REFUSED);
    assert_eq!(far.status().await.unwrap().reachable, Some(false));
    assert_eq!(since(&far, Start::Oldest).await.messages.len(), 5, "what is held can be read");
    publish(&near, 10).await;
    network.lead_to(&redis);

    let last = publish_again(&far, "back").await;
    client.until(last.id).await;
    assert_eq!((last.id, client.gaps), (Cursor { seq: 16, ..seen }, 0));
    until("the status", async || (far.status().await.unwrap().reachable == Some(true)).then_some(())).await;
}

#[tokio::test]
#[ignore = "needs redis-server: run by ./test"]
async fn a_connection_that_redis_has_closed_is_made_anew_and_nobody_notices() {
    let redis = Redis::start(&[]);
    let feed = feed(&redis).await;
    let seen = publish(&feed, 1).await;
    let beyond = Start::After(Cursor { seq: 1_000, ..seen });
    assert!(since(&feed, beyond).await.gap);

    redis.ask(&["CLIENT", "KILL", "TYPE", "normal"]); // as after `timeout`

    assert!(since(&feed, beyond).await.gap);
    assert_eq!(publish(&feed, 1).await, Cursor { seq: 2, ..seen });
}

#[tokio::test]
#[ignore = "needs redis-server: run by ./test"]
async fn a_redis_that_starts_again_is_another_and_what_it_kept_is_kept() {
    let redis = Redis::start(&["--appendonly", "yes", "--appendfsync", "always"]);
    let feed = feed(&redis).await;
    let mut client = Client::of(&feed, Start::Oldest).await;
    let before = publish(&feed, 5).await;
    client.until(before).await;

    let redis = redis.restart();
    client.until_a_gap().await;
    let after = publish_again(&feed, "after").await;
    client.until(after.id).await;

    assert_eq!(after.id.seq, 6, "ids go on");
    assert_ne!(after.id.epoch, before.epoch);
    assert_eq!(since(&feed, Start::Oldest).await.messages.len(), 6, "nothing held is lost");
    drop(redis);
}

#[tokio::test]
#[ignore = "needs redis-server: run by ./test"]
async fn a_redis_that_starts_empty_is_a_new_epoch_and_a_gap() {
    let redis = Redis::start(&[]);
    let feed = feed(&redis).await;
    let mut client = Client::of(&feed, Start::Oldest).await;
    let before = publish(&feed, 5).await;
    client.until(before).await;

    let redis = redis.restart();
    let after = publish_again(&feed, "after").await;
    client.until_a_gap().await;
    client.until(after.id).await;

    assert_ne!(after.id.epoch, before.epoch);
    drop(redis);
}

#[tokio::test]
#[ignore = "needs redis-server: run by ./test"]
async fn where_writing_is_paused_publishing_gives_up_and_redis_still_says_how_far_it_is() {
    let redis = Redis::start(&[]);
    let feed = feed(&redis).await;
    let seen = publish(&feed, 5).await;
    redis.ask(&["CLIENT", "PAUSE", "600000", "WRITE"]);

    let refused = timeout(LIMIT, feed.publish(entry("paused"))).await.expect("it does not wait for the end");
    assert_eq!(refused.unwrap_err(), REFUSED);
    let ahead = Cursor { seq: seen.seq + 1, ..seen };
    assert!(since(&feed, Start::After(ahead)).await.gap, "there is no such message");

    redis.ask(&["CLIENT", "UNPAUSE"]);
    assert_eq!(publish_again(&feed, "after").await.id.epoch, seen.epoch);
}

#[tokio::test]
#[ignore = "needs redis-server: run by ./test"]
async fn a_redis_that_is_full_or_cannot_save_refuses_and_then_takes_again() {
    let redis = Redis::start(&["--maxmemory-policy", "noeviction"]);
    let feed = feed(&redis).await;
    let seen = publish(&feed, 5).await;

    redis.ask(&["CONFIG", "SET", "maxmemory", "1"]);
    assert_eq!(feed.publish(entry("full")).await.unwrap_err(), REFUSED);
    let ahead = Cursor { seq: seen.seq + 1, ..seen };
    assert!(since(&feed, Start::After(ahead)).await.gap, "it can be asked");
    redis.ask(&["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(publish_again(&feed, "space").await.id, ahead);

    redis.ask(&["CONFIG", "SET", "save", "3600 1"]);
    fs::remove_dir_all(redis.folder.path()).unwrap();
    redis.ask(&["BGSAVE"]);
    until("a save that fails", async || {
        let info = redis.ask(&["INFO", "persistence"]).concat();
        info.contains("rdb_last_bgsave_status:err").then_some(())
    })
    .await;
    assert_eq!(feed.publish(entry("no disk")).await.unwrap_err(), REFUSED);
    assert_eq!(since(&feed, Start::Oldest).await.messages.len(), 6);
    redis.ask(&["CONFIG", "SET", "save", ""]);
    assert_eq!(publish_again(&feed, "no need").await.id, Cursor { seq: 7, ..seen });
}

#[tokio::test]
#[ignore = "needs redis-server: run by ./test"]
async fn what_cannot_be_used_is_told_in_a_line() {
    let open = async |url: &str| Feed::shared(url, Settings::default()).await.map(|_| ()).unwrap_err().to_string();
    let primary = Redis::start(&[]);
    let replica = Redis::start(&["--replicaof", "127.0.0.1", &primary.port.to_string()]);
    let locked = Redis::start(&["--requirepass", "secret"]);
    let strange = Redis::start(&[]);
    strange.ask(&["SET", POINTER, "of another type"]);

    for (url, says) in [
        (replica.url(), "read only"),
        (locked.url(), "auth"),
        (format!("redis://:wrong@127.0.0.1:{}", locked.port), "password"),
        (strange.url(), "wrong kind"),
        ("redis://127.0.0.1:1".to_owned(), "refused"),
        ("http://127.0.0.1:1".to_owned(), "url"),
    ] {
        let line = open(&url).await;
        assert!(line.starts_with("cannot use Redis: ") && !line.contains('\n'), "{line}");
        assert!(line.to_lowercase().contains(says), "{says}: {line}");
        assert!(!line.contains("wrong@") && !line.contains("secret"), "{line}");
    }
    assert!(Feed::shared(&format!("redis://:secret@127.0.0.1:{}", locked.port), Settings::default()).await.is_ok());
}

#[tokio::test]
#[ignore = "needs redis-server: run by ./test"]
async fn a_server_that_is_to_wait_for_redis_waits() {
    let port = free_port();
    let url = format!("redis://127.0.0.1:{port}");
    let options = |more: &[&'static str]| {
        shell::read(&sse::TRANSPORT, ["sse", "--redis", &url].iter().chain(more).copied()).unwrap()
    };

    let refused = shell::open_feed(&options(&[])).await.unwrap_err().to_string();
    assert!(refused.starts_with("cannot use Redis: "), "{refused}");
    let waiting = options(&["--redis-wait"]);
    let waits = tokio::spawn(async move { shell::open_feed(&waiting).await });
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let redis = until("a Redis there", async || Redis::at(port, Arc::clone(&folder), Vec::new())).await;

    let feed = timeout(LIMIT, waits).await.expect("it has waited long enough").unwrap().unwrap();
    assert_eq!(newest(&feed).await.seq, 0);
    drop(redis);
}
