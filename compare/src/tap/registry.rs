//! The registry of a tap's connections: those that are open, and the last that ended.

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    sync::Mutex,
};

use tokio::sync::watch;

use super::{
    arrivals::{Arrivals, Followers, Permit},
    budget::Budget,
    connection::{Connection, End},
};
use crate::lock::lock;

/// A tap in figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many connections were accepted, but for those refused.
    pub opened: u64,
    /// How many of them are open now.
    pub open: usize,
    /// How many were reset at once, by [`Fault::Refuse`](super::Fault::Refuse).
    pub refused: u64,
    /// Bytes passed on up to the server.
    pub up: u64,
    /// Bytes passed on down to the clients.
    pub down: u64,
}

/// Locked before a connection, never after.
#[derive(Debug)]
pub(super) struct Registry {
    list: Mutex<List>,
    /// How many that ended stay in the list.
    kept: usize,
    budget: Budget,
    /// Wakes readers. The value is only a reason to look.
    changes: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct List {
    connections: BTreeMap<u64, Connection>,
    /// The ids of those that ended, in this order.
    ended: VecDeque<u64>,
    /// The total; of the bytes only what went over connections that are no longer in the list.
    past: Totals,
    followers: Followers,
}

impl Registry {
    pub(super) fn new(kept: usize, unread: usize) -> Self {
        Self { list: Mutex::default(), kept, budget: Budget::new(unread), changes: watch::Sender::new(()) }
    }

    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// Notifies readers that something happened.
    pub(super) fn changed(&self) {
        self.changes.send_replace(());
    }

    /// Adds a connection, unless it is refused.
    pub(super) fn open(
        &self,
        peer: SocketAddr,
        permit: &Permit,
        is_refused: impl FnOnce() -> bool,
    ) -> Option<Connection> {
        let connection = {
            let mut list = lock(&self.list);
            let connection = list.open(peer, &self.budget, is_refused);
            connection.inspect(|connection| list.followers.tell(connection, permit))
        };
        self.changed();

        connection
    }

    /// A connection is over.
    pub(super) fn end(&self, connection: &Connection, end: End) {
        lock(&self.list).end(connection, end, self.kept);
        self.changed();
    }

    /// Begins a fault with the id of the newest connection that it finds; what was being passed on meanwhile has passed
    /// then.
    pub(super) fn strike(&self, begin: impl FnOnce(u64)) {
        let list = lock(&self.list);
        begin(list.past.opened);
        for connection in list.connections.values() {
            connection.with_record(|_| ());
        }
        drop(list);
        self.changed();
    }

    pub(super) fn arrivals(&self) -> Arrivals {
        let mut list = lock(&self.list);
        let List { connections, followers, .. } = &mut *list;

        followers.add(connections.values())
    }

    pub(super) fn connections(&self) -> Vec<Connection> {
        lock(&self.list).connections.values().cloned().collect()
    }

    pub(super) fn totals(&self) -> Totals {
        let list = lock(&self.list);
        let open = list.connections.len() - list.ended.len();

        list.connections.values().fold(Totals { open, ..list.past }, add)
    }
}

impl List {
    fn open(&mut self, peer: SocketAddr, budget: &Budget, is_refused: impl FnOnce() -> bool) -> Option<Connection> {
        if is_refused() {
            self.past.refused += 1;
            return None;
        }
        self.past.opened += 1;
        let connection = Connection::new(self.past.opened, peer, budget);
        self.connections.insert(connection.id(), connection.clone());

        Some(connection)
    }

    fn end(&mut self, connection: &Connection, end: End, kept: usize) {
        connection.with_record(|record| record.end(end));
        self.ended.push_back(connection.id());
        while self.ended.len() > kept
            && let Some(oldest) = self.ended.pop_front().and_then(|id| self.connections.remove(&id))
        {
            self.past = add(self.past, &oldest);
        }
    }
}

fn add(totals: Totals, connection: &Connection) -> Totals {
    let facts = connection.facts();

    Totals { up: totals.up + facts.up.bytes, down: totals.down + facts.down.bytes, ..totals }
}
