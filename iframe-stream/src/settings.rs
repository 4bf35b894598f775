//! What can be set.

use std::time::Duration;

use shared::Origin;

/// How this way streams, and to whom.
#[derive(Clone, Debug)]
pub struct Settings {
    /// After how much silence a heartbeat is sent; zero is never. 4 s by default. The page gives a connection up that was
    /// silent for two and a half of them: in WebKit nothing else tells it of a line that broke.
    pub heartbeat: Duration,
    /// A response ends after so many bytes, and the page opens the next: a document that only grows eats the tab's memory
    /// (RFC 6202 §3.2). 128 KiB by default.
    pub longest: usize,
    /// Origins besides the server's own whose pages may hold the iframe. None by default.
    pub ancestors: Vec<Origin>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { heartbeat: Duration::from_secs(4), longest: 128 * 1_024, ancestors: Vec::new() }
    }
}
