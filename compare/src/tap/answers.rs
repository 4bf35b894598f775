//! Where answers end. All that the tap knows of HTTP stands here, and decides of nothing but what
//! [`Fault::Buffer`](super::Fault::Buffer) holds.
//!
//! It follows a connection from its first byte, in both directions, for an answer ends as its request wants it: one to HEAD
//! has no body. What is not HTTP/1 has no end that is known here, nor has anything on its connection after it.

use std::{collections::VecDeque, io, mem::take};

use crate::{
    direction::Direction,
    wire::{
        body::{Body, next_part},
        head::Head,
        request::RequestHead,
    },
};

/// A head that is longer is none, nor is the line before a chunk.
const LONGEST: usize = 32 * 1_024;

/// More requests than a browser ever sends ahead of their answers. Beyond, no answer is known.
const MOST_UNANSWERED: usize = 256;

/// Where the answers of one connection end. It holds fewer than [`LONGEST`] bytes of each direction.
#[derive(Debug, Default)]
pub(super) struct Answers {
    up: Half,
    down: Half,
    asked: Asked,
}

/// What is not answered yet, oldest first.
type Asked = VecDeque<Request>;

/// A request, as far as the end of its answer depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Request {
    Head,
    Connect,
    Other,
    /// Not understood, nor is what follows.
    Unknown,
}

/// One direction.
#[derive(Debug, Default)]
struct Half {
    due: Due,
    /// The beginning of a head or a line.
    pending: Vec<u8>,
}

/// What is due next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Due {
    #[default]
    Head,
    Body(Body),
    /// Another protocol, until the end.
    Tunnel,
    /// Anything, until the end.
    Unknown,
}

/// Reads a head: its length, and what is due behind it; `None` when more must come.
type ReadHead = fn(&[u8], &mut Asked) -> io::Result<Option<(usize, Due)>>;

impl Answers {
    /// Takes bytes that pass, and gives how many of them stand before the end of the last answer that ends in them; 0 where
    /// none does. In a tunnel nothing is waited for: these are all. A request must be given before its answer.
    pub(super) fn pass(&mut self, direction: Direction, bytes: &[u8]) -> usize {
        let Self { up, down, asked } = self;
        match direction {
            Direction::Up => {
                let ended = up.pass(bytes, asked, request);
                if up.due == Due::Unknown && asked.back() != Some(&Request::Unknown) {
                    asked.push_back(Request::Unknown);
                }
                ended
            }
            Direction::Down => down.pass(bytes, asked, answer),
        }
    }
}

impl Half {
    fn pass(&mut self, bytes: &[u8], asked: &mut Asked, read_head: ReadHead) -> usize {
        match self.due {
            Due::Tunnel => return bytes.len(),
            Due::Unknown => return 0,
            Due::Head | Due::Body(_) => {}
        }
        let mut pending = take(&mut self.pending);
        let before = pending.len();
        let window = if before == 0 {
            bytes
        } else {
            pending.extend_from_slice(bytes);
            &pending
        };
        let (used, ended) = self.run(window, asked, read_head);
        if matches!(self.due, Due::Head | Due::Body(_)) {
            self.pending = window[used..].to_vec();
        }

        ended.saturating_sub(before) // what was pending had no end in it
    }

    /// Steps over all that is whole; gives how much that is, and how much of it has ended.
    fn run(&mut self, window: &[u8], asked: &mut Asked, read_head: ReadHead) -> (usize, usize) {
        let (mut used, mut ended) = (0, 0);
        while let Some((more, due)) = self.step(&window[used..], asked, read_head) {
            used += more;
            self.due = due;
            match due {
                Due::Head => ended = used,
                Due::Body(_) => {}
                Due::Tunnel => return (used, window.len()),
                Due::Unknown => break,
            }
        }

        (used, ended)
    }

    fn step(&self, window: &[u8], asked: &mut Asked, read_head: ReadHead) -> Option<(usize, Due)> {
        let read = match self.due {
            Due::Head => read_head(window, asked),
            Due::Body(body) => {
                next_part(window, body).map(|part| part.map(|(used, body, _)| (used, Due::behind(body))))
            }
            Due::Tunnel | Due::Unknown => Ok(None),
        };

        match read {
            Ok(None) if window.len() >= LONGEST => Some((0, Due::Unknown)),
            Ok(read) => read,
            Err(_malformed) => Some((0, Due::Unknown)),
        }
    }
}

impl Due {
    /// What is due when this is left of a body.
    fn behind(body: Body) -> Self {
        if body == Body::Ended { Self::Head } else { Self::Body(body) }
    }
}

/// Reads a request's head. What a client sends behind one that asks for an upgrade is read as if that were refused: where
/// it is not, it does not matter any more.
fn request(bytes: &[u8], asked: &mut Asked) -> io::Result<Option<(usize, Due)>> {
    let Some((length, head)) = RequestHead::parse(bytes)? else {
        return Ok(None);
    };
    if asked.len() == MOST_UNANSWERED {
        return Ok(Some((length, Due::Unknown)));
    }
    asked.push_back(match head.method.as_str() {
        "HEAD" => Request::Head,
        "CONNECT" => Request::Connect,
        _ => Request::Other,
    });

    Ok(Some((length, Due::behind(head.body()))))
}

/// Reads an answer's head (RFC 9112 §6.3). One that nobody asked for, as a 408, speaks for itself.
fn answer(bytes: &[u8], asked: &mut Asked) -> io::Result<Option<(usize, Due)>> {
    let Some((length, head)) = Head::parse(bytes)? else {
        return Ok(None);
    };
    let due = match (head.status, asked.front()) {
        (101, _) | (200..300, Some(Request::Connect)) => Due::Tunnel,
        (_, Some(Request::Unknown)) => Due::Unknown,
        (_, Some(Request::Head)) => Due::Head,
        _ => Due::behind(head.body),
    };
    if !(100..200).contains(&head.status) {
        asked.pop_front(); // one of 1xx announces the answer
    }

    Ok(Some((length, due)))
}

#[cfg(test)]
mod tests;
