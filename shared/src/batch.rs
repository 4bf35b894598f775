//! What a reader gets in one go.
//!
//! ```
//! # #[actix_web::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use serde_json::json;
//! use shared::{Entry, Feed, Start, batch::BATCH_MESSAGES, feed::HISTORY};
//!
//! let feed = Feed::new(HISTORY);
//! for number in 0..300 {
//!     feed.publish(Entry::new(&json!({ "number": number }))?).await?;
//! }
//!
//! let first = feed.since(Start::Oldest).await?;
//! assert_eq!((first.messages.len(), first.more, first.gap), (BATCH_MESSAGES, true, false));
//! let rest = feed.since(Start::After(first.next)).await?;
//! assert_eq!((rest.messages.len(), rest.more), (300 - BATCH_MESSAGES, false));
//! # Ok(()) }
//! ```

use std::sync::Arc;

use crate::{cursor::Cursor, message::Message};

/// A batch has at most this many messages…
pub const BATCH_MESSAGES: usize = 256;
/// …and ends with the message whose JSON takes it past this many bytes.
pub const BATCH_BYTES: usize = 32 * 1_024;

/// All that was pending, up to [`BATCH_MESSAGES`] and [`BATCH_BYTES`].
#[derive(Debug)]
pub struct Batch {
    /// Messages are missing before this batch.
    pub gap: bool,
    /// More is pending already.
    pub more: bool,
    /// Where to go on.
    pub next: Cursor,
    /// In order, without a hole.
    pub messages: Vec<Arc<Message>>,
}

impl Batch {
    /// The place before the first message.
    pub fn place(&self) -> Cursor {
        Cursor { seq: self.next.seq - self.messages.len() as u64, ..self.next }
    }

    /// The place as a stream tells it: `{"next":"CURSOR","more":false}`, and `{"gap":true,"next":"CURSOR","more":true}`.
    pub fn place_json(&self) -> String {
        let Self { gap, more, next, .. } = self;
        let gap = if *gap { r#""gap":true,"# } else { "" };

        format!(r#"{{{gap}"next":"{next}","more":{more}}}"#)
    }

    /// Nothing happened: neither a message nor a gap.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty() && !self.gap
    }
}

/// As many of the pending messages as a batch takes.
pub(crate) fn take_batch<'a>(pending: impl Iterator<Item = &'a Arc<Message>>) -> Vec<Arc<Message>> {
    let mut bytes = 0;

    pending
        .take(BATCH_MESSAGES)
        .take_while(|message| {
            let fits = bytes < BATCH_BYTES;
            bytes += message.json.len();
            fits
        })
        .cloned()
        .collect()
}
