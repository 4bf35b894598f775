//! The three engines.

use std::env;

/// In which browser a test runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Chromium,
    Firefox,
    WebKit,
}

impl Engine {
    /// The one that is asked for in the environment: for a test that holds in all three.
    pub(crate) fn chosen() -> Self {
        match env::var("FIVE_WAYS_ENGINE").as_deref() {
            Err(_) | Ok("chromium") => Self::Chromium,
            Ok("firefox") => Self::Firefox,
            Ok("webkit") => Self::WebKit,
            Ok(other) => panic!("FIVE_WAYS_ENGINE is chromium, firefox or webkit, not {other}"),
        }
    }
}
