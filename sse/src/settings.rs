//! What can be set.

use std::{ops::RangeInclusive, time::Duration};

/// How this way streams.
#[derive(Clone, Debug)]
pub struct Settings {
    /// After how much silence a heartbeat is sent; zero is never. 15 s by default. The page gives a connection up that was
    /// silent for two and a half of them.
    pub heartbeat: Duration,
    /// How long browsers wait before they reconnect, in milliseconds: one of these at random for each response, so that not
    /// all come back at once. 1,000 to 2,000 by default; never near zero, since a browser waits the same time after each
    /// failure. Not empty.
    pub retry: RangeInclusive<u32>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { heartbeat: Duration::from_secs(15), retry: 1_000..=2_000 }
    }
}
