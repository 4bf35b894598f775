//! The dissector on real exchanges of all five, on broken ones, and on garbage.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod broken;
mod exchange;
mod exchanges;
mod recorder;

use compare::dissect::{Direction, Dissector, Kind, LONGEST, Part, Totals};
use rand::{RngExt as _, rngs::StdRng};

/// What passed on a connection, in the order in which it did.
type Passes = Vec<(Direction, Vec<u8>)>;

/// A dissector, and what it was given.
#[derive(Default)]
struct Bench {
    dissector: Dissector,
    passed: [Vec<u8>; 2],
    parts: Vec<Part>,
}

impl Bench {
    /// All that passed on a connection, to its end.
    fn all(passes: &Passes) -> Vec<Part> {
        let mut bench = Self::default();
        passes.iter().for_each(|(direction, bytes)| bench.pass(*direction, bytes));

        bench.end()
    }

    /// The same, cut anywhere else.
    fn cut(passes: &Passes, dice: &mut StdRng) -> Vec<Part> {
        let mut bench = Self::default();
        let longest = [1, 7, 300, 100_000][dice.random_range(0..4)];
        for (direction, bytes) in passes {
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                let (piece, after) = rest.split_at(dice.random_range(1..=rest.len().min(longest)));
                bench.pass(*direction, piece);
                rest = after;
            }
        }

        bench.end()
    }

    fn pass(&mut self, direction: Direction, bytes: &[u8]) {
        self.passed[direction as usize].extend(bytes);
        self.parts.extend(self.dissector.pass(direction, bytes));
        assert!(self.dissector.pending(direction).len() < LONGEST);
    }

    fn lose(&mut self, direction: Direction, bytes: &[u8]) {
        self.parts.extend(self.dissector.lost(direction, bytes.len()));
    }

    /// Every byte is in one part, in order, and no part is too long.
    fn end(mut self) -> Vec<Part> {
        for direction in [Direction::Up, Direction::Down] {
            self.parts.extend(self.dissector.end(direction));
            assert_eq!(self.dissector.pending(direction), b"");
            assert!(bytes(&self.parts, direction) == self.passed[direction as usize], "{:#?}", self.parts);
        }
        assert!(self.parts.iter().all(|part| part.bytes.len() <= LONGEST));

        self.parts
    }
}

/// The bytes of a direction.
fn bytes(parts: &[Part], direction: Direction) -> Vec<u8> {
    parts.iter().filter(|part| part.direction == direction).flat_map(|part| part.bytes.clone()).collect()
}

/// The parts of a direction; neighbors that are raw count as one, for they may be cut anywhere.
fn of_direction(parts: &[Part], direction: Direction) -> Vec<Part> {
    let mut joined: Vec<Part> = Vec::new();
    for part in parts.iter().filter(|part| part.direction == direction) {
        match joined.last_mut().filter(|last| (last.kind, part.kind) == (Kind::Raw, Kind::Raw)) {
            Some(last) => last.bytes.extend(&part.bytes),
            None => joined.push(part.clone()),
        }
    }

    joined
}

fn totals(parts: &[Part]) -> Totals {
    let mut totals = Totals::default();
    parts.iter().for_each(|part| totals.count(part));

    totals
}
