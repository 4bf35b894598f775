//! The first message of each side (RFC 8446 §4.1), which is not encrypted: whom a client asks for, and what it offers to speak.

use crate::dissect::show::visible;

const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
/// RFC 6066 §3.
const SERVER_NAME: u16 = 0;
/// RFC 7301 §3.1.
const PROTOCOLS: u16 = 16;

/// What a record of a handshake begins with, in words; `None` where it is encrypted, or another message.
pub(super) fn named(content: &[u8]) -> Option<String> {
    match *content.first()? {
        CLIENT_HELLO => Some(client(content).unwrap_or_else(|| "client hello".to_owned())),
        SERVER_HELLO => Some("server hello: what follows is encrypted".to_owned()),
        _ => None,
    }
}

fn client(content: &[u8]) -> Option<String> {
    let mut rest = content.get(4 + 2 + 32..)?; // its kind and length, a version, a random number
    for size in [1, 2, 1] {
        with_length(&mut rest, size)?; // the session, the ciphers, the compressions
    }
    let mut extensions = with_length(&mut rest, 2)?;
    let mut words = "client hello".to_owned();
    while let Some(kind) = number(&mut extensions, 2) {
        let mut content = with_length(&mut extensions, 2)?;
        match u16::try_from(kind).ok()? {
            SERVER_NAME => {
                let list = with_length(&mut content, 2)?;
                words += &format!(", for {}", visible(list.get(3..)?));
            }
            PROTOCOLS => words += &format!(", offers {}", protocols(with_length(&mut content, 2)?)?),
            _ => {}
        }
    }

    Some(words)
}

fn protocols(mut list: &[u8]) -> Option<String> {
    let mut names = Vec::new();
    while !list.is_empty() {
        names.push(visible(with_length(&mut list, 1)?));
    }

    Some(names.join(", "))
}

/// Takes a number of so many bytes.
fn number(bytes: &mut &[u8], size: usize) -> Option<usize> {
    let (number, rest) = bytes.split_at_checked(size)?;
    *bytes = rest;

    Some(number.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
}

/// Takes what has its length before it, in so many bytes.
fn with_length<'a>(bytes: &mut &'a [u8], size: usize) -> Option<&'a [u8]> {
    let length = number(bytes, size)?;
    let (content, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;

    Some(content)
}
