//! The demo's own message: a tick of the clock, or a text that a person wrote.

use std::{fmt, sync::Arc};

use actix_web::http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::{Entry, Feed, Message, NotPublished, Problem};

/// The longest text of a message, in bytes of UTF-8.
pub const MAX_TEXT: usize = 4_096;

/// What the demo publishes: `"kind":"clock","text":"2026-11-22 23:17:00"`.
#[derive(Clone, Debug, Serialize)]
pub struct Note {
    /// What it is about.
    pub kind: Kind,
    /// What it says.
    pub text: Text,
}

impl Note {
    /// What is published. A tick is an event with the name `clock`.
    pub fn entry(&self) -> Entry {
        const GOOD: &str = "an object with the fields kind and text, and a plain name";
        let entry = Entry::new(self).expect(GOOD);

        match self.kind {
            Kind::Clock => entry.with_event("clock").expect(GOOD),
            Kind::Message => entry,
        }
    }

    /// Publishes it.
    ///
    /// # Errors
    /// [`NotPublished::Unavailable`] when the feed takes nothing.
    pub async fn publish(self, feed: &Feed) -> Result<Arc<Message>, NotPublished> {
        feed.publish(self.entry()).await
    }
}

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A tick of the clock.
    Clock,
    /// Something that a person wrote.
    Message,
}

/// The text of a message: 1 to [`MAX_TEXT`] bytes of UTF-8, any character.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Text(String);

impl Text {
    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Text {
    type Error = BadText;

    fn try_from(text: String) -> Result<Self, BadText> {
        match text.len() {
            0 => Err(BadText::Empty),
            1..=MAX_TEXT => Ok(Self(text)),
            _ => Err(BadText::TooLong),
        }
    }
}

/// Why a text cannot be a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadText {
    /// It has no bytes.
    Empty,
    /// It has more than [`MAX_TEXT`] bytes.
    TooLong,
}

impl fmt::Display for BadText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the text is empty: send 1 to 4096 bytes"),
            Self::TooLong => f.write_str("the text is too long: send 1 to 4096 bytes"),
        }
    }
}

impl std::error::Error for BadText {}

impl From<BadText> for Problem {
    fn from(bad: BadText) -> Self {
        let status = match bad {
            BadText::Empty => StatusCode::BAD_REQUEST,
            BadText::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
        };

        Self::new(status, bad.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_1_to_4096_bytes() {
        assert_eq!(Text::try_from(String::new()), Err(BadText::Empty));
        assert!(Text::try_from("é".repeat(MAX_TEXT / 2)).is_ok());
        assert_eq!(Text::try_from("a".repeat(MAX_TEXT + 1)), Err(BadText::TooLong));
    }
}
