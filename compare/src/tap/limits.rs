//! What bounds a tap.

use std::time::Duration;

/// What bounds a tap, and how long its faults last.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long [`Fault::Silence`](super::Fault::Silence) lasts.
    pub silence: Duration,
    /// How long [`Fault::Refuse`](super::Fault::Refuse) lasts.
    pub refuse: Duration,
    /// How long [`Fault::Slow`](super::Fault::Slow) lasts.
    pub slow: Duration,
    /// How long [`Fault::Buffer`](super::Fault::Buffer) lasts.
    pub buffer: Duration,
    /// So many connections are open at most; more of them wait to be accepted. Each holds up to some 260 KiB.
    pub open: usize,
    /// So many connections that have ended stay readable.
    pub ended: usize,
    /// So many bytes that passed and that nobody has read are kept, of all connections together, besides the last
    /// [`KEPT`](super::KEPT) of each direction.
    pub unread: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            silence: Duration::from_secs(10),
            refuse: Duration::from_secs(5),
            slow: Duration::from_secs(20),
            buffer: Duration::from_secs(30),
            open: 1_000,
            ended: 32,
            unread: 64 * 1_024 * 1_024,
        }
    }
}
