//! A place in a feed, and its one spelling.
//!
//! ```
//! let cursor: shared::Cursor = "9f3c51aa.17".parse()?;
//!
//! assert_eq!((cursor.epoch, cursor.seq), (0x9f3c_51aa, 17));
//! assert_eq!(cursor.to_string(), "9f3c51aa.17");
//! # Ok::<(), shared::cursor::BadCursor>(())
//! ```

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
