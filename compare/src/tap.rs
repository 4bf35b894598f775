//! A tap: a relay of TCP in front of a server, which counts what passes, keeps the last of it to be looked at, and can
//! break the line on command. It knows nothing of HTTP.
//!
//! What comes is passed on unchanged and at once. The end of one direction (a FIN) is passed on as such, and the other
//! direction goes on; a reset stays a reset, and overtakes what waits to be written. A direction holds at most
//! [`PIECE`] bytes and reads no more until those are written, so that who does not read slows down who writes, as
//! without the tap.
//!
//! A byte counts when it is *passed on*: when the kernel has taken it for its other end. Counting and passing on are one
//! step: whoever has received a byte finds it counted. One that was read and then cut off never counts.

mod book;
mod connection;
mod door;
mod fault;
mod flow;
mod pace;
mod relay;
mod room;
mod way;

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

pub use book::Totals;
pub use connection::{Connection, End, Facts, Passed, Place};
pub use fault::{Active, Fault, HOLD_BYTES};
pub use flow::{KEPT, MARKS, Piece};
use tokio::sync::watch;
pub use way::PIECE;

use self::{book::Book, door::Door, fault::Condition};
pub use crate::direction::Direction;

/// What bounds a tap, and how long its faults last.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long [`Fault::Silence`] lasts.
    pub silence: Duration,
    /// How long [`Fault::Refuse`] lasts.
    pub refuse: Duration,
    /// How long [`Fault::Slow`] lasts.
    pub slow: Duration,
    /// How long [`Fault::Buffer`] lasts…
    pub buffer: Duration,
    /// …and how long it holds a byte back, at most.
    pub hold: Duration,
    /// So many connections are open at most; more of them wait to be accepted. Each holds up to some 200 KiB.
    pub open: usize,
    /// So many connections that have ended stay readable.
    pub ended: usize,
    /// So many bytes that passed and that nobody has read are kept, of all connections together, besides the last
    /// [`KEPT`] of each direction.
    pub unread: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            silence: Duration::from_secs(10),
            refuse: Duration::from_secs(5),
            slow: Duration::from_secs(20),
            buffer: Duration::from_secs(30),
            hold: Duration::from_secs(10),
            open: 1_000,
            ended: 32,
            unread: 64 * 1_024 * 1_024,
        }
    }
}

/// A relay in front of a server. Dropped, it listens no longer, resets every connection and ends its tasks.
#[derive(Debug)]
pub struct Tap {
    address: SocketAddr,
    limits: Limits,
    book: Arc<Book>,
    /// Every task waits for it besides what it waits for; all end when it is gone.
    line: watch::Sender<Condition>,
}

impl Tap {
    /// Passes on what comes to `listener` to `upstream`, with the usual [`Limits`].
    ///
    /// # Errors
    /// When the listener cannot be used.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn listen(listener: TcpListener, upstream: SocketAddr) -> io::Result<Self> {
        Self::with(listener, upstream, Limits::default())
    }

    /// Passes on what comes to `listener` to `upstream`. Each connection is connected anew: the server may be another by
    /// then. Where none answers, the client's connection is reset.
    ///
    /// # Errors
    /// When the listener cannot be used.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn with(listener: TcpListener, upstream: SocketAddr, limits: Limits) -> io::Result<Self> {
        let address = listener.local_addr()?;
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let book = Arc::new(Book::new(limits.ended, limits.unread));
        let line = watch::Sender::new(Condition::default());
        let door = Door::new(listener, upstream, limits, Arc::clone(&book), line.subscribe());
        tokio::spawn(door.admit_all());

        Ok(Self { address, limits, book, line })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Begins a fault. When this returns, what the fault forbids does not happen any more.
    ///
    /// Faults of different kinds add up; one of a kind that still lasts begins anew.
    pub fn fault(&self, fault: Fault) {
        self.book.strike(|newest| self.line.send_modify(|line| line.begin(fault, newest, &self.limits)));
    }

    /// The faults that last now.
    pub fn faults(&self) -> Vec<Active> {
        self.line.borrow().active()
    }

    /// What has passed, and how many connections. No figure but that of the open connections ever decreases.
    pub fn totals(&self) -> Totals {
        self.book.totals()
    }

    /// The connections that are open or still kept, in the order in which they came.
    pub fn connections(&self) -> Vec<Connection> {
        self.book.connections()
    }

    /// Tells that something happened: a connection came or ended, something passed, a fault began. That a fault is over
    /// is not told: [`Active::left`] says when.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.book.changes()
    }
}

/// What is guarded here is whole after each line, also where one panics.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
