//! The connections as they come, for who must not miss any.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::connection::Connection;

/// The place of an open connection among those that [`Limits::open`](super::Limits::open) allows.
pub(super) type Permit = Arc<OwnedSemaphorePermit>;

/// A connection that came. Until this is dropped it counts as open, also where it has ended: who is slow to look holds up
/// new connections, and loses none.
#[derive(Debug)]
pub struct Arrival {
    /// Which.
    pub connection: Connection,
    /// None where it came before it was followed.
    _permit: Option<Permit>,
}

/// The connections as they come. What waits here is bounded by [`Limits::open`](super::Limits::open).
#[derive(Debug)]
pub struct Arrivals {
    coming: mpsc::UnboundedReceiver<Arrival>,
}

impl Arrivals {
    /// The next, if it has come already.
    pub fn try_next(&mut self) -> Option<Arrival> {
        self.coming.try_recv().ok() // none, now or ever
    }
}

/// Where they are given to.
#[derive(Debug, Default)]
pub(super) struct Followers {
    all: Vec<mpsc::UnboundedSender<Arrival>>,
}

impl Followers {
    /// One more, who gets first what has come before.
    pub(super) fn add<'a>(&mut self, before: impl Iterator<Item = &'a Connection>) -> Arrivals {
        let (sender, coming) = mpsc::unbounded_channel();
        for connection in before.cloned() {
            sender.send(Arrival { connection, _permit: None }).ok(); // its receiver is here
        }
        self.all.push(sender);

        Arrivals { coming }
    }

    /// Tells all that are still there.
    pub(super) fn tell(&mut self, connection: &Connection, permit: &Permit) {
        let arrival = || Arrival { connection: connection.clone(), _permit: Some(Arc::clone(permit)) };
        self.all.retain(|follower| follower.send(arrival()).is_ok());
    }
}
