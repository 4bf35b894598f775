//! A connection through the tap, as its readers see it.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{SystemTime, UNIX_EPOCH},
};

use super::{
    budget::Budget,
    flow::{Flow, Mark, Piece},
};
use crate::{direction::Direction, lock::lock};

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Both sides closed, one after the other.
    Closed,
    /// One side reset it, and the reset was passed on in this direction.
    Reset(Direction),
    /// The tap reset it, by a fault or because it was dropped.
    Cut,
    /// The server could not be connected to, and the client was reset.
    Unreachable,
}

/// What passed in one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// How many bytes.
    pub bytes: u64,
    /// The sender has closed this direction.
    pub finished: bool,
}

/// A connection in figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The first of a tap is 1, the next 2.
    pub id: u64,
    /// The client.
    pub peer: SocketAddr,
    /// Unix milliseconds when it was accepted.
    pub opened: u64,
    /// Up to the server.
    pub up: Passed,
    /// Down to the client.
    pub down: Passed,
    /// Unix milliseconds of its end, and what that was.
    pub ended: Option<(u64, End)>,
}

/// How many bytes of each direction a reader has read. The default is the beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Of what went up.
    pub up: u64,
    /// Of what went down.
    pub down: u64,
}

/// A connection, open or ended. Clones are the same, and stay readable when the tap has forgotten it.
#[derive(Clone, Debug)]
pub struct Connection {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    id: u64,
    peer: SocketAddr,
    opened: u64,
    record: Mutex<Record>,
}

/// What is written down of a connection.
#[derive(Debug)]
pub(super) struct Record {
    up: Flow,
    down: Flow,
    /// The direction of the last piece, and when it passed.
    last: Option<(Direction, u64)>,
    pieces: u64,
    ended: Option<(u64, End)>,
}

impl Connection {
    pub(super) fn new(id: u64, peer: SocketAddr, budget: &Budget) -> Self {
        let [up, down] = [budget.share(), budget.share()].map(Flow::new);
        let record = Mutex::new(Record { up, down, last: None, pieces: 0, ended: None });

        Self { inner: Arc::new(Inner { id, peer, opened: unix_millis(), record }) }
    }

    /// The first of a tap is 1, the next 2.
    pub fn id(&self) -> u64 {
        self.inner.id
    }

    /// The connection in figures.
    pub fn facts(&self) -> Facts {
        let Inner { id, peer, opened, record } = &*self.inner;
        let record = lock(record);
        let passed = |flow: &Flow| Passed { bytes: flow.total, finished: flow.finished };
        let (up, down) = (passed(&record.up), passed(&record.down));

        Facts { id: *id, peer: *peer, opened: *opened, up, down, ended: record.ended }
    }

    /// What passed after `place`, in both directions, in the order in which it passed, and moves the place on.
    ///
    /// Each direction is without a hole but for what [`Piece::lost`] counts: of each, the last [`KEPT`](super::KEPT)
    /// bytes are kept, and what nobody has read as far as the budget allows ([`Limits::unread`](super::Limits::unread)):
    /// one reader that comes often enough loses nothing.
    pub fn since(&self, place: &mut Place) -> Vec<Piece> {
        let mut pieces = {
            let mut record = lock(&self.inner.record);
            let mut pieces = record.up.read(place.up, Direction::Up);
            pieces.extend(record.down.read(place.down, Direction::Down));
            *place = Place { up: record.up.total, down: record.down.total };
            pieces
        };
        pieces.sort_unstable_by_key(|(number, _)| *number);

        pieces.into_iter().map(|(_, piece)| piece).collect()
    }

    /// Does something that belongs with the record, while nobody else does or reads.
    pub(super) fn with_record<T>(&self, act: impl FnOnce(&mut Record) -> T) -> T {
        act(&mut lock(&self.inner.record))
    }
}

impl Record {
    /// These bytes were passed on.
    pub(super) fn add(&mut self, direction: Direction, bytes: &[u8]) {
        let now = unix_millis();
        if self.last != Some((direction, now)) {
            self.last = Some((direction, now));
            self.pieces += 1;
            let mark = Mark { number: self.pieces, at: now };
            self.flow(direction).begin(mark);
        }

        self.flow(direction).add(bytes);
    }

    /// The end of this direction was passed on.
    pub(super) fn finish(&mut self, direction: Direction) {
        self.flow(direction).finished = true;
    }

    /// The connection is over.
    pub(super) fn end(&mut self, end: End) {
        self.ended = Some((unix_millis(), end));
    }

    fn flow(&mut self, direction: Direction) -> &mut Flow {
        match direction {
            Direction::Up => &mut self.up,
            Direction::Down => &mut self.down,
        }
    }
}

fn unix_millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();

    since.as_millis().try_into().unwrap_or(u64::MAX)
}
