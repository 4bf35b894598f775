//! A client that comes back by itself, as the pages do, and keeps a ledger.

use std::{net::SocketAddr, time::Duration};

use compare::{
    client::{Connection, End, Event},
    transports::Row,
};
use shared::Cursor;
use tokio::time::{Instant, sleep, timeout};

/// What it has to say for itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ledger {
    pub(crate) delivered: u64,
    pub(crate) lost: u64,
    pub(crate) repeated: u64,
    pub(crate) out_of_order: u64,
    pub(crate) gaps: u64,
}

/// A client of one transport.
pub(crate) struct Follower {
    row: Row,
    address: SocketAddr,
    cursor: Cursor,
    connection: Option<Connection>,
    pub(crate) ledger: Ledger,
}

/// Hears nothing for so long: the connection is dead.
const PATIENCE: Duration = Duration::from_secs(2);

impl Follower {
    /// Follows from the cursor on.
    pub(crate) fn new(row: Row, address: SocketAddr, cursor: Cursor) -> Self {
        Self { row, address, cursor, connection: None, ledger: Ledger::default() }
    }

    /// Follows until it has heard this one, however often it must come back; false when it takes longer.
    pub(crate) async fn until(&mut self, last: u64, limit: Duration) -> bool {
        let end = Instant::now() + limit;
        while self.cursor.seq < last && Instant::now() < end {
            self.step().await;
        }

        self.cursor.seq >= last
    }

    async fn step(&mut self) {
        let Some(connection) = &mut self.connection else {
            let after = self.cursor.to_string();
            self.connection = Connection::open((self.row.client)(), self.address, Some(&after)).await.ok(); // else it tries again
            if self.connection.is_none() {
                sleep(Duration::from_millis(20)).await;
            }
            return;
        };
        match timeout(PATIENCE, connection.next()).await {
            Ok(Ok(Event::Message(message))) => self.hear(message.id),
            Ok(Ok(Event::Gap)) => self.ledger.gaps += 1,
            Ok(Ok(Event::Place { .. } | Event::Heartbeat | Event::Nothing)) => {}
            Ok(Ok(Event::End(End::Reopen))) => self.connection = None,
            Ok(Ok(Event::End(_) | Event::Error(_)) | Err(_)) => {
                self.connection = None;
                sleep(Duration::from_millis(20)).await; // not in a fury
            }
            Err(_silence) => self.connection = None,
        }
    }

    fn hear(&mut self, id: Cursor) {
        let expected = self.cursor.seq + 1;
        if id.epoch != self.cursor.epoch || id.seq < self.cursor.seq {
            self.ledger.out_of_order += 1;
        } else if id.seq < expected {
            self.ledger.repeated += 1;
        } else {
            self.ledger.lost += id.seq - expected;
            self.ledger.delivered += 1;
            self.cursor = id;
        }
    }
}
