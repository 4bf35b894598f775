//! What a feed says when it cannot be read, or takes nothing.
//!
//! ```
//! # #[actix_web::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use serde_json::json;
//! use shared::{Entry, Feed, Unavailable, feed::HISTORY};
//!
//! let feed = Feed::new(HISTORY);
//! feed.close();
//!
//! assert_eq!(feed.publish(Entry::new(&json!({}))?).await.unwrap_err(), Unavailable);
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
