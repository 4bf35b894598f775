//! The open readers of one server: how many there may be, and the stop that ends them.
//!
//! ```
//! let readers = shared::Readers::new(10_000);
//! assert_eq!(readers.open(), 0);
//!
//! readers.stop(); // each that is open ends, in its transport's own way
//! ```

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use actix_web::HttpRequest;
use tokio_util::sync::CancellationToken;
use tracing::{Level, field::display};

use crate::{batch::Batch, problem::Problem, tally::Tally};

/// How long a client should wait when all seats are taken, in seconds.
const FULL_RETRY: u32 = 5;
/// What the readers of one server have in common, whatever feed they read. Clones are the same.
#[derive(Clone, Debug)]
pub struct Readers {
    stop: CancellationToken,
    counts: Arc<Counts>,
    most: usize,
}

/// What is counted of them.
#[derive(Debug, Default)]
struct Counts {
    open: AtomicUsize,
    handed_out: Tally,
}

impl Readers {
    /// Of a server where at most so many streams, held requests and sockets are open at once.
    pub fn new(most: usize) -> Self {
        Self::until(CancellationToken::new(), most)
    }

    /// The same with a stop that is set elsewhere.
    pub fn until(stop: CancellationToken, most: usize) -> Self {
        Self { stop, counts: Arc::default(), most }
    }

    /// Sets the stop: each reader ends, and with it its answer.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Waits for the stop.
    pub async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    /// How many are open.
    pub fn open(&self) -> usize {
        self.counts.open.load(Ordering::Relaxed)
    }

    /// How many messages were handed out, to all of them together, to polls too, since the start.
    pub fn delivered(&self) -> u64 {
        self.counts.handed_out.messages()
    }

    /// How many times one of them was told a gap.
    pub fn gaps(&self) -> u64 {
        self.counts.handed_out.gaps()
    }

    /// A poll, which has no seat, is handed this.
    pub(crate) fn hand_out(&self, batch: &Batch) {
        self.counts.handed_out.count(batch);
    }

    /// What a reader needs besides its feed.
    pub(crate) fn stop_token(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Takes a seat for a stream or a socket: its coming and going are logged at info.
    ///
    /// # Errors
    /// 503 when all are taken.
    pub fn seat(&self, request: &HttpRequest) -> Result<Seat, Problem> {
        let seat = self.take(request, Level::INFO)?;
        tracing::info!(client = seat.client.map(display), open = self.open(), "client came");

        Ok(seat)
    }

    /// Takes a seat for a request that is held until something comes: it is logged at debug.
    pub(crate) fn seat_of_held(&self, request: &HttpRequest) -> Result<Seat, Problem> {
        let seat = self.take(request, Level::DEBUG)?;
        tracing::debug!(client = seat.client.map(display), "request held");

        Ok(seat)
    }

    fn take(&self, request: &HttpRequest, level: Level) -> Result<Seat, Problem> {
        let free = |open| (open < self.most).then_some(open + 1);
        match self.counts.open.fetch_update(Ordering::Relaxed, Ordering::Relaxed, free) {
            Ok(_) => Ok(Seat {
                counts: Arc::clone(&self.counts),
                client: request.peer_addr(),
                since: Instant::now(),
                sent: 0,
                level,
            }),
            Err(_) => Err(Problem::full("all seats are taken: try again later", FULL_RETRY)),
        }
    }
}

/// One of the places that a server limits, given back when it is dropped.
#[derive(Debug)]
pub struct Seat {
    counts: Arc<Counts>,
    client: Option<SocketAddr>,
    since: Instant,
    /// How many messages went to the client.
    sent: u64,
    /// How its coming and going are logged.
    level: Level,
}

impl Seat {
    /// Its client is handed this.
    pub(crate) fn hand_out(&mut self, batch: &Batch) {
        self.sent += batch.messages.len() as u64;
        self.counts.handed_out.count(batch);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.counts.open.fetch_sub(1, Ordering::Relaxed);
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
