//! What passed in one direction of a connection: how much, the last of it, and when.

use std::collections::VecDeque;

use super::budget::Budget;
use crate::direction::Direction;

/// So many bytes of each direction are kept, the last; and while nobody has read them more, as far as the budget allows.
pub const KEPT: usize = 64 * 1_024;
/// So many times are kept for each direction; beyond that, the oldest piece and the next become one.
pub const MARKS: usize = 1_024;

/// Bytes that passed one after the other within a millisecond, with nothing of the other direction in between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Which.
    pub direction: Direction,
    /// So many bytes between the reader's place and this piece are kept no more.
    pub lost: u64,
    /// How many bytes passed in this direction before it.
    pub offset: u64,
    /// Unix milliseconds when the first of it passed.
    pub at: u64,
    /// What passed.
    pub bytes: Vec<u8>,
}

/// Where a piece begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    /// Its number among all pieces of the connection, both directions.
    pub(super) number: u64,
    pub(super) at: u64,
}

/// One direction.
#[derive(Debug)]
pub(super) struct Flow {
    pub(super) total: u64,
    /// Its FIN was passed on.
    pub(super) finished: bool,
    /// Somebody has read so many bytes.
    read: u64,
    kept: VecDeque<u8>,
    /// For what is kept beyond [`KEPT`].
    budget: Budget,
    /// In order, each with its offset.
    marks: VecDeque<(u64, Mark)>,
}

impl Flow {
    pub(super) fn new(budget: Budget) -> Self {
        Self { total: 0, finished: false, read: 0, kept: VecDeque::new(), budget, marks: VecDeque::new() }
    }

    /// Begins a piece: what is added from now on belongs to it.
    pub(super) fn begin(&mut self, mark: Mark) {
        if self.marks.len() == MARKS {
            let oldest = self.marks.pop_front().map(|(offset, _)| offset);
            if let (Some(oldest), Some((offset, _))) = (oldest, self.marks.front_mut()) {
                *offset = oldest;
            }
        }
        self.marks.push_back((self.total, mark));
    }

    /// Adds to the piece that was begun last.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.kept.extend(bytes);
        self.total += bytes.len() as u64;

        self.forget();
    }

    /// Keeps no more than it must.
    fn forget(&mut self) {
        let unread = usize::try_from(self.total - self.read).unwrap_or(usize::MAX);
        let wanted = unread.min(self.kept.len()).saturating_sub(KEPT);
        let surplus = self.kept.len().saturating_sub(KEPT + self.budget.take(wanted));
        self.kept.drain(..surplus);
        if self.kept.capacity() > 4 * self.kept.len().max(KEPT) {
            self.kept.shrink_to(2 * KEPT);
        }

        let first = self.first();
        while self.marks.get(1).is_some_and(|(offset, _)| *offset <= first) {
            self.marks.pop_front();
        }
    }

    /// The pieces after so many bytes, with their numbers. All has been read then.
    pub(super) fn read(&mut self, offset: u64, direction: Direction) -> Vec<(u64, Piece)> {
        let pieces = self.since(offset, direction);
        self.read = self.total;
        self.forget();

        pieces
    }

    fn since(&self, offset: u64, direction: Direction) -> Vec<(u64, Piece)> {
        let from = offset.max(self.first());
        let begun = self.marks.partition_point(|(begin, _)| *begin <= from).saturating_sub(1);
        let mut pieces = Vec::new();
        let mut lost = from - offset;

        for at in begun..self.marks.len() {
            let (begin, mark) = self.marks[at];
            let end = self.marks.get(at + 1).map_or(self.total, |(next, _)| *next);
            let bytes = self.range(begin.max(from), end);
            if !bytes.is_empty() {
                let piece = Piece { direction, lost, offset: begin.max(from), at: mark.at, bytes };
                pieces.push((mark.number, piece));
                lost = 0;
            }
        }
        pieces
    }

    /// How many bytes passed before the first that is kept.
    fn first(&self) -> u64 {
        self.total - self.kept.len() as u64
    }

    fn range(&self, from: u64, to: u64) -> Vec<u8> {
        let place = |offset: u64| usize::try_from(offset - self.first()).expect("no more than is kept");
        if from >= to {
            return Vec::new();
        }
        let (first, second) = self.kept.as_slices();
        let from = place(from);
        let to = place(to);
        let middle = first.len();

        [&first[from.min(middle)..to.min(middle)], &second[from.max(middle) - middle..to.max(middle) - middle]].concat()
    }
}

#[cfg(test)]
mod tests;
