//! What the bytes of a connection are: heads, chunks, events, scripts, frames, and in them the messages; or the records of TLS,
//! of which no more is known.
//!
//! A [`Dissector`] takes the bytes of one TCP connection as they pass, in both directions, cut anywhere, and names them,
//! for display and for measuring. It does no I/O, and has no part in what passes. What it does not understand is
//! [`Kind::Raw`]; no input makes it fail.
//!
//! **Every byte belongs to exactly one part.** The parts of a direction, put together, are what passed, so counts are
//! exact. How TCP cut it makes no difference to the parts, but that what is [`Kind::Raw`] may be cut otherwise.
//!
//! **A part comes when it is whole.** Until then its bytes are [pending](Dissector::pending). What grows longer than
//! [`LONGEST`] comes in pieces of that length, the later ones marked as [continued](Part::continued); so do the
//! pieces of a body in chunks, and the fragments of a WebSocket's message.
//!
//! **Memory is bounded.** Of each direction, what is pending has fewer than [`LONGEST`] bytes, in a buffer of up to
//! four times as many; and no more than [`MOST_UNANSWERED`] requests are remembered.

mod answer;
mod content;
mod document;
mod events;
mod frames;
mod half;
mod head;
mod part;
mod records;
mod requests;
mod resync;
mod show;
mod state;
#[cfg(test)]
mod tests;
mod totals;

use half::Half;
pub use part::{Kind, LONGEST, Part, Weight};
pub use requests::MOST_UNANSWERED;
use requests::Requests;
pub use show::{LONGEST_SHOWN, Shown};
pub use totals::{Bytes, Totals};

pub use crate::direction::Direction;

/// Names the bytes of one connection.
#[derive(Debug)]
pub struct Dissector {
    up: Half,
    down: Half,
    requests: Requests,
}

impl Default for Dissector {
    fn default() -> Self {
        Self::new()
    }
}

impl Dissector {
    /// For a connection on which nothing has passed yet.
    pub fn new() -> Self {
        Self { up: Half::new(Direction::Up), down: Half::new(Direction::Down), requests: Requests::default() }
    }

    /// Takes bytes that pass, and gives the parts that are whole now.
    ///
    /// A request must be given before its answer: the answer is understood by it. What a client sends ahead of the
    /// answer to its WebSocket's handshake is pending until that has come, and its parts come with it.
    pub fn pass(&mut self, direction: Direction, bytes: &[u8]) -> Vec<Part> {
        let mut parts = Vec::new();
        for piece in bytes.chunks(LONGEST) {
            self.half(direction).take(piece);
            self.run(direction, &mut parts);
        }

        parts
    }

    /// Takes note that so many bytes passed unseen.
    ///
    /// Within a body, a chunk or a frame whose length is known it goes on behind them. Else what follows is raw up to
    /// the next head, or, in a body of chunks, up to the next chunk; of a WebSocket all of it.
    pub fn lost(&mut self, direction: Direction, count: usize) -> Vec<Part> {
        let mut parts = Vec::new();
        if count > 0 && self.half(direction).lost(count, &mut parts).is_err() {
            self.requests.desynchronize();
        }

        parts
    }

    /// Takes note that a direction has ended, and gives what was pending.
    pub fn end(&mut self, direction: Direction) -> Vec<Part> {
        let mut parts = Vec::new();
        self.half(direction).close();
        self.run(direction, &mut parts);
        self.half(direction).flush("cut off", &mut parts);

        parts
    }

    /// What has passed and is in no part yet.
    pub fn pending(&self, direction: Direction) -> &[u8] {
        match direction {
            Direction::Up => self.up.pending(),
            Direction::Down => self.down.pending(),
        }
    }

    fn run(&mut self, direction: Direction, parts: &mut Vec<Part>) {
        let Self { up, down, requests } = self;
        match direction {
            Direction::Up => up.run(requests, parts),
            Direction::Down => down.run(requests, parts),
        }
        if let Some(verdict) = requests.verdict.take() {
            up.go_on(verdict);
            up.run(requests, parts);
        }
    }

    fn half(&mut self, direction: Direction) -> &mut Half {
        match direction {
            Direction::Up => &mut self.up,
            Direction::Down => &mut self.down,
        }
    }
}
