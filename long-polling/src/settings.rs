//! What can be set.

use std::time::Duration;

/// How this way waits.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long a request is held before it is answered 204; zero answers at once. 25 s by default: many proxies cut a
    /// silent request at 30 s or 60 s, and RFC 6202 §5.5 calls 30 s the safe limit.
    pub hold: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { hold: Duration::from_secs(25) }
    }
}
