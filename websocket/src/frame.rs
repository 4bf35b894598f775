//! A filter in front of the decoder: one whole frame at a time, and none that is too long.

use std::{
    cell::RefCell,
    mem::take,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use actix_web::{
    dev::Payload,
    error::PayloadError,
    web::{Bytes, BytesMut},
};
use futures_util::{Stream, StreamExt as _};

/// The bytes that come from the client: read by the filter, and past it once the decoder has given up.
pub(crate) type SharedPayload = Rc<RefCell<Payload>>;

/// Passes on one whole frame at a time, since the decoder behind it lets an error overtake the good frames of the same
/// read; and refuses a frame by the size that it declares, since the decoder would buffer it first.
pub(crate) struct WholeFrames {
    payload: SharedPayload,
    buffer: BytesMut,
    longest: usize,
    /// The decoder asks again at once; it is to take the frame that it has.
    passed: bool,
}

impl WholeFrames {
    /// A filter for frames of up to `longest` bytes, and the payload that it reads.
    pub(crate) fn new(payload: Payload, longest: usize) -> (SharedPayload, Self) {
        let payload = Rc::new(RefCell::new(payload));

        (Rc::clone(&payload), Self { payload, buffer: BytesMut::new(), longest, passed: false })
    }
}

impl Stream for WholeFrames {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if take(&mut self.passed) {
            return Poll::Pending; // no wake-up is due: a whole frame makes the decoder ready
        }
        loop {
            match frame_length(&self.buffer, self.longest) {
                Ok(length) if length <= self.buffer.len() => {
                    self.passed = true;
                    return Poll::Ready(Some(Ok(self.buffer.split_to(length).freeze())));
                }
                Ok(_more_to_come) => {}
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
            let chunk = ready!(self.payload.borrow_mut().poll_next_unpin(cx));
            match chunk {
                Some(Ok(bytes)) => self.buffer.extend_from_slice(&bytes),
                end => return Poll::Ready(end),
            }
        }
    }
}

/// How many bytes the first frame has, header included; while its header is incomplete, how many to wait for.
///
/// A frame must be masked and use no extension (RFC 6455 §5.1, §5.2), and carry `longest` bytes at most.
fn frame_length(bytes: &[u8], longest: usize) -> Result<usize, PayloadError> {
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
