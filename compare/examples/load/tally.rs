//! What has arrived, counted over all clients.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

/// A longer delay counts as this.
const LONGEST: Duration = Duration::from_secs(3_600);

/// Counted over all clients.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    /// The publisher's clock counts from here.
    pub(crate) start: Instant,
    /// On the clients' sockets, in both directions.
    pub(crate) bytes: u64,
    /// Messages, each once for each client.
    pub(crate) delivered: u64,
    /// Messages that a client had already.
    pub(crate) repeated: u64,
    /// Messages that came after a newer one.
    pub(crate) out_of_order: u64,
    /// How often a client received that messages are missing.
    pub(crate) gaps: u64,
    /// Heads of answers.
    pub(crate) answers: u64,
    /// Connections that ended, or could not be understood.
    pub(crate) broken: u64,
    /// The newest arrival.
    pub(crate) last: Instant,
    /// From publication to arrival, in microseconds.
    pub(crate) delays: Histogram<u64>,
}

impl Tally {
    /// Nothing has arrived.
    pub(crate) fn new() -> Self {
        let start = Instant::now();
        let longest = LONGEST.as_micros().try_into().expect("it is short");
        let delays = Histogram::new_with_max(longest, 3).expect("three digits are possible");

        Self {
            start,
            bytes: 0,
            delivered: 0,
            repeated: 0,
            out_of_order: 0,
            gaps: 0,
            answers: 0,
            broken: 0,
            last: start,
            delays,
        }
    }

    /// A message came, for the first time to this client.
    pub(crate) fn deliver(&mut self, sent: u64, now: Instant) {
        let arrived = u64::try_from((now - self.start).as_micros()).unwrap_or(u64::MAX);
        self.delivered += 1;
        self.last = now;
        self.delays.saturating_record(arrived.saturating_sub(sent));
    }
}

/// What one client has seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The newest message.
    pub(crate) newest: u64,
    /// Older ones that have not come.
    missing: Vec<u64>,
}

/// How a message came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    InOrder,
    OutOfOrder,
    Again,
}

impl Seen {
    /// Notes a message.
    pub(crate) fn note(&mut self, seq: u64) -> Came {
        if seq > self.newest {
            self.missing.extend(self.newest + 1..seq);
            self.newest = seq;
            return Came::InOrder;
        }
        match self.missing.iter().position(|missing| *missing == seq) {
            Some(at) => {
                self.missing.swap_remove(at);
                Came::OutOfOrder
            }
            None => Came::Again,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_is_filled_once() {
        let mut seen = Seen::default();

        let came = [1, 4, 2, 2, 4, 5].map(|seq| seen.note(seq));

        use Came::{Again, InOrder, OutOfOrder};
        assert_eq!(came, [InOrder, InOrder, OutOfOrder, Again, Again, InOrder]);
    }
}
