//! The feed of a server, and what keeps it.

use std::{io, path::Path, time::Duration};

use tokio::time::interval;
use tokio_util::sync::CancellationToken;

use super::options::Options;
use crate::Feed;

/// A client that cannot reach its server waits for so long at most before it tries again.
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);
/// How often it is looked whether the history is long enough.
const LOOK: Duration = Duration::from_secs(60);

/// The feed that the options ask for: in memory, in a file, or in Redis.
///
/// # Errors
/// One line that says why it cannot be kept there, or how to get what is not built in.
pub async fn open_feed(options: &Options) -> io::Result<Feed> {
    match (&options.store, &options.redis) {
        (Some(file), _) => stored(file, options).await,
        (None, Some(url)) => shared(url, options).await,
        (None, None) => Ok(Feed::new(options.history)),
    }
}

/// Says once, until the stop, that a client can be away for longer than the history lasts: at the start, if that is known, or later.
pub async fn watch_history(feed: Feed, stop: CancellationToken) {
    let mut looks = interval(LOOK);
    while stop.run_until_cancelled(looks.tick()).await.is_some() {
        let lasts = feed.status().await.ok().and_then(|status| status.lasts);
        if let Some(lasts) = lasts.filter(|lasts| *lasts < LONGEST_BACKOFF) {
            tracing::warn!(
                "at this rate the history lasts {lasts:.1?}, and a client may try again only after {LONGEST_BACKOFF:?}: \
                 choose a longer --history"
            );
            return;
        }
    }
}

#[cfg(feature = "store")]
async fn stored(file: &Path, options: &Options) -> io::Result<Feed> {
    let settings = crate::store::Settings { history: options.history, durable: options.durable };
    let feed = Feed::stored(file, settings)?;
    let newest = feed.status().await.map_err(io::Error::other)?.newest;
    tracing::info!(%newest, "the feed is kept in {}", file.display());

    Ok(feed)
}

#[cfg(not(feature = "store"))]
#[expect(clippy::unused_async, reason = "with a store built in, it waits")]
async fn stored(_: &Path, _: &Options) -> io::Result<Feed> {
    Err(io::Error::other(super::lacking::not_built_in("store", "store")))
}

#[cfg(feature = "redis")]
async fn shared(url: &str, options: &Options) -> io::Result<Feed> {
    /// Until it is tried again.
    const PAUSE: Duration = Duration::from_secs(1);

    let mut waits = false;
    loop {
        let settings = crate::redis::Settings { history: options.history, ..Default::default() };
        match Feed::shared(url, settings).await {
            Ok(feed) => {
                tracing::info!("the feed is kept in Redis");
                return Ok(feed);
            }
            Err(error) if !options.redis_wait => return Err(error),
            Err(error) if !waits => tracing::warn!(%error, "waiting for Redis"),
            Err(_) => {}
        }
        waits = true;
        tokio::time::sleep(PAUSE).await;
    }
}

#[cfg(not(feature = "redis"))]
#[expect(clippy::unused_async, reason = "with Redis built in, it waits")]
async fn shared(_: &str, _: &Options) -> io::Result<Feed> {
    Err(io::Error::other(super::lacking::not_built_in("redis", "redis")))
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use serde_json::json;

    use super::*;
    use crate::{
        Entry,
        shell::{Transport, read},
    };

    const PIGEON: Transport = Transport {
        name: "pigeon",
        title: "Pigeon",
        about: "",
        port: 8199,
        options: Vec::new,
        routes: |_, _| {},
        upgrades: &[],
        silence: Duration::MAX,
    };

    #[tokio::test]
    async fn a_feed_is_in_memory_unless_it_is_to_be_kept() {
        let options = read(&PIGEON, ["pigeon"]).unwrap();

        assert_eq!(open_feed(&options).await.unwrap().status().await.unwrap().reachable, None);
    }

    #[test]
    fn a_feed_is_kept_in_one_place_and_what_belongs_to_that_needs_it() {
        for wrong in [&["--durable"][..], &["--redis-wait"], &["--store", "a", "--redis", "redis://localhost"]] {
            assert!(read(&PIGEON, ["pigeon"].iter().chain(wrong)).is_err(), "{wrong:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_history_that_is_too_short_is_told_once() {
        let feed = Feed::new(NonZeroUsize::new(2).unwrap());
        let watch = tokio::spawn(watch_history(feed.clone(), CancellationToken::new()));

        while feed.status().await.unwrap().lasts.is_none() {
            feed.publish(Entry::new(&json!({})).unwrap()).await.unwrap(); // until two are not of one millisecond
        }

        watch.await.unwrap();
    }

    #[cfg(not(any(feature = "store", feature = "redis")))]
    #[tokio::test]
    async fn what_is_not_built_in_says_how_to_get_it() {
        for (name, value) in [("store", "feed.db"), ("redis", "redis://localhost")] {
            let options = read(&PIGEON, ["pigeon", &format!("--{name}"), value]).unwrap();

            let says = open_feed(&options).await.unwrap_err().to_string();

            let wanted = format!("--{name} is not built in: write --features {name} before the --, and start it again");
            assert_eq!(says, wanted);
        }
    }
}
