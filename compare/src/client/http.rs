//! Reads answers of HTTP/1.1 as they come, cut anywhere.

use std::io;

use httparse::{EMPTY_HEADER, Status, parse_chunk_size};

/// An answer's status and headers.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// Its status code.
    pub status: u16,
    /// All headers, names in lower case.
    pub headers: Vec<(String, String)>,
    body: Body,
}

impl Head {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// What is left of a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Body {
    #[default]
    Ended,
    Length(usize),
    /// A chunk's size is due.
    Chunks,
    /// So much of a chunk, its line end included.
    Chunk(usize),
    /// Whatever comes, until the connection closes.
    Raw,
}

/// Reads one answer after the other.
#[derive(Debug, Default)]
pub struct HttpReader {
    pending: Vec<u8>,
    head: Option<Head>,
}

impl HttpReader {
    /// The head of the answer that is being read.
    pub fn head(&self) -> Option<&Head> {
        self.head.as_ref()
    }

    /// Takes bytes and hands on the pieces of the body; true when the answer is whole.
    ///
    /// # Errors
    /// When this is not HTTP.
    pub fn read(&mut self, bytes: &[u8], mut piece: impl FnMut(&[u8])) -> io::Result<bool> {
        self.pending.extend_from_slice(bytes);
        if self.head.is_none() {
            self.head = take_head(&mut self.pending)?;
        }
        let Some(head) = &mut self.head else {
            return Ok(false);
        };
        let success = matches!(head.status, 101 | 200);
        let mut read = 0;
        while let Some((used, body, data)) = next_part(&self.pending[read..], head.body)? {
            if success && !data.is_empty() {
                piece(data);
            }
            read += used;
            head.body = body;
        }
        self.pending.drain(..read);

        Ok(head.body == Body::Ended)
    }

    /// Gives away the head of an answer that is whole, ready for the next.
    pub(crate) fn take_head(&mut self) -> Head {
        self.head.take().unwrap_or_default()
    }
}

/// How much of `bytes` is used, what is left of the body then, and the data in between; `None` when more must come.
fn next_part(bytes: &[u8], body: Body) -> io::Result<Option<(usize, Body, &[u8])>> {
    let part = match body {
        Body::Raw if !bytes.is_empty() => (bytes.len(), Body::Raw, bytes),
        Body::Length(left) if !bytes.is_empty() => {
            let data = &bytes[..left.min(bytes.len())];
            let left = left - data.len();
            (data.len(), if left == 0 { Body::Ended } else { Body::Length(left) }, data)
        }
        Body::Chunks => match parse_chunk_size(bytes).map_err(|_| broken("chunk size"))? {
            Status::Complete((at, 0)) if bytes.len() >= at + 2 => (at + 2, Body::Ended, &bytes[..0]),
            Status::Complete((at, size)) if size > 0 => {
                let size = usize::try_from(size).map_err(|_| broken("chunk size"))?;
                (at, Body::Chunk(size + 2), &bytes[..0])
            }
            _ => return Ok(None),
        },
        Body::Chunk(left @ 1..=2) if bytes.len() >= left => (left, Body::Chunks, &bytes[..0]),
        Body::Chunk(left @ 3..) if !bytes.is_empty() => {
            let data = &bytes[..(left - 2).min(bytes.len())];
            (data.len(), Body::Chunk(left - data.len()), data)
        }
        Body::Ended | Body::Raw | Body::Length(_) | Body::Chunk(_) => return Ok(None),
    };

    Ok(Some(part))
}

/// Takes a whole head off the front, if there is one.
fn take_head(pending: &mut Vec<u8>) -> io::Result<Option<Head>> {
    let mut headers = [EMPTY_HEADER; 32];
    let mut response = httparse::Response::new(&mut headers);
    let Status::Complete(length) = response.parse(pending).map_err(|_| broken("head"))? else {
        return Ok(None);
    };
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let headers = response.headers.iter().map(|header| (header.name.to_lowercase(), text(header.value)));
    let mut head = Head { status: response.code.unwrap_or_default(), headers: headers.collect(), ..Head::default() };
    let length_given = head.header("content-length").and_then(|length| length.parse().ok());
    head.body = match (head.status, length_given, head.header("transfer-encoding")) {
        (101, _, _) => Body::Raw,
        (204, _, _) | (_, Some(0), _) => Body::Ended,
        (_, Some(length), _) => Body::Length(length),
        (_, None, Some("chunked")) => Body::Chunks,
        (_, None, _) => Body::Raw,
    };
    pending.drain(..length);

    Ok(Some(head))
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("not HTTP: broken {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads an answer in pieces of every size: it must not matter where TCP cuts.
    fn read(answer: &str) -> (u16, String) {
        let all: Vec<_> = (1..=answer.len())
            .map(|size| {
                let (mut reader, mut body, mut whole) = (HttpReader::default(), Vec::new(), false);
                for piece in answer.as_bytes().chunks(size) {
                    whole = reader.read(piece, |data| body.extend_from_slice(data)).unwrap();
                }
                assert!(whole, "in pieces of {size}");
                (reader.take_head().status, String::from_utf8(body).unwrap())
            })
            .collect();

        assert!(all.iter().all(|one| *one == all[0]), "{all:?}");
        all[0].clone()
    }

    #[test]
    fn an_answer_is_read_the_same_wherever_it_is_cut() {
        assert_eq!(read("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"), (200, "hello".to_owned()));
        assert_eq!(read("HTTP/1.1 204 No Content\r\n\r\n"), (204, String::new()));
        assert_eq!(
            read("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nB\r\n, you there\r\n0\r\n\r\n"),
            (200, "hello, you there".to_owned())
        );
    }

    #[test]
    fn what_is_not_http_is_an_error() {
        assert!(HttpReader::default().read(b"\x00\x01\r\n\r\n", |_| {}).is_err());
    }
}
