//! The header of a WebSocket's frame (RFC 6455 §5.2).

/// Goes on a message that an earlier frame began.
pub(crate) const CONTINUATION: u8 = 0x0;
pub(crate) const TEXT: u8 = 0x1;
pub(crate) const BINARY: u8 = 0x2;
pub(crate) const CLOSE: u8 = 0x8;
pub(crate) const PING: u8 = 0x9;
pub(crate) const PONG: u8 = 0xa;

/// What stands before a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    /// The last frame of its message.
    pub(crate) fin: bool,
    /// The three bits that extensions may use.
    pub(crate) reserved: u8,
    pub(crate) opcode: u8,
    /// The length as far as it has seven bits: 126 and 127 say that more follow.
    pub(crate) short: u8,
    /// How long the payload is.
    pub(crate) length: u64,
    pub(crate) mask: Option<[u8; 4]>,
    /// How long the header is.
    pub(crate) size: usize,
}

impl FrameHeader {
    /// Reads it from the front; `None` when more must come.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let (&[first, second], rest) = bytes.split_first_chunk()?;
        let short = second & 0x7f;
        let (extended, length) = match short {
            126 => (2, u64::from(u16::from_be_bytes(*rest.first_chunk()?))),
            127 => (8, u64::from_be_bytes(*rest.first_chunk()?)),
            length => (0, u64::from(length)),
        };
        let (size, mask) = match second & 0x80 {
            0 => (2 + extended, None),
            _ => (2 + extended + 4, Some(*rest.get(extended..)?.first_chunk()?)),
        };

        Some(Self {
            fin: first & 0x80 != 0,
            reserved: first >> 4 & 0x7,
            opcode: first & 0xf,
            short,
            length,
            mask,
            size,
        })
    }
}

/// Puts the mask on a piece of a payload, or takes it off. So much of the payload has passed before.
pub(crate) fn masked(bytes: &[u8], mask: [u8; 4], passed: u64) -> Vec<u8> {
    let mask = mask.iter().cycle().skip((passed % 4) as usize);

    bytes.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect()
}
