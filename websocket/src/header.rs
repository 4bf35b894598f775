//! The header of a client's frame (RFC 6455 §5.2).

use actix_web::error::PayloadError;

/// How many bytes the first frame has, header included; while its header is incomplete, how many to wait for.
///
/// A frame must be masked and use no extension (RFC 6455 §5.1, §5.2), and carry `longest` bytes at most.
pub(crate) fn frame_length(bytes: &[u8], longest: usize) -> Result<usize, PayloadError> {
    const RESERVED: u8 = 0b0111_0000;
    const MASKED: u8 = 0b1000_0000;
    let &[first, second, ref rest @ ..] = bytes else {
        return Ok(2);
    };
    if first & RESERVED != 0 || second & MASKED == 0 {
        return Err(PayloadError::EncodingCorrupted);
    }
    let (extended, length) = match second & !MASKED {
        126 => (2, rest.first_chunk().map(|bytes| u64::from(u16::from_be_bytes(*bytes)))),
        127 => (8, rest.first_chunk().map(|bytes| u64::from_be_bytes(*bytes))),
        length => (0, Some(u64::from(length))),
    };
    let header = 2 + extended + 4; // flags and length, more length, mask

    match length.map(usize::try_from) {
        None => Ok(header),
        Some(Ok(length)) if length <= longest => Ok(header + length),
        Some(_) => Err(PayloadError::Overflow),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_shows_as_the_header_comes() {
        let length = |bytes: &[u8]| frame_length(bytes, 65_536).unwrap();

        assert_eq!(length(&[]), 2);
        assert_eq!(length(&[0x81]), 2);
        assert_eq!(length(&[0x81, 0x85]), 2 + 4 + 5);
        assert_eq!(length(&[0x81, 0xfe]), 2 + 2 + 4);
        assert_eq!(length(&[0x81, 0xfe, 0x01, 0x00]), 2 + 2 + 4 + 256);
        assert_eq!(length(&[0x81, 0xff, 0, 0, 0, 0, 0, 1, 0]), 2 + 8 + 4);
        assert_eq!(length(&[0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 0]), 2 + 8 + 4 + 65_536);
    }

    #[test]
    fn a_frame_is_refused_by_its_declared_size() {
        let huge = [0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

        assert!(matches!(frame_length(&huge, 65_536), Err(PayloadError::Overflow)));
    }

    #[test]
    fn a_frame_without_mask_or_with_reserved_bits_is_refused() {
        for wrong in [[0x81, 0x05], [0xc1, 0x85], [0xa1, 0x85], [0x91, 0x85]] {
            assert!(matches!(frame_length(&wrong, 65_536), Err(PayloadError::EncodingCorrupted)), "{wrong:?}");
        }
    }
}
