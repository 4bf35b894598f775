//! What travels: a message, its cursor and its JSON.

use std::{fmt, str::FromStr, sync::Arc};

use bytestring::ByteString;
use serde::{Deserialize, Serialize};

/// The longest text of a message, in bytes of UTF-8.
pub const MAX_TEXT: usize = 4_096;

/// A message as the feed holds it: written once, read by many.
#[derive(Debug)]
pub struct Message {
    /// Its place in the feed.
    pub id: Cursor,
    /// What it is about.
    pub kind: Kind,
    /// Its JSON, encoded once for all readers.
    pub json: ByteString,
}

impl Message {
    /// Encodes a message that was published `at` Unix milliseconds.
    pub(crate) fn new(id: Cursor, at: u64, kind: Kind, text: &Text) -> Arc<Self> {
        let fields = Fields { id, at, kind, text: text.as_str() };
        let json = serde_json::to_string(&fields).expect("numbers and strings always encode");

        Arc::new(Self { id, kind, json: json.into() })
    }
}

/// A message's JSON, field by field, in the order of SPEC.md.
#[derive(Serialize)]
struct Fields<'a> {
    id: Cursor,
    at: u64,
    kind: Kind,
    text: &'a str,
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

/// A place in a feed, `EPOCH.SEQ`: the id of a message, and what a client sends to get what comes after it.
///
/// The epoch names one life of a feed. The first message of an epoch is 1; 0 is the place before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cursor {
    /// The life of the feed.
    pub epoch: u32,
    /// How many messages had been published, this one included.
    pub seq: u64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}.{}", self.epoch, self.seq)
    }
}

impl From<Cursor> for String {
    fn from(cursor: Cursor) -> Self {
        cursor.to_string()
    }
}

impl FromStr for Cursor {
    type Err = BadCursor;

    /// Accepts exactly `[0-9a-f]{8}\.(0|[1-9][0-9]{0,18})`, the one spelling that `Display` writes.
    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let (epoch, seq) = text.split_once('.').ok_or(BadCursor)?;
        let cursor = Self {
            epoch: u32::from_str_radix(epoch, 16).map_err(|_| BadCursor)?,
            seq: seq.parse().map_err(|_| BadCursor)?,
        };

        if seq.len() <= 19 && cursor.to_string() == text { Ok(cursor) } else { Err(BadCursor) }
    }
}

impl TryFrom<String> for Cursor {
    type Error = BadCursor;

    fn try_from(text: String) -> Result<Self, BadCursor> {
        text.parse()
    }
}

/// A text that is no cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadCursor;

impl fmt::Display for BadCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a cursor: send back the id of a message as it was")
    }
}

impl std::error::Error for BadCursor {}

/// The text of a message: 1 to [`MAX_TEXT`] bytes of UTF-8, any character.
#[derive(Clone, Debug, PartialEq, Eq)]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_the_json_of_the_contract() {
        let id = Cursor { epoch: 0x9f3c_51aa, seq: 17 };
        let text = Text::try_from("</script>\r\n\u{2028}😀\0\"".to_owned()).unwrap();

        let message = Message::new(id, 1_795_388_220_123, Kind::Clock, &text);

        assert_eq!(
            message.json,
            "{\"id\":\"9f3c51aa.17\",\"at\":1795388220123,\"kind\":\"clock\",\
             \"text\":\"</script>\\r\\n\u{2028}😀\\u0000\\\"\"}"
        );
    }

    #[test]
    fn a_cursor_reads_what_it_writes() {
        for text in ["00000000.0", "9f3c51aa.17", "ffffffff.9999999999999999999"] {
            assert_eq!(text.parse::<Cursor>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_cursor_has_one_spelling() {
        let wrong = [
            "",
            ".",
            "17",
            "9f3c51aa",
            "9f3c51aa.",
            ".17",
            "9F3C51AA.17",
            "9f3c51aa.017",
            "9f3c51aa.+1",
            "+f3c51aa.1",
            "9f3c51a.1",
            "9f3c51aa0.1",
            "9f3c51aa.1 ",
            "9f3c51aa.-1",
            "9f3c51aa.1.1",
            "9f3c51aa.10000000000000000000",
            "9f3c51aa.18446744073709551616",
        ];

        for text in wrong {
            assert_eq!(text.parse::<Cursor>(), Err(BadCursor), "{text:?}");
        }
    }

    #[test]
    fn a_text_has_1_to_4096_bytes() {
        assert_eq!(Text::try_from(String::new()), Err(BadText::Empty));
        assert!(Text::try_from("é".repeat(MAX_TEXT / 2)).is_ok());
        assert_eq!(Text::try_from("a".repeat(MAX_TEXT + 1)), Err(BadText::TooLong));
    }
}
