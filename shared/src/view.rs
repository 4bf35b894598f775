//! A server's own view of the feed: what its transport holds.

use std::{
    future::{Ready, ready},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::StatusCode, web::Query};
use tokio_util::sync::CancellationToken;
use tracing::field::display;

use crate::{
    feed::{Batch, Feed, Follow, Start},
    message::{BadCursor, BadText, Kind, Message, Text},
    options::Options,
    problem::Problem,
};

/// How long a client should wait when all places are taken, in seconds.
const FULL_RETRY: u32 = 5;

/// The feed, this server's stop token, and its gauge of open readers. Clones are the same view.
#[derive(Clone, Debug)]
pub struct View {
    feed: Feed,
    stop: CancellationToken,
    options: Arc<Options>,
    open: Arc<AtomicUsize>,
    started: Instant,
}

impl View {
    /// The view of a server that starts now.
    pub fn new(feed: Feed, stop: CancellationToken, options: Options) -> Self {
        let (options, open) = (Arc::new(options), Arc::default());

        Self { feed, stop, options, open, started: Instant::now() }
    }

    /// What comes after `start` now, logged at debug.
    pub fn since(&self, start: Start) -> Batch {
        let batch = self.feed.since(start);
        tracing::debug!(sent = batch.messages.len(), gap = batch.gap, "polled");

        batch
    }

    /// A reader for a request that is held until something comes: it counts as open, and is logged at debug.
    ///
    /// # Errors
    /// 503 when `--max-clients` are open.
    pub fn hold(&self, request: &HttpRequest, start: Start) -> Result<Reader, Problem> {
        let seat = Seat::take(self, request.peer_addr())?;
        tracing::debug!(client = seat.client.map(display), "request held");

        Ok(Reader { follow: self.feed.follow(start, self.stop.clone()), sent: 0, info: false, seat })
    }

    /// A reader for a stream or a socket: it counts as open, and is logged when it comes and when it goes.
    ///
    /// # Errors
    /// 503 when `--max-clients` are open.
    pub fn follow(&self, request: &HttpRequest, start: Start) -> Result<Reader, Problem> {
        let seat = Seat::take(self, request.peer_addr())?;
        tracing::info!(client = seat.client.map(display), open = self.open(), "client came");

        Ok(Reader { follow: self.feed.follow(start, self.stop.clone()), sent: 0, info: true, seat })
    }

    /// Publishes what a client wrote.
    ///
    /// # Errors
    /// 400 for an empty text, 413 for one too long, 503 when the feed takes nothing.
    pub async fn publish(&self, text: String) -> Result<Arc<Message>, Problem> {
        let text = Text::try_from(text).map_err(|error| match error {
            BadText::Empty => Problem::new(StatusCode::BAD_REQUEST, error.to_string()),
            BadText::TooLong => Problem::new(StatusCode::PAYLOAD_TOO_LARGE, error.to_string()),
        })?;
        let message = self.feed.publish(Kind::Message, text).await;

        message.map_err(|unavailable| Problem::unavailable(unavailable, 1))
    }

    /// Waits for the server's stop.
    pub async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    /// How many streams, held requests and sockets are open.
    pub fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// How long a long poll is held.
    pub fn hold_time(&self) -> Duration {
        self.options.hold
    }

    /// After how much silence to say a heartbeat; for ever, where heartbeats are off.
    pub fn heartbeat(&self) -> Duration {
        if self.options.heartbeat.is_zero() { Duration::MAX } else { self.options.heartbeat }
    }

    /// The directive that says who may show the page, or a document of the channel, in a frame.
    pub fn frame_ancestors(&self) -> String {
        let allowed = self.options.allow_embed.iter().map(|origin| format!(" {origin}"));

        format!("frame-ancestors 'self'{}", allowed.collect::<String>())
    }

    /// The feed itself.
    pub fn feed(&self) -> &Feed {
        &self.feed
    }

    /// What was set.
    pub fn options(&self) -> &Options {
        &self.options
    }

    pub(crate) fn uptime(&self) -> Duration {
        self.started.elapsed()
    }
}

/// Reads `after` from a request's query.
///
/// None: the newest. `start`: the oldest held. Else a cursor; empty, twice or malformed is 400.
impl FromRequest for Start {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read_start(request.query_string()).map_err(|wrong| Problem::new(StatusCode::BAD_REQUEST, wrong)))
    }
}

fn read_start(query: &str) -> Result<Start, String> {
    let pairs = Query::<Vec<(String, String)>>::from_query(query).map_err(|error| error.to_string())?;
    let mut given = pairs.iter().filter(|(name, _)| name == "after").map(|(_, value)| value.as_str());

    match (given.next(), given.next()) {
        (None, _) => Ok(Start::Newest),
        (Some(_), Some(_)) => Err("`after` stands twice: send one cursor".to_owned()),
        (Some("start"), None) => Ok(Start::Oldest),
        (Some(cursor), None) => cursor.parse().map(Start::After).map_err(|wrong: BadCursor| wrong.to_string()),
    }
}

/// A reader that counts as open until it is dropped.
#[derive(Debug)]
pub struct Reader {
    follow: Follow,
    sent: u64,
    info: bool,
    seat: Seat,
}

impl Reader {
    /// The next batch; `None` when the server stops or the feed has ended. A dropped wait loses nothing.
    pub async fn next(&mut self) -> Option<Batch> {
        let batch = self.follow.next().await?;
        self.sent += batch.messages.len() as u64;

        Some(batch)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let (client, sent, duration) = (self.seat.client.map(display), self.sent, self.seat.since.elapsed());
        if self.info {
            tracing::info!(client, sent, ?duration, "client left");
        } else {
            tracing::debug!(client, sent, ?duration, "request done");
        }
    }
}

/// One of the places that `--max-clients` limits, given back when it is dropped.
#[derive(Debug)]
struct Seat {
    open: Arc<AtomicUsize>,
    client: Option<SocketAddr>,
    since: Instant,
}

impl Seat {
    fn take(view: &View, client: Option<SocketAddr>) -> Result<Self, Problem> {
        let limit = view.options.max_clients;
        let free = |open| (open < limit).then_some(open + 1);

        match view.open.fetch_update(Ordering::Relaxed, Ordering::Relaxed, free) {
            Ok(_) => Ok(Self { open: Arc::clone(&view.open), client, since: Instant::now() }),
            Err(_) => Err(Problem::unavailable("all places are taken: try again later", FULL_RETRY)),
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Cursor;

    #[test]
    fn after_is_a_cursor_or_start_or_absent_and_stands_once() {
        let cursor = Start::After(Cursor { epoch: 1, seq: 2 });

        assert_eq!(read_start(""), Ok(Start::Newest));
        assert_eq!(read_start("other=1"), Ok(Start::Newest));
        assert_eq!(read_start("after=start"), Ok(Start::Oldest));
        assert_eq!(read_start("after=00000001.2&x"), Ok(cursor));
        assert_eq!(read_start("after=00000001%2E2"), Ok(cursor));
        for wrong in ["after", "after=", "after=1", "after=start&after=start", "after=START", "after=%ff"] {
            assert!(read_start(wrong).is_err(), "{wrong:?}");
        }
    }
}
