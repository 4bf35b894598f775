//! What a feed says when it cannot be read, or does not publish.
//!
//! ```
//! # #[actix_web::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use serde_json::json;
//! use shared::{Entry, Feed, NotPublished, Unavailable, feed::HISTORY};
//!
//! let feed = Feed::new(HISTORY);
//! feed.close();
//!
//! assert_eq!(feed.publish(Entry::new(&json!({}))?).await.unwrap_err(), NotPublished::Unavailable(Unavailable));
//! # Ok(()) }
//! ```

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

/// Why an entry was not published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotPublished {
    /// The feed takes no messages.
    Unavailable(Unavailable),
    /// Its key was published with another text.
    KeyReused,
}

impl From<Unavailable> for NotPublished {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}

impl fmt::Display for NotPublished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(unavailable) => unavailable.fmt(f),
            Self::KeyReused => f.write_str("this key was sent with another text: make a new key for each text"),
        }
    }
}

impl std::error::Error for NotPublished {}
