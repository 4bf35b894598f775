//! A body ends after its length, after its last chunk, or with the connection.

use std::io;

use httparse::{Status, parse_chunk_size};

use super::{
    headers::{Headers, named},
    malformed::malformed,
};

const LINE_END: &[u8] = b"\r\n";

/// A field behind the last chunk that is longer is none.
const LONGEST_TRAILER: usize = 8 * 1_024;

/// What is left of a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Body {
    #[default]
    Ended,
    /// So much is left, and not nothing.
    Length(usize),
    /// A chunk's size is due.
    Chunks,
    /// So much is left of a chunk, its line end included.
    Chunk(usize),
    /// Behind the last chunk a field is due, or the empty line that ends them (RFC 9112 §7.1.2).
    Trailers,
    /// Whatever comes, until the connection closes.
    Raw,
}

impl Body {
    /// The body that headers announce; `None` where they say nothing of one.
    pub(crate) fn announced(headers: &Headers) -> Option<Self> {
        let coding = named(headers, "transfer-encoding").and_then(|codings| codings.rsplit(',').next());
        if coding.is_some_and(|coding| coding.trim().eq_ignore_ascii_case("chunked")) {
            return Some(Self::Chunks);
        }
        match named(headers, "content-length")?.parse().ok()? {
            0 => Some(Self::Ended),
            length => Some(Self::Length(length)),
        }
    }

    /// What is left after so much data; `None` where the data ends before, or none is due.
    pub(crate) fn after(self, data: usize) -> Option<Self> {
        match self {
            Self::Length(left) if data == left => Some(Self::Ended),
            Self::Length(left) => left.checked_sub(data).map(Self::Length),
            Self::Chunk(left) => left.checked_sub(data).filter(|left| *left >= LINE_END.len()).map(Self::Chunk),
            Self::Raw => Some(Self::Raw),
            Self::Ended | Self::Chunks | Self::Trailers => None,
        }
    }
}

/// How much of `bytes` is used, what is left of the body then, and the data in between; `None` when more must come.
pub(crate) fn next_part(bytes: &[u8], body: Body) -> io::Result<Option<(usize, Body, &[u8])>> {
    let most = match body {
        Body::Ended => return Ok(None),
        Body::Chunks => return chunk_size(bytes),
        Body::Trailers => return trailer(bytes),
        Body::Chunk(2) if bytes.starts_with(LINE_END) => return Ok(Some((2, Body::Chunks, &[]))),
        Body::Chunk(2) if LINE_END.starts_with(bytes) => return Ok(None),
        Body::Chunk(..=2) => return Err(malformed("end of a chunk")),
        Body::Chunk(left) => left - LINE_END.len(),
        Body::Length(left) => left,
        Body::Raw => usize::MAX,
    };
    let data = &bytes[..most.min(bytes.len())];

    Ok(body.after(data.len()).filter(|_| !data.is_empty()).map(|body| (data.len(), body, data)))
}

/// Reads the line before a chunk; the last, of a chunk of nothing, together with the empty line if that follows.
fn chunk_size(bytes: &[u8]) -> io::Result<Option<(usize, Body, &[u8])>> {
    if bytes.first().is_some_and(|byte| !byte.is_ascii_hexdigit()) {
        return Err(malformed("chunk size"));
    }
    let (line, size) = match parse_chunk_size(bytes) {
        Ok(Status::Complete(complete)) => complete,
        Ok(Status::Partial) => return Ok(None),
        Err(_invalid) => return Err(malformed("chunk size")),
    };
    if size == 0 {
        return match &bytes[line..] {
            [b'\r', b'\n', ..] => Ok(Some((line + LINE_END.len(), Body::Ended, &[]))),
            [] | [b'\r'] => Ok(None),
            _trailers => Ok(Some((line, Body::Trailers, &[]))),
        };
    }
    let left = usize::try_from(size).ok().and_then(|size| size.checked_add(LINE_END.len()));

    left.map(|left| Some((line, Body::Chunk(left), &bytes[..0]))).ok_or_else(|| malformed("chunk size"))
}

/// Reads a field behind the last chunk, or the empty line. As for the server, a CR ends it, and no LF by itself.
fn trailer(bytes: &[u8]) -> io::Result<Option<(usize, Body, &[u8])>> {
    let Some(length) = bytes.iter().take(LONGEST_TRAILER).position(|byte| *byte == b'\r') else {
        return if bytes.len() < LONGEST_TRAILER { Ok(None) } else { Err(malformed("trailer")) };
    };
    let next = if length == 0 { Body::Ended } else { Body::Trailers };

    match bytes.get(length + 1) {
        Some(b'\n') => Ok(Some((length + LINE_END.len(), next, &[]))),
        Some(_) => Err(malformed("trailer")),
        None => Ok(None),
    }
}
