//! The head of an answer.

use std::io;

use httparse::{EMPTY_HEADER, Header, Status};

use super::{body::Body, broken};

/// A head with more headers is none; actix takes no more either.
pub(crate) const MOST_HEADERS: usize = 96;

/// Headers, names in lower case.
pub(crate) type Headers = Vec<(String, String)>;

/// An answer's status and headers.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// Its status code.
    pub status: u16,
    /// All headers, names in lower case.
    pub headers: Headers,
    pub(crate) body: Body,
}

impl Head {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        named(&self.headers, name)
    }
}

/// The length of a whole head, and the head.
pub(crate) fn parse_head(bytes: &[u8]) -> io::Result<Option<(usize, Head)>> {
    let mut parsed = [EMPTY_HEADER; MOST_HEADERS];
    let mut response = httparse::Response::new(&mut parsed);
    let Status::Complete(length) = response.parse(bytes).map_err(|_| broken("head"))? else {
        return Ok(None);
    };
    let (status, headers) = (response.code.unwrap_or_default(), read_headers(response.headers));
    let body = match status {
        101 => Body::Raw,
        100..200 | 204 | 304 => Body::Ended,
        _ => Body::announced(&headers).unwrap_or(Body::Raw),
    };

    Ok(Some((length, Head { status, headers, body })))
}

/// The headers of a head that was parsed.
pub(crate) fn read_headers(parsed: &[Header<'_>]) -> Headers {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();

    parsed.iter().map(|header| (header.name.to_lowercase(), text(header.value))).collect()
}

/// A header's value, the first of its name.
pub(crate) fn named<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}
