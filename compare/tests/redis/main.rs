//! A feed in Redis: several processes have it, and Redis has bad days.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod client;
mod days;
mod failover;
mod network;
mod over_http;
mod processes;
#[path = "../support/redis.rs"]
mod server;
mod together;

use std::{sync::Arc, time::Duration};

use serde_json::json;
use shared::{Cursor, Entry, Feed, Message, Start, batch::Batch, redis::Settings, testing::LIMIT};
use tokio::time::{Instant, sleep};

use self::server::Redis;

/// The key of a feed of the default name that says which epoch stands.
const POINTER: &str = "{five-ways}:epoch";

/// The key of the stream of an epoch.
fn stream(epoch: u32) -> String {
    format!("{{five-ways}}:{epoch:08x}")
}

/// As the demo's.
fn entry(text: &str) -> Entry {
    Entry::new(&json!({ "kind": "message", "text": text })).unwrap()
}

async fn feed(redis: &Redis) -> Feed {
    at(&redis.url()).await
}

async fn at(url: &str) -> Feed {
    Feed::shared(url, Settings::default()).await.unwrap()
}

async fn publish(feed: &Feed, count: usize) -> Cursor {
    let mut newest = newest(feed).await;
    for number in 0..count {
        newest = feed.publish(entry(&number.to_string())).await.unwrap().id;
    }

    newest
}

/// Publishes as soon as that is possible again.
async fn publish_again(feed: &Feed, text: &str) -> Arc<Message> {
    until("a publication", async || feed.publish(entry(text)).await.ok()).await
}

async fn newest(feed: &Feed) -> Cursor {
    feed.status().await.unwrap().newest
}

async fn since(feed: &Feed, start: Start) -> Batch {
    feed.since(start).await.unwrap()
}

/// Waits until it is so; this is asked again and again.
async fn until<T>(what: &str, mut is: impl AsyncFnMut() -> Option<T>) -> T {
    let since = Instant::now();
    loop {
        if let Some(found) = is().await {
            return found;
        }
        assert!(since.elapsed() < LIMIT, "not within {LIMIT:?}: {what}");
        sleep(Duration::from_millis(5)).await;
    }
}
