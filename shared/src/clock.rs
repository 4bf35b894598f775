//! The only place where time enters.

use std::time::Duration;

use jiff::{Timestamp, Zoned};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::{
    feed::Feed,
    message::{Kind, Text},
};

/// Publishes the local time to the feed every `tick`, until the stop.
///
/// A tick of zero is off. A tick that was missed is skipped, not made up for.
pub async fn run(feed: Feed, tick: Duration, stop: CancellationToken) {
    if tick.is_zero() {
        return;
    }
    let mut ticks = interval(tick);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);

    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        if let Err(error) = feed.publish(Kind::Clock, local_time()).await {
            tracing::warn!(%error, "a tick was not published");
        }
    }
}

/// Milliseconds since 1970 began, in UTC.
pub(crate) fn unix_millis() -> u64 {
    Timestamp::now().as_millisecond().try_into().unwrap_or(0)
}

fn local_time() -> Text {
    let time = Zoned::now().strftime("%Y-%m-%d %H:%M:%S").to_string();

    Text::try_from(time).expect("a time has 19 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::{HISTORY, Start};

    #[tokio::test]
    async fn the_clock_ticks_until_it_is_stopped() {
        let (feed, stop) = (Feed::new(HISTORY), CancellationToken::new());
        let clock = tokio::spawn(run(feed.clone(), Duration::from_millis(1), stop.clone()));
        let mut reader = feed.follow(Start::Oldest, stop.clone());

        let tick = reader.next().await.unwrap().messages.remove(0);
        stop.cancel();

        assert_eq!(tick.kind, Kind::Clock);
        assert!(tick.json.contains("\"text\":\"20"), "{}", tick.json);
        clock.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_missed_tick_is_skipped() {
        let (feed, stop) = (Feed::new(HISTORY), CancellationToken::new());
        let _guard = stop.clone().drop_guard();
        let clock = run(feed.clone(), Duration::from_secs(1), stop);
        let mut clock = std::pin::pin!(clock);
        assert!(futures_util::poll!(clock.as_mut()).is_pending());

        tokio::time::advance(Duration::from_secs(10)).await;
        assert!(futures_util::poll!(clock.as_mut()).is_pending());

        assert_eq!(feed.status().newest.seq, 2, "one at the start, one late, none made up for");
    }

    #[tokio::test]
    async fn a_tick_of_zero_is_off() {
        let feed = Feed::new(HISTORY);

        run(feed.clone(), Duration::ZERO, CancellationToken::new()).await;

        assert_eq!(feed.status().newest.seq, 0);
    }
}
