//! A tap: a relay of TCP in front of a server, which counts what passes, keeps the last of it to be looked at, and can
//! break the connections on command. It knows nothing of HTTP, but for where an answer ends (`answers.rs`): a proxy that
//! buffers lets go then, and so does [`Fault::Buffer`]. That is followed on each connection from its beginning, for a
//! fault may begin anywhere; what is not HTTP/1 passes as well.
//!
//! What comes is passed on unchanged and at once. The end of one direction (a FIN) is passed on as such, and the other
//! direction goes on; a reset stays a reset, and overtakes what waits to be written. A direction holds at most
//! [`PIECE`] bytes and reads no more until those are written, so that who does not read slows down who writes, as
//! without the tap.
//!
//! A byte counts when it is *passed on*: when the kernel has taken it for its other end. Counting and passing on are one
//! step: whoever has received a byte finds it counted. One that was read and then cut off never counts.

mod answers;
mod arrivals;
mod budget;
mod connection;
mod context;
mod fault;
mod flow;
mod limits;
mod listener;
mod pace;
mod pump;
mod registry;
mod relay;
mod socket;

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

pub use arrivals::{Arrival, Arrivals};
pub use connection::{Connection, End, Facts, Passed, Place};
pub use fault::{Active, Fault, HOLD_BYTES};
pub use flow::{KEPT, MARKS, Piece};
pub use limits::Limits;
pub use pump::PIECE;
pub use registry::Totals;
use tokio::sync::watch;

use self::{fault::Condition, listener::Listener, registry::Registry};
pub use crate::direction::Direction;

/// A relay in front of a server. Dropped, it listens no longer, resets every connection and ends its tasks.
#[derive(Debug)]
pub struct Tap {
    address: SocketAddr,
    limits: Limits,
    registry: Arc<Registry>,
    /// Every task waits for it besides what it waits for; all end when it is gone.
    condition: watch::Sender<Condition>,
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

    /// Passes on what comes to `listener` to `upstream`. Each connection gets a new one to the server, which may be
    /// another by then. Where none answers, the client's connection is reset.
    ///
    /// # Errors
    /// When the listener cannot be used.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn with(listener: TcpListener, upstream: SocketAddr, limits: Limits) -> io::Result<Self> {
        let (_, stays) = watch::channel(Some(upstream));

        Self::following(listener, stays, limits)
    }

    /// The same for a server that may be somewhere else after a while, or nowhere: then new connections wait for it.
    ///
    /// # Errors
    /// When the listener cannot be used.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn following(
        listener: TcpListener,
        upstream: watch::Receiver<Option<SocketAddr>>,
        limits: Limits,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        listener.set_nonblocking(true)?;
        let socket = tokio::net::TcpListener::from_std(listener)?;
        let registry = Arc::new(Registry::new(limits.ended, limits.unread));
        let condition = watch::Sender::new(Condition::default());
        let listener = Listener::new(socket, upstream, &limits, Arc::clone(&registry), condition.subscribe());
        tokio::spawn(listener.admit_all());

        Ok(Self { address, limits, registry, condition })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Begins a fault. When this returns, what the fault forbids does not happen any more.
    ///
    /// Faults of different kinds add up; one of a kind that still lasts begins again.
    pub fn fault(&self, fault: Fault) {
        self.registry.strike(|newest| {
            self.condition.send_modify(|condition| condition.begin(fault, newest, &self.limits));
        });
    }

    /// The faults that last now.
    pub fn faults(&self) -> Vec<Active> {
        self.condition.borrow().active()
    }

    /// What has passed, and how many connections. No figure but that of the open connections ever decreases.
    pub fn totals(&self) -> Totals {
        self.registry.totals()
    }

    /// The connections that are open or still kept, in the order in which they came.
    pub fn connections(&self) -> Vec<Connection> {
        self.registry.connections()
    }

    /// Gives the connections that are open or still kept, and then each that comes: who follows misses none, however soon
    /// it ends.
    pub fn arrivals(&self) -> Arrivals {
        self.registry.arrivals()
    }

    /// Notifies that something happened: a connection came or ended, something passed, a fault began. Not that a fault is
    /// over: [`Active::left`] says when.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.registry.changes()
    }
}
