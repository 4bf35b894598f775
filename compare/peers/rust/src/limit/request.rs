//! What a client asks for.

use std::io;

use httparse::{EMPTY_HEADER, Status};

use crate::seq;

/// Of a head.
const MOST_HEADERS: usize = 64;

pub(super) enum Request {
    Publish(String),
    Status,
    Channel { after: Option<u64>, key: Option<String> },
    Unknown,
}

impl Request {
    /// The first request and its length, when it is whole.
    pub(super) fn read(input: &[u8]) -> io::Result<Option<(Self, usize)>> {
        let mut headers = [EMPTY_HEADER; MOST_HEADERS];
        let mut head = httparse::Request::new(&mut headers);
        let Status::Complete(start) = head.parse(input).map_err(io::Error::other)? else { return Ok(None) };
        let header = |name: &str| {
            let found = head.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
            found.and_then(|header| str::from_utf8(header.value).ok())
        };
        let length: usize = header("Content-Length").and_then(|length| length.trim().parse().ok()).unwrap_or(0);
        let Some(body) = input.get(start..start.saturating_add(length)) else { return Ok(None) };
        let target = head.path.unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));

        let request = match (head.method, path) {
            (Some("POST"), "/messages") => Self::Publish(String::from_utf8_lossy(body).into_owned()),
            (Some("GET"), "/status") => Self::Status,
            (Some("GET"), "/messages") => Self::Channel {
                after: query.split('&').find_map(|pair| seq(pair.strip_prefix("after=")?)),
                key: header("Sec-WebSocket-Key").map(str::to_owned),
            },
            _ => Self::Unknown,
        };
        Ok(Some((request, start + length)))
    }
}
