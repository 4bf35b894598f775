//! The open readers of one server: how many there may be, and the stop that ends them.
//!
//! ```
//! let readers = shared::Readers::new(10_000);
//! assert_eq!(readers.open(), 0);
//!
//! readers.stop(); // each that is open ends, in its transport's own way
//! ```

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use actix_web::HttpRequest;
use rand::random_range;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Level;

pub use crate::seat::Seat;
use crate::{batch::Batch, problem::Problem, seat::Counts};

/// How long a client should wait when all seats are taken, in seconds.
const FULL_RETRY: u32 = 5;

/// What the readers of one server have in common, whatever feed they read. Clones are the same.
#[derive(Clone, Debug)]
pub struct Readers {
    stop: CancellationToken,
    counts: Arc<Counts>,
    most: usize,
    /// Zero is for ever.
    max_age: Duration,
    /// Zero is for ever.
    patience: Duration,
}

impl Readers {
    /// Of a server where at most so many streams, held requests and sockets are open at once.
    pub fn new(most: usize) -> Self {
        Self::until(CancellationToken::new(), most)
    }

    /// The same with a stop that is set elsewhere.
    pub fn until(stop: CancellationToken, most: usize) -> Self {
        Self { stop, counts: Arc::default(), most, max_age: Duration::ZERO, patience: Duration::ZERO }
    }

    /// The same where a stream or a socket ends when it is so old, as it does at a stop, and its client comes back: so the seat of one who
    /// left, of which nobody told, is given back. Each has an age of its own, at random between half of it and all of it, so that not
    /// all come back at once. Zero is for ever. A held request has its own end.
    #[must_use]
    pub fn with_max_age(self, max_age: Duration) -> Self {
        Self { max_age, ..self }
    }

    /// The same where a client over HTTP/2 that takes nothing for so long gives its seat back: two heartbeats are right. Zero is for ever.
    /// Over HTTP/1.1 the kernel sees to it, if it is told (`TCP_USER_TIMEOUT`).
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// How old one that begins now may become. None is for ever.
    pub fn age(&self) -> Option<Duration> {
        (!self.max_age.is_zero()).then(|| random_range(self.max_age / 2..=self.max_age))
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

    /// Takes a seat for a stream or a socket: its coming and going are logged at info.
    ///
    /// # Errors
    /// 503 when all are taken.
    pub fn seat(&self, request: &HttpRequest) -> Result<Seat, Problem> {
        let until = self.age().and_then(|age| Instant::now().checked_add(age));
        let seat = self.take(request, Level::INFO, until)?;
        tracing::info!(client = request.peer_addr().map(display), open = self.open(), "client came");

        Ok(seat)
    }

    /// Takes a seat for a request that is held until something comes: it is logged at debug.
    pub(crate) fn seat_of_held(&self, request: &HttpRequest) -> Result<Seat, Problem> {
        let seat = self.take(request, Level::DEBUG, None)?;
        tracing::debug!(client = request.peer_addr().map(display), "request held");

        Ok(seat)
    }

    fn take(&self, request: &HttpRequest, level: Level, until: Option<Instant>) -> Result<Seat, Problem> {
        let free = |open| (open < self.most).then_some(open + 1);
        match self.counts.open.fetch_update(Ordering::Relaxed, Ordering::Relaxed, free) {
            Ok(_) => Ok(Seat::of(request, &self.counts, &self.stop, self.patience, level, until)),
            Err(_) => Err(Problem::full("all seats are taken: try again later", FULL_RETRY)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use actix_web::test::TestRequest;
    use futures_util::FutureExt as _;
    use tokio::time::advance;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn each_has_an_age_of_its_own() {
        let readers = Readers::new(1).with_max_age(MINUTE);

        let ages: HashSet<Duration> = (0..100).filter_map(|_| readers.age()).collect();

        assert!(ages.len() > 1 && ages.iter().all(|age| (MINUTE / 2..=MINUTE).contains(age)), "{ages:?}");
        assert_eq!(Readers::new(1).age(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_seat_is_over_at_its_age_or_at_the_stop() {
        let request = TestRequest::default().to_http_request();
        let readers = Readers::new(3).with_max_age(MINUTE);
        let [old, held] = [readers.seat(&request), readers.seat_of_held(&request)].map(Result::unwrap);
        let for_ever = Readers::new(1).with_max_age(Duration::MAX).seat(&request).unwrap();

        advance(MINUTE / 2 - Duration::from_millis(1)).await;
        assert_eq!(old.over().now_or_never(), None);
        advance(MINUTE).await;
        assert_eq!(old.over().now_or_never(), Some(()));
        assert_eq!([held.over().now_or_never(), for_ever.over().now_or_never()], [None, None]);
        readers.stop();
        assert_eq!(held.over().now_or_never(), Some(()));
    }
}
