//! Just enough of HTTP for answers with a length, many of them, cheaply.

use std::io;

use httparse::{EMPTY_HEADER, Response, Status};

/// An answer's head, and how long its body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) status: u16,
    /// Bytes of the head itself.
    pub(crate) length: usize,
    /// Bytes of the body, where the head tells: not of a stream.
    pub(crate) body: usize,
}

/// Reads the head at the front of `bytes`; `None` when more must come.
///
/// # Errors
/// When this is not HTTP.
pub(crate) fn head(bytes: &[u8]) -> io::Result<Option<Head>> {
    let mut headers = [EMPTY_HEADER; 32];
    let mut response = Response::new(&mut headers);
    let parsed = response.parse(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    let Status::Complete(length) = parsed else {
        return Ok(None);
    };
    let given = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let body = given.and_then(|header| str::from_utf8(header.value).ok()?.parse().ok()).unwrap_or(0);

    Ok(Some(Head { status: response.code.unwrap_or_default(), length, body }))
}
