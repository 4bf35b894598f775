//! What can be set.

use std::time::Duration;

use shared::Origin;

/// How this way talks, and with whom.
#[derive(Clone, Debug)]
pub struct Settings {
    /// After how much silence a client is sent a ping, and after twice as much it is given up; zero is never. 15 s by
    /// default.
    pub heartbeat: Duration,
    /// The longest message that is taken, in bytes: a longer one ends the session with 1009. 64 KiB by default.
    pub longest: usize,
    /// Origins besides the server's own whose pages may connect. None by default.
    pub origins: Vec<Origin>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { heartbeat: Duration::from_secs(15), longest: 64 * 1_024, origins: Vec::new() }
    }
}
