//! The head of a request.

use std::io;

use actix_web::{dev::Url, http::Uri};
use httparse::{EMPTY_HEADER, Request, Status};

use super::{
    body::Body,
    headers::{Headers, MOST_HEADERS, named, read_headers},
    malformed::malformed,
};

/// A request's first line and headers.
#[derive(Clone, Debug)]
pub(crate) struct RequestHead {
    pub(crate) method: String,
    /// What is asked for, as the client spells it: mostly path and query, but a whole address is one, too.
    target: String,
    headers: Headers,
}

impl RequestHead {
    /// The head at the front of `bytes`, and its length; `None` when more must come.
    ///
    /// # Errors
    /// When this is not HTTP.
    pub(crate) fn parse(bytes: &[u8]) -> io::Result<Option<(usize, Self)>> {
        let mut parsed = [EMPTY_HEADER; MOST_HEADERS];
        let mut request = Request::new(&mut parsed);
        let Status::Complete(length) = request.parse(bytes).map_err(|_| malformed("head"))? else {
            return Ok(None);
        };
        let method = request.method.unwrap_or_default().to_owned();
        let target = request.path.unwrap_or_default().to_owned();

        Ok(Some((length, Self { method, target, headers: read_headers(request.headers) })))
    }

    /// The path by which the server finds its route, read by the server's own functions: of a whole address only its path
    /// (RFC 9112 §3.2.2), and `%6d` is `m`. `None` where it finds none.
    pub(crate) fn path(&self) -> Option<String> {
        let uri = Uri::try_from(self.target.as_str()).ok()?;

        Some(Url::new(uri).path().to_owned())
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        named(&self.headers, name)
    }

    /// The body that follows. One that is not announced has ended.
    pub(crate) fn body(&self) -> Body {
        Body::announced(&self.headers).unwrap_or(Body::Ended)
    }
}
