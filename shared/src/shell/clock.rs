//! The clock, which publishes the time.

use std::time::Duration;

use jiff::ZonedDateTime;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::note::{Kind, Note, Text};
use crate::Feed;

/// Publishes the local time to the feed every `tick`, until the stop.
///
/// A tick of zero is off. A tick that was missed is skipped, not made up for.
pub async fn run(feed: Feed, tick: Duration, stop: CancellationToken) {
    if tick.is_zero() {
        return;
    }
    let mut ticks = interval(tick);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);

    let mut ticked = true;

    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let entry = Note { kind: Kind::Clock, text: local_time() }.entry().with_tick(tick);
        let published = feed.publish(entry).await;
        if let Err(error) = &published
            && ticked
        {
            tracing::warn!(%error, "a tick was not published, and others may not be");
        }
        ticked = published.is_ok();
    }
}

fn local_time() -> Text {
    let time = ZonedDateTime::now().strftime("%Y-%m-%d %H:%M:%S").to_string();

    Text::try_from(time).expect("a time has 19 bytes")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Start, feed::HISTORY};

    #[tokio::test]
    async fn the_clock_ticks_until_it_is_stopped() {
        let feed = Feed::new(HISTORY);
        let stop = CancellationToken::new();
        let clock = tokio::spawn(run(feed.clone(), Duration::from_millis(1), stop.clone()));
        feed.waiter().mark(0).await;

        let tick = Arc::clone(&feed.since(Start::Oldest).await.unwrap().messages[0]);
        stop.cancel();

        assert_eq!(tick.event.as_deref(), Some("clock"));
        assert!(tick.json.contains("\"kind\":\"clock\",\"text\":\"20"), "{}", tick.json);
        clock.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_missed_tick_is_skipped() {
        let feed = Feed::new(HISTORY);
        let stop = CancellationToken::new();
        let _guard = stop.clone().drop_guard();
        let clock = run(feed.clone(), Duration::from_secs(1), stop);
        let mut clock = std::pin::pin!(clock);
        assert!(futures_util::poll!(clock.as_mut()).is_pending());

        tokio::time::advance(Duration::from_secs(10)).await;
        assert!(futures_util::poll!(clock.as_mut()).is_pending());

        let newest = feed.status().await.unwrap().newest.seq;
        assert_eq!(newest, 2, "one at the start, one late, none made up for");
    }

    #[tokio::test]
    async fn a_tick_of_zero_is_off() {
        let feed = Feed::new(HISTORY);

        run(feed.clone(), Duration::ZERO, CancellationToken::new()).await;

        assert_eq!(feed.status().await.unwrap().newest.seq, 0);
    }
}
