//! What has arrived, counted over all clients of a thread.

use std::{
    ops::Range,
    time::{SystemTime, UNIX_EPOCH},
};

use hdrhistogram::Histogram;

/// A longer delay counts as this, in microseconds: an hour.
const LONGEST: u64 = 3_600_000_000;

/// Now, in microseconds, by the clock that this process and the publisher's have in common.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();

    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// Counts of microseconds.
pub(crate) fn histogram() -> Histogram<u64> {
    Histogram::new_with_max(LONGEST, 3).expect("three digits are possible")
}

/// Counted over many clients.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    /// On the clients' sockets.
    pub(crate) up: u64,
    pub(crate) down: u64,
    /// Messages, each once for each client.
    pub(crate) delivered: u64,
    /// Messages that a client had already.
    pub(crate) repeated: u64,
    /// Messages that came after a newer one.
    pub(crate) out_of_order: u64,
    /// How often a client received that messages are missing.
    pub(crate) gaps: u64,
    /// Requests that were sent.
    pub(crate) requests: u64,
    /// Heads of answers.
    pub(crate) answers: u64,
    /// Clients whose session is complete, where a server has sessions.
    pub(crate) joined: u64,
    /// Connections that ended, or could not be understood.
    pub(crate) broken: u64,
    /// What the first of them said.
    pub(crate) broke: Option<String>,
    /// The newest arrival.
    pub(crate) last: u64,
    /// From publication to arrival, in microseconds.
    pub(crate) delays: Histogram<u64>,
}

impl Tally {
    /// Nothing has arrived.
    pub(crate) fn new() -> Self {
        Self {
            up: 0,
            down: 0,
            delivered: 0,
            repeated: 0,
            out_of_order: 0,
            gaps: 0,
            requests: 0,
            answers: 0,
            joined: 0,
            broken: 0,
            broke: None,
            last: 0,
            delays: histogram(),
        }
    }

    /// A message came, for the first time to this client.
    pub(crate) fn deliver(&mut self, sent: u64, now: u64) {
        self.delivered += 1;
        self.last = now;
        self.delays.saturating_record(now.saturating_sub(sent));
    }

    /// Adds what other clients have counted.
    pub(crate) fn add(&mut self, other: &Self) {
        self.up += other.up;
        self.down += other.down;
        self.delivered += other.delivered;
        self.repeated += other.repeated;
        self.out_of_order += other.out_of_order;
        self.gaps += other.gaps;
        self.requests += other.requests;
        self.answers += other.answers;
        self.joined += other.joined;
        self.broken += other.broken;
        self.broke = self.broke.take().or_else(|| other.broke.clone());
        self.last = self.last.max(other.last);
        self.delays.add(&other.delays).expect("both have the same bounds");
    }
}

/// What one client has seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The newest message.
    pub(crate) newest: u64,
    /// Older ones that have not come: ranges, since a server may skip as many as it likes.
    missing: Vec<Range<u64>>,
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
            self.miss(self.newest + 1..seq);
            self.newest = seq;
            return Came::InOrder;
        }
        match self.missing.iter().position(|missing| missing.contains(&seq)) {
            Some(at) => {
                let missing = self.missing.swap_remove(at);
                self.miss(missing.start..seq);
                self.miss(seq + 1..missing.end);
                Came::OutOfOrder
            }
            None => Came::Again,
        }
    }

    fn miss(&mut self, missing: Range<u64>) {
        self.missing.extend((!missing.is_empty()).then_some(missing));
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

    #[test]
    fn a_hole_may_be_as_large_as_a_server_likes() {
        let mut seen = Seen::default();

        let came = [u64::MAX, 7, 7, 6, u64::MAX - 1, u64::MAX, 0].map(|seq| seen.note(seq));

        use Came::{Again, InOrder, OutOfOrder};
        assert_eq!(came, [InOrder, OutOfOrder, Again, OutOfOrder, OutOfOrder, Again, Again]);
    }
}
