//! The generator of messages: what the feed publishes by itself, in the place of the clock's tick.

use std::time::Duration;

use jiff::ZonedDateTime;
use shared::shell::{Kind, Note, Text, note::MAX_TEXT};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use super::ground::Ground;

/// How often it may tick, in ticks a second; 0 is never.
pub const RATES: [u32; 4] = [0, 1, 10, 100];

/// How long its texts may be, in bytes.
pub const SIZES: std::ops::RangeInclusive<usize> = 10..=MAX_TEXT;

/// How the feed goes by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Ticks a second: one of [`RATES`].
    pub rate: u32,
    /// Bytes of a text: one of [`SIZES`].
    pub size: usize,
}

impl Default for Setting {
    fn default() -> Self {
        Self { rate: 1, size: 18 } // "tick tock 23:17:00"
    }
}

/// Ticks into a feed.
#[derive(Debug)]
pub struct Generator {
    setting: watch::Sender<Setting>,
}

impl Generator {
    /// Begins with the usual setting, and goes on until `stop`.
    pub(super) fn start(ground: Ground, stop: CancellationToken) -> Self {
        let setting = watch::Sender::new(Setting::default());
        let mut changes = setting.subscribe();
        tokio::spawn(async move {
            while stop.run_until_cancelled(tick(&ground, &mut changes)).await.is_some_and(|set_again| set_again) {}
        });

        Self { setting }
    }

    pub(super) fn setting(&self) -> Setting {
        *self.setting.borrow()
    }

    pub(super) fn set(&self, setting: Setting) {
        self.setting.send_replace(setting);
    }
}

/// Ticks until it is set again; false when nobody is left to set it.
///
/// The ticks come at random moments, so many a second on average, as messages do: in step with who polls, each would be as
/// late as the last. What was missed is not made up for.
async fn tick(ground: &Ground, changes: &mut watch::Receiver<Setting>) -> bool {
    let Setting { rate, size } = *changes.borrow_and_update();
    if rate == 0 {
        return changes.changed().await.is_ok();
    }
    let mut due = Instant::now();
    loop {
        tokio::select! {
            changed = changes.changed() => return changed.is_ok(),
            () = sleep_until(due) => {
                let tick = Note { kind: Kind::Clock, text: text(size) };
                if let Err(error) = ground.publish(tick, None).await {
                    tracing::debug!(%error, "a tick was not published"); // what keeps the feed may come back
                }
            }
        }
        let wait = (Duration::from_secs(1) / rate).mul_f64(rand::random_range(0.5..1.5));
        due = (due + wait).max(Instant::now());
    }
}

/// The time of day, behind so many ticks and tocks that it has this many bytes; the last word may be cut.
pub(super) fn text(size: usize) -> Text {
    let time = ZonedDateTime::now().strftime(" %H:%M:%S").to_string();
    let size = size.clamp(*SIZES.start(), *SIZES.end());
    let text: String = "tick tock ".chars().cycle().take(size - time.len()).chain(time.chars()).collect();

    Text::try_from(text).expect("it has 10 to 4096 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_the_size_that_is_wanted_and_ends_with_the_time() {
        for size in SIZES {
            let text = text(size);

            assert_eq!(text.as_str().len(), size);
            let (words, time) = text.as_str().rsplit_once(' ').unwrap();
            assert_eq!(time.len(), "23:17:00".len(), "{time:?}");
            assert!(words.starts_with('t') && "tick tock ".repeat(SIZES.end() / 10).starts_with(words), "{words:?}");
        }
    }

    #[test]
    fn the_usual_text_has_whole_words() {
        let text = text(Setting::default().size);

        let words: Vec<&str> = text.as_str().split(' ').collect();
        assert_eq!(words[..words.len() - 1], ["tick", "tock"], "{text:?}");
    }
}
