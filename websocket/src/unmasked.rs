//! A server's frames (RFC 6455 §5.2). They have no mask, so the same bytes are right for every client.

use actix_web::web::Bytes;

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
fn frame_size(carried: usize) -> usize {
    let header = match carried {
        ..126 => 2,
        126..65_536 => 4,
        _ => 10,
    };

    header + carried
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
    fn many_are_one_after_the_other() {
        assert_eq!(text_frames(["one", "", "\u{e9}"]), &b"\x81\x03one\x81\x00\x81\x02\xc3\xa9"[..]);
        assert!(text_frames([]).is_empty());
    }
}
