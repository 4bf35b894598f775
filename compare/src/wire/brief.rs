//! Just enough of an answer's head for answers with a length, many of them, cheaply: nothing is allocated.

use std::io;

use httparse::{EMPTY_HEADER, Response, Status};

/// So many headers our servers never send.
const MOST_HEADERS: usize = 32;

/// What an answer's head says of its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Brief {
    /// The status code.
    pub status: u16,
    /// Bytes of the head itself.
    pub length: usize,
    /// Bytes of the body, where the head gives them: not of a stream.
    pub body: usize,
}

impl Brief {
    /// Reads the head at the front of `bytes`; `None` when more must come.
    ///
    /// # Errors
    /// When this is not HTTP.
    pub fn parse(bytes: &[u8]) -> io::Result<Option<Self>> {
        let mut headers = [EMPTY_HEADER; MOST_HEADERS];
        let mut response = Response::new(&mut headers);
        let parsed = response.parse(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        let Status::Complete(length) = parsed else {
            return Ok(None);
        };
        let given = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
        let body = given.and_then(|header| str::from_utf8(header.value).ok()?.parse().ok()).unwrap_or(0);

        Ok(Some(Self { status: response.code.unwrap_or_default(), length, body }))
    }
}
