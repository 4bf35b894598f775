//! The head of an answer.

use std::io;

use httparse::{EMPTY_HEADER, Response, Status};

use super::{
    body::Body,
    headers::{Headers, MOST_HEADERS, named, read_headers},
    malformed::malformed,
};

/// An answer's status and headers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head {
    /// Its status code.
    pub(crate) status: u16,
    /// All headers, names in lower case.
    headers: Headers,
    pub(crate) body: Body,
}

impl Head {
    /// The head at the front of `bytes`, and its length; `None` when more must come.
    ///
    /// # Errors
    /// When this is not HTTP.
    pub(crate) fn parse(bytes: &[u8]) -> io::Result<Option<(usize, Self)>> {
        let mut parsed = [EMPTY_HEADER; MOST_HEADERS];
        let mut response = Response::new(&mut parsed);
        let Status::Complete(length) = response.parse(bytes).map_err(|_| malformed("head"))? else {
            return Ok(None);
        };
        let status = response.code.unwrap_or_default();
        let headers = read_headers(response.headers);
        let body = match status {
            101 => Body::Raw,
            100..200 | 204 | 304 => Body::Ended,
            _ => Body::announced(&headers).unwrap_or(Body::Raw),
        };

        Ok(Some((length, Self { status, headers, body })))
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        named(&self.headers, name)
    }
}
