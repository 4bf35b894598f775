//! Looks for something known in what is not understood.

use super::{content::Content, part::LONGEST};
use crate::{direction::Direction, wire::body::Body};

/// The search, line by line.
#[derive(Debug, Default)]
pub(super) struct Resync {
    /// A head cannot begin before.
    from: usize,
    /// So many bytes have no line end.
    looked: usize,
    /// What was in a body of chunks.
    chunked: Option<Content>,
}

/// Where something known begins.
#[derive(Debug)]
pub(super) enum Found {
    /// A head.
    Head,
    /// A chunk of this body.
    Chunks(Content),
}

impl Resync {
    /// What comes is not the head that it looks like.
    pub(super) fn from_no_head() -> Self {
        Self { from: 1, ..Self::default() }
    }

    /// A body goes on in an unknown place.
    pub(super) fn from_body(body: Body, content: Content) -> Self {
        let chunked = matches!(body, Body::Chunks | Body::Chunk(_)).then(|| content.truncate());

        Self { chunked, ..Self::default() }
    }

    /// Bytes are missing.
    pub(super) fn reset(self) -> Self {
        Self { chunked: self.chunked, ..Self::default() }
    }

    /// How much is raw, and what begins then, if it is known; `None` when more must come.
    pub(super) fn next(&mut self, direction: Direction, bytes: &[u8]) -> Option<(usize, Option<Found>)> {
        let line = match bytes[self.looked..].iter().position(|byte| *byte == b'\n') {
            Some(end) => &bytes[..=self.looked + end],
            None if bytes.len() == LONGEST => bytes,
            None => {
                self.looked = bytes.len();
                return None;
            }
        };
        let from = std::mem::take(&mut self.from);
        self.looked = 0;
        if line == b"\r\n"
            && let Some(content) = self.chunked.take()
        {
            return Some((line.len(), Some(Found::Chunks(content)))); // no line of our streams has a CR
        }

        Some(match head_start(direction, &line[from..]) {
            Some(at) => (from + at, Some(Found::Head)),
            None => (line.len(), None),
        })
    }
}

/// Where a head begins with this line; the last place, for a body before it may look like one.
fn head_start(direction: Direction, line: &[u8]) -> Option<usize> {
    const METHODS: [&[u8]; 5] = [b"GET", b"HEAD", b"POST", b"OPTIONS", b"CONNECT"];
    let line = line.strip_suffix(b"\r\n")?;
    match direction {
        Direction::Up => {
            let line = line.strip_suffix(b" HTTP/1.1").or_else(|| line.strip_suffix(b" HTTP/1.0"))?;
            let (before, _path) = line.split_at(line.iter().rposition(|byte| *byte == b' ')?);
            let method = METHODS.into_iter().find(|method| before.ends_with(method))?;
            Some(before.len() - method.len())
        }
        Direction::Down => {
            let at = line.windows(7).rposition(|part| part == b"HTTP/1.")?;
            match &line[at + 7..] {
                [b'0' | b'1', b' ', b'1'..=b'5', b'0'..=b'9', b'0'..=b'9'] => Some(at),
                [b'0' | b'1', b' ', b'1'..=b'5', b'0'..=b'9', b'0'..=b'9', b' ', ..] => Some(at),
                _ => None,
            }
        }
    }
}
