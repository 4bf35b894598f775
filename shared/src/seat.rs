//! One of the places that a server limits.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use actix_web::HttpRequest;
use tokio::time::{Instant as Moment, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::{Level, field::display};

use crate::{
    batch::Batch,
    http2::{self, Waiting, Watched},
    tally::Tally,
};

/// What is counted of all readers of a server.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) open: AtomicUsize,
    pub(crate) handed_out: Tally,
}

/// Counts as open until it is dropped.
#[derive(Debug)]
pub(crate) struct Place(Arc<Counts>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One of the places that a server limits, given back when it is dropped; over HTTP/2 also when its client is seen to have left,
/// or takes nothing.
#[derive(Debug)]
pub struct Seat {
    held: Held,
    counts: Arc<Counts>,
    client: Option<SocketAddr>,
    since: Instant,
    /// How many messages went to the client.
    sent: u64,
    /// How its coming and going are logged.
    level: Level,
    stop: CancellationToken,
    /// When it is too old.
    until: Option<Moment>,
}

/// Who gives the place back.
#[derive(Debug)]
enum Held {
    /// The seat's own end: an HTTP/1.1 connection drops its answer when it ends.
    ByTheSeat { _place: Place },
    /// That, or who watches the client.
    Watched(Watched<Place>),
}

impl Seat {
    /// One that is counted already.
    pub(crate) fn of(
        request: &HttpRequest,
        counts: &Arc<Counts>,
        stop: &CancellationToken,
        patience: Duration,
        level: Level,
        until: Option<Moment>,
    ) -> Self {
        let counts = Arc::clone(counts);
        let place = Place(Arc::clone(&counts));
        let (held, stop) = if http2::is_it(request) {
            let gone = stop.child_token();
            (Held::Watched(Watched::new(request, place, gone.clone(), patience)), gone)
        } else {
            (Held::ByTheSeat { _place: place }, stop.clone())
        };

        Self { held, counts, client: request.peer_addr(), since: Instant::now(), sent: 0, level, stop, until }
    }

    /// Waits until it is to be given back: at the stop, when it is as old as it may become, or when nobody is there any more.
    pub fn over(&self) -> impl Future<Output = ()> + use<> {
        let (stop, until) = (self.stop.clone(), self.until);

        async move {
            match until {
                None => stop.cancelled().await,
                Some(until) => Box::pin(timeout_at(until, stop.cancelled())).await.unwrap_or_default(), // boxed: most have no end
            }
        }
    }

    /// Its reader waits for news, until this is dropped: the client has taken all that there was.
    pub(crate) fn waiting(&self) -> Option<Waiting<Place>> {
        match &self.held {
            Held::ByTheSeat { .. } => None,
            Held::Watched(watched) => Some(watched.waiting()),
        }
    }

    /// Whether it is over because its client has left, told once: who writes to it then notices.
    pub(crate) fn has_left(&self) -> bool {
        match &self.held {
            Held::ByTheSeat { .. } => false,
            Held::Watched(watched) => watched.has_left(),
        }
    }

    /// Its client is handed this.
    pub(crate) fn hand_out(&mut self, batch: &Batch) {
        self.sent += batch.messages.len() as u64;
        self.counts.handed_out.count(batch);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let client = self.client.map(display);
        let sent = self.sent;
        let duration = self.since.elapsed();
        if self.level == Level::INFO {
            tracing::info!(client, sent, ?duration, "client left");
        } else {
            tracing::debug!(client, sent, ?duration, "request done");
        }
    }
}
