//! Parts as text: what cannot be seen is made visible, and what is long is clipped.

use serde::Serialize;

use super::part::{Kind, Part, Weight};
use crate::direction::Direction;

/// So many bytes of a part are shown…
pub const LONGEST_SHOWN: usize = 1_024;
/// …and of what nobody can read without the key.
const SEALED_SHOWN: usize = 16;

/// A part as it is shown. Text only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// The direction in which it passed.
    pub dir: Direction,
    /// What it is.
    pub kind: Kind,
    /// What it is for.
    pub weight: Weight,
    /// It goes on an earlier one of this kind.
    pub continued: bool,
    /// Without mask. Control characters are their pictures (␍␊), bytes that are no UTF-8 are `\xNN`, and characters
    /// that would move the text around them are `\u{NNNN}`. The header of a frame or a record, and what a record carries, is in
    /// hexadecimal.
    pub text: String,
    /// So many bytes more are not shown.
    pub clipped: usize,
    /// What a reader would not see.
    pub note: Option<String>,
}

impl Part {
    /// The part as text.
    pub fn shown(&self) -> Shown {
        let bytes = self.unmasked.as_ref().unwrap_or(&self.bytes);
        let shown = match self.kind {
            Kind::Sealed => &bytes[..bytes.len().min(SEALED_SHOWN)],
            _ => clip(bytes),
        };
        let text = match self.kind {
            Kind::Frame | Kind::Record | Kind::Sealed => hex(shown),
            _ => visible(shown),
        };
        let (dir, kind, weight, continued) = (self.direction, self.kind, self.weight, self.continued);

        Shown { dir, kind, weight, continued, text, clipped: bytes.len() - shown.len(), note: self.note.clone() }
    }
}

/// The beginning, not cut within a character.
fn clip(bytes: &[u8]) -> &[u8] {
    if bytes.len() <= LONGEST_SHOWN {
        return bytes;
    }
    let begins = |at: &usize| bytes[*at] & 0b1100_0000 != 0b1000_0000;
    let end = (LONGEST_SHOWN - 3..=LONGEST_SHOWN).rev().find(begins);

    &bytes[..end.unwrap_or(LONGEST_SHOWN)]
}

pub(super) fn visible(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for char in chunk.valid().chars() {
            match char {
                '\0'..='\x1f' => text.extend(char::from_u32(0x2400 + u32::from(char))),
                '\x7f' => text.push('␡'),
                _ if moves_text(char) => text.extend(char.escape_unicode()),
                _ => text.push(char),
            }
        }
        for byte in chunk.invalid() {
            text += &format!("\\x{byte:02X}");
        }
    }

    text
}

/// More controls, line ends of Unicode, and marks of direction, which are not seen but rearrange what is.
fn moves_text(char: char) -> bool {
    matches!(char, '\u{80}'..='\u{9f}' | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{feff}')
        || matches!(char, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Bytes in hexadecimal, with spaces between.
fn hex(bytes: &[u8]) -> String {
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();

    bytes.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_made_visible() {
        assert_eq!(visible(b"data: x\r\n\t\0\x7f"), "data: x␍␊␉␀␡");
        assert_eq!(visible("</script>😀é\u{2028}\u{202e}\u{9b}".as_bytes()), "</script>😀é\\u{2028}\\u{202e}\\u{9b}");
        assert_eq!(visible(b"a\xff\xe2\x82b\xc3"), "a\\xFF\\xE2\\x82b\\xC3");
    }

    #[test]
    fn what_is_long_is_clipped_between_characters() {
        let shown = |text: &str| clip(text.as_bytes()).len();

        assert_eq!(shown(&"x".repeat(1_024)), 1_024);
        assert_eq!(shown(&"x".repeat(9_999)), 1_024);
        assert_eq!(shown(&format!("x{}", "😀".repeat(999))), 1_021);
        assert_eq!(clip(&[0x80; 1_030]).len(), 1_024);
    }
}
