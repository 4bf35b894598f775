//! What can happen to the connections of a tap.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{limits::Limits, pace::Pace};

/// [`Fault::Buffer`] lets pass when so many bytes of an answer have gathered.
pub const HOLD_BYTES: usize = 4 * 1_024;

/// What can happen to the connections of a tap. Each ends by itself, after the time that [`Limits`] gives.
///
/// *Open* is a connection that the tap has accepted and that has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Every open connection is reset, to both sides, at once. New ones pass.
    Cut,
    /// Nothing passes in either direction, neither a byte nor an end, and nothing is closed. What was open when it
    /// began never passes a byte again, and is reset to both sides at its end, as when a NAT forgot it. New
    /// connections are accepted and wait likewise; the server sees them, and they pass, from its end on.
    Silence,
    /// Every open connection is reset, and each new one as soon as it is accepted.
    Refuse,
    /// So many bytes a second pass to the clients, in small pieces: to all of them together, as where they share one
    /// link. What goes to the server is not slowed.
    Slow(NonZeroU32),
    /// What goes to a client is held back, as by a proxy that buffers, until the answer to which it belongs has ended,
    /// [`HOLD_BYTES`] have gathered, the server has closed, or the fault is over; then all of it passes at once. A tunnel,
    /// as after 101, is not held, and what is not HTTP/1 has no answers that end. A reset by either side drops it.
    Buffer,
}

/// A fault that lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Active {
    /// Which.
    pub fault: Fault,
    /// For how much longer.
    pub left: Duration,
}

/// Which faults last now, and which connections they have struck.
#[derive(Clone, Debug, Default)]
pub(super) struct Condition {
    /// Connections up to this id are reset.
    cut: u64,
    /// Connections up to this id are forgotten: reset when the silence is over.
    forgotten: u64,
    silence: Option<Instant>,
    refuse: Option<Instant>,
    slow: Option<(Arc<Pace>, Instant)>,
    buffer: Option<Instant>,
}

impl Condition {
    /// Begins a fault; `newest` is the id of the last connection that it finds.
    pub(super) fn begin(&mut self, fault: Fault, newest: u64, limits: &Limits) {
        let now = Instant::now();
        match fault {
            Fault::Cut => self.cut = newest,
            Fault::Silence => {
                self.forgotten = newest;
                self.silence = Some(now + limits.silence);
            }
            Fault::Refuse => {
                self.cut = newest;
                self.refuse = Some(now + limits.refuse);
            }
            Fault::Slow(rate) => self.slow = Some((Arc::new(Pace::new(rate)), now + limits.slow)),
            Fault::Buffer => self.buffer = Some(now + limits.buffer),
        }
    }

    pub(super) fn active(&self) -> Vec<Active> {
        let now = Instant::now();
        let slow = self.slow.as_ref().map(|(pace, end)| (Fault::Slow(pace.bytes_per_second), *end));
        let all = [
            self.silence.map(|end| (Fault::Silence, end)),
            self.refuse.map(|end| (Fault::Refuse, end)),
            slow,
            self.buffer.map(|end| (Fault::Buffer, end)),
        ];
        let left = |(fault, end): (Fault, Instant)| Active { fault, left: end.saturating_duration_since(now) };

        all.into_iter().flatten().map(left).filter(|active| !active.left.is_zero()).collect()
    }

    /// This connection never passes a byte again.
    pub(super) fn strikes(&self, id: u64) -> bool {
        id <= self.cut.max(self.forgotten)
    }

    /// Until when a connection that was struck stays open; `None` where it is reset now.
    pub(super) fn lingers(&self, id: u64) -> Option<Instant> {
        self.silent().filter(|_| id > self.cut)
    }

    /// Until when nothing passes.
    pub(super) fn silent(&self) -> Option<Instant> {
        lasting(self.silence)
    }

    /// New connections are reset.
    pub(super) fn refuses(&self) -> bool {
        lasting(self.refuse).is_some()
    }

    /// How fast bytes pass to the clients, and until when.
    pub(super) fn slow(&self) -> Option<(Arc<Pace>, Instant)> {
        self.slow.clone().filter(|(_, end)| lasting(Some(*end)).is_some())
    }

    /// Until when what goes to a client is held back.
    pub(super) fn holds(&self) -> Option<Instant> {
        lasting(self.buffer)
    }
}

fn lasting(end: Option<Instant>) -> Option<Instant> {
    end.filter(|end| *end > Instant::now())
}
