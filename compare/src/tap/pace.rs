//! A link of so many bytes a second.

use std::{num::NonZeroU32, sync::Mutex, time::Duration};

use tokio::time::Instant;

use crate::lock::lock;

/// A piece takes about so long; and who comes so late for his turn may make up for it.
const STEP: Duration = Duration::from_millis(20);

/// A token bucket, counted in time: a piece passes when all that came before it, and itself, has been paid for.
#[derive(Debug)]
pub(super) struct Pace {
    pub(super) bytes_per_second: NonZeroU32,
    /// Until when the link is taken.
    taken: Mutex<Instant>,
}

impl Pace {
    pub(super) fn new(bytes_per_second: NonZeroU32) -> Self {
        Self { bytes_per_second, taken: Mutex::new(Instant::now()) }
    }

    /// How many of these bytes pass in one piece.
    pub(super) fn piece(&self, bytes: usize) -> usize {
        let piece = f64::from(self.bytes_per_second.get()) * STEP.as_secs_f64();

        bytes.min((piece as usize).max(1))
    }

    /// Takes the next turn; gives when it has come.
    pub(super) fn turn(&self, bytes: usize) -> Instant {
        let seconds = bytes as f64 / f64::from(self.bytes_per_second.get());
        let earliest = Instant::now().checked_sub(STEP);
        let mut taken = lock(&self.taken);
        *taken = earliest.map_or(*taken, |earliest| earliest.max(*taken)) + Duration::from_secs_f64(seconds);

        *taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_rested_makes_up_for_no_more_than_a_step() {
        let pace = Pace::new(NonZeroU32::new(1_000).unwrap());
        *lock(&pace.taken) -= Duration::from_secs(1);

        let before = Instant::now();
        let (first, second) = (pace.turn(1_000), pace.turn(500));

        assert!(first >= before + Duration::from_secs(1) - STEP, "{:?}", first - before);
        assert_eq!(second, first + Duration::from_millis(500));
    }

    #[test]
    fn a_piece_is_small_but_never_empty() {
        for (rate, piece) in [(1, 1), (1_000, 20), (50_000, 1_000), (u32::MAX, 16_384)] {
            assert_eq!(Pace::new(NonZeroU32::new(rate).unwrap()).piece(16_384), piece);
        }
    }
}
