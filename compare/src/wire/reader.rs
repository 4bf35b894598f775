//! Reads answers of HTTP/1.1 as they come, cut anywhere.

use std::io;

use super::{
    body::{Body, next_part},
    head::Head,
};

/// Reads one answer after the other.
#[derive(Debug, Default)]
pub struct HttpReader {
    pending: Vec<u8>,
    head: Option<Head>,
}

impl HttpReader {
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

    /// Whether the head of an answer has come.
    pub(crate) fn has_head(&self) -> bool {
        self.head.is_some()
    }

    /// Gives away the head of an answer that is whole, ready for the next.
    pub(crate) fn take_head(&mut self) -> Head {
        self.head.take().unwrap_or_default()
    }
}

/// Takes a whole head off the front, if there is one.
fn take_head(pending: &mut Vec<u8>) -> io::Result<Option<Head>> {
    let head = Head::parse(pending)?;

    Ok(head.map(|(length, head)| {
        pending.drain(..length);
        head
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads an answer in pieces of every size: it must not matter where TCP cuts.
    fn read(answer: &str) -> (u16, String) {
        let all: Vec<_> = (1..=answer.len())
            .map(|size| {
                let mut reader = HttpReader::default();
                let mut body = Vec::new();
                let mut whole = false;
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
        assert_eq!(
            read("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: 1\r\nB: 2\r\n\r\n"),
            (200, "hello".to_owned()),
            "trailers are passed over (RFC 9112 §7.1.2)"
        );
    }

    #[test]
    fn what_is_not_http_is_an_error() {
        let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        let bodies = ["ffffffffffffffff\r\n", "g\r\n", "\r\n", "1\r\nab\r\n", "0\r\ntrailer: x\ry\r\n\r\n"];

        let wrong = ["\0\x01\r\n\r\n".to_owned()].into_iter().chain(bodies.map(|body| format!("{chunked}{body}")));

        for answer in wrong {
            assert!(HttpReader::default().read(answer.as_bytes(), |_| {}).is_err(), "{answer:?}");
        }
    }
}
