//! The records of TLS (RFC 8446 §5.1): what can still be told of bytes by who has no key.

mod hello;

use super::part::{Kind, Sink};

const HEADER: usize = 5;
/// What a record carries has no more bytes (RFC 8446 §5.2, and 5246 §6.2.3 for those of TLS 1.2).
const LONGEST: usize = 16 * 1_024 + 2_048;

const CHANGE_CIPHER_SPEC: u8 = 20;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;

/// Where one direction is.
#[derive(Debug, Default)]
pub(super) struct Records {
    kind: u8,
    /// Of the record's content.
    left: usize,
}

/// These bytes are no record.
pub(super) struct NoRecord;

impl Records {
    /// Whether a connection that begins so speaks TLS. No head begins with this byte.
    pub(super) fn begin(bytes: &[u8]) -> bool {
        bytes.first() == Some(&HANDSHAKE)
    }

    /// How much makes a part: the header of a record, or what it carries; `None` when more must come.
    pub(super) fn next(&mut self, bytes: &[u8], sink: &mut Sink<'_>) -> Result<Option<usize>, NoRecord> {
        if self.left > 0 {
            let Some(content) = bytes.get(..self.left) else { return Ok(None) };
            let hello = if self.kind == HANDSHAKE { hello::named(content) } else { None };
            sink.add(Kind::Sealed, content).note = hello;
            self.left = 0;
            return Ok(Some(content.len()));
        }
        let Some(header) = bytes.first_chunk::<HEADER>() else { return Ok(None) };
        let [kind, major, _, high, low] = *header;
        let length = usize::from(u16::from_be_bytes([high, low]));
        let name = name(kind).filter(|_| major == 3 && length <= LONGEST).ok_or(NoRecord)?;
        sink.add(Kind::Record, header).note = Some(format!("{name}, length {length}"));
        *self = Self { kind, left: length };

        Ok(Some(HEADER))
    }

    /// The same after so many bytes that are missing; `None` where more are than the record has left.
    pub(super) fn after(mut self, missing: usize) -> Option<Self> {
        self.left = self.left.checked_sub(missing)?;

        Some(self)
    }
}

/// What a record is by its header. Behind the handshake of TLS 1.3 all are called application data.
fn name(kind: u8) -> Option<&'static str> {
    match kind {
        CHANGE_CIPHER_SPEC => Some("change cipher spec"),
        ALERT => Some("alert"),
        HANDSHAKE => Some("handshake"),
        APPLICATION_DATA => Some("application data"),
        _ => None,
    }
}
