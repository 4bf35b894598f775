//! When a server was away.

use std::time::{Duration, Instant};

/// The last time of one kind: a restart, or a death.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outage {
    began: Option<Instant>,
    over: Option<Instant>,
    lasts: bool,
}

impl Outage {
    /// Whether it lasts.
    pub fn lasts(&self) -> bool {
        self.lasts
    }

    /// How long ago the last one began.
    pub fn began(&self) -> Option<Duration> {
        self.began.map(|began| began.elapsed())
    }

    /// How long ago a server stood again after one. While one lasts, that was one before.
    pub fn over(&self) -> Option<Duration> {
        self.over.map(|over| over.elapsed())
    }

    /// It begins; false where it lasts already.
    pub(super) fn begin(&mut self) -> bool {
        if self.lasts {
            return false;
        }
        self.began = Some(Instant::now());
        self.lasts = true;

        true
    }

    /// The server stands again.
    pub(super) fn end(&mut self) {
        if self.lasts {
            self.over = Some(Instant::now());
            self.lasts = false;
        }
    }

    /// It is no longer waited for.
    pub(super) fn give_up(&mut self) {
        self.lasts = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_lasts_does_not_begin_again() {
        let mut outage = Outage::default();

        assert!(outage.begin() && !outage.begin());
        assert!(outage.lasts() && outage.over().is_none());
        outage.end();
        assert!(!outage.lasts() && outage.over() <= outage.began());
    }

    #[test]
    fn what_was_not_away_does_not_come_back() {
        let mut outage = Outage::default();

        outage.end();

        assert!(outage.began().is_none() && outage.over().is_none());
    }
}
