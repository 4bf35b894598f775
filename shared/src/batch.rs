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

use std::{
    ptr::fn_addr_eq,
    sync::{Arc, Mutex, PoisonError},
};

use actix_web::web::Bytes;

use crate::{cursor::Cursor, message::Message};

/// A batch has at most this many messages…
pub const BATCH_MESSAGES: usize = 256;
/// …and ends with the message whose JSON takes it past this many bytes.
pub const BATCH_BYTES: usize = 32 * 1_024;

/// All that was pending, up to [`BATCH_MESSAGES`] and [`BATCH_BYTES`].
#[derive(Clone, Debug)]
pub struct Batch {
    /// Messages are missing before this batch.
    pub gap: bool,
    /// More was pending already when it was taken, or when its readers were woken.
    pub more: bool,
    /// Where to go on.
    pub next: Cursor,
    /// In order, without a hole.
    pub messages: Arc<[Arc<Message>]>,
    /// Where several readers have this same batch, what it was encoded to.
    pub(crate) encoded: Option<Arc<Encoded>>,
}

type Encode = fn(&Batch) -> Bytes;

/// What a batch is in the framing of each transport that has asked.
#[derive(Debug, Default)]
pub(crate) struct Encoded(Mutex<Vec<(Encode, Bytes)>>);

impl Batch {
    /// What this function makes of it: made once for all readers that take the same stretch of the feed together.
    ///
    /// It must not depend on anything but the batch. A batch that tells a gap, or a place alone, is its reader's own.
    pub fn encoded(&self, encode: fn(&Self) -> Bytes) -> Bytes {
        let Some(Encoded(made)) = self.encoded.as_deref() else { return encode(self) };
        let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, bytes)) = made.iter().find(|(known, _)| fn_addr_eq(*known, encode)) {
            return bytes.clone();
        }
        let bytes = encode(self);
        made.push((encode, bytes.clone()));

        bytes
    }

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
pub(crate) fn take_batch<'a>(pending: impl Iterator<Item = &'a Arc<Message>>) -> Arc<[Arc<Message>]> {
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
