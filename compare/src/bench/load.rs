//! A load: how many clients, how many messages, how long.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a server has to carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Load {
    /// How many clients.
    pub(crate) clients: u32,
    /// Messages a second.
    pub(crate) rate: u32,
    /// Bytes of a message's text.
    pub(crate) size: u16,
    /// For how long to publish.
    pub(crate) seconds: u32,
    /// How long a client of polling waits before it asks again.
    #[serde(skip)]
    pub(crate) interval: Duration,
}
