//! What a feed says when it cannot be read, or takes nothing.

use std::fmt;

/// The feed cannot be read now, or takes no messages. What to do is to try again later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unavailable;

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the feed is not available: try again later")
    }
}

impl std::error::Error for Unavailable {}
