//! A server's frames (RFC 6455 §5.2). They have no mask, so the same bytes are right for every client.

use actix_web::web::Bytes;

/// The bits of a frame's kind, in its first byte.
const KIND: u8 = 0x0f;
const CLOSE: u8 = 0x8;

/// A whole message for each text.
pub(crate) fn text_frames<'a>(texts: impl IntoIterator<Item = &'a str, IntoIter: Clone>) -> Bytes {
    let texts = texts.into_iter();
    let mut frames = Vec::with_capacity(texts.clone().map(|text| frame_size(text.len())).sum());
    for text in texts {
        put_text(&mut frames, text);
    }

    frames.into()
}

fn put_text(frames: &mut Vec<u8>, text: &str) {
    const WHOLE_TEXT: u8 = 0x81;
    frames.push(WHOLE_TEXT);
    match (u8::try_from(text.len()), u16::try_from(text.len())) {
        (Ok(length @ ..126), _) => frames.push(length),
        (_, Ok(length)) => {
            frames.push(126);
            frames.extend(length.to_be_bytes());
        }
        _ => {
            frames.push(127);
            frames.extend((text.len() as u64).to_be_bytes());
        }
    }
    frames.extend_from_slice(text.as_bytes());
}

/// How many bytes a frame has that carries so many.
pub(crate) fn frame_size(carried: usize) -> usize {
    let header = match carried {
        ..126 => 2,
        126..65_536 => 4,
        _ => 10,
    };

    carried.saturating_add(header)
}

/// How many of these bytes are the first frame: all, where they end sooner.
pub(crate) fn first_frame(bytes: &[u8]) -> usize {
    let &[_kind, length, ref rest @ ..] = bytes else {
        return bytes.len();
    };
    let carried = match length {
        126 => rest.first_chunk().map(|length| u16::from_be_bytes(*length).into()),
        127 => rest.first_chunk().and_then(|length| u64::from_be_bytes(*length).try_into().ok()),
        short => Some(short.into()),
    };

    carried.map_or(bytes.len(), |carried: usize| frame_size(carried).min(bytes.len()))
}

/// Whether a frame says that it is the last.
pub(crate) fn is_close(frame: &[u8]) -> bool {
    frame.first().is_some_and(|first| first & KIND == CLOSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_says_its_length_in_as_few_bytes_as_it_can() {
        let header = |length: usize| {
            let frame = text_frames([&*"a".repeat(length)]);
            assert!(frame.ends_with(&b"a".repeat(length)) && frame.len() == frame_size(length), "{length}");
            frame[..frame.len() - length].to_vec()
        };

        assert_eq!(header(0), [0x81, 0]);
        assert_eq!(header(125), [0x81, 125]);
        assert_eq!(header(126), [0x81, 126, 0, 126]);
        assert_eq!(header(65_535), [0x81, 126, 0xff, 0xff]);
        assert_eq!(header(65_536), [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
    }

    #[test]
    fn each_frame_comes_out_of_many_as_it_went_in() {
        let texts = [0, 1, 125, 126, 127, 65_535, 65_536].map(|length| "a".repeat(length));
        let mut many = text_frames(texts.iter().map(String::as_str));

        for text in &texts {
            assert_eq!(many.split_to(first_frame(&many)), text_frames([&**text]));
        }
        assert!(many.is_empty());
    }

    #[test]
    fn what_is_no_whole_frame_is_taken_as_it_is() {
        for bytes in [&b""[..], b"\x81", b"\x81\x05abc", b"\x81\x7e\x01", b"\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff"] {
            assert_eq!(first_frame(bytes), bytes.len(), "{bytes:?}");
        }
    }
}
