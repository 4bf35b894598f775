//! The one idea: an append-only log of messages, in which a reader holds nothing but its place.
//!
//! The log is one bounded ring, so memory does not grow with slow readers, and a reader that was away resumes where it
//! was, or is told that it missed some. Others call such a log a *stream* (Redis) or a *topic* (Kafka).
//!
//! ```
//! # #[actix_web::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use serde_json::json;
//! use shared::{Entry, Feed, Start, feed::HISTORY};
//!
//! let feed = Feed::new(HISTORY);
//! let seen = feed.publish(Entry::new(&json!({ "text": "one" }))?).await?.id;
//! feed.publish(Entry::new(&json!({ "text": "two" }))?).await?;
//!
//! let batch = feed.since(Start::After(seen)).await?;
//! assert!(batch.messages[0].json.contains("two"));
//! assert!(feed.since(Start::After(batch.next)).await?.is_empty());
//! # Ok(()) }
//! ```

use std::{
    collections::VecDeque,
    fmt,
    num::NonZeroUsize,
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::time::Instant;

use crate::{
    batch::{Batch, take_batch},
    cursor::Cursor,
    key::{Digest, Keys},
    message::{Entry, Message},
    start::Start,
    unavailable::{NotPublished, Unavailable},
    waiting::{Waiter, Waiting},
};

/// How many messages a feed holds by default.
pub const HISTORY: NonZeroUsize = NonZeroUsize::new(1_000).expect("not zero");

/// A log of messages that many publish to and many read. Clones are the same feed.
#[derive(Clone)]
pub struct Feed {
    inner: Arc<Inner>,
}

struct Inner {
    epoch: u32,
    history: usize,
    /// Of entries with a key.
    digest: Digest,
    /// A lock held for a few lines; many may read at once.
    log: RwLock<Log>,
    /// Who waits for more.
    waiting: Waiting,
    made: Instant,
    /// When it was last read or written, in milliseconds since it was made.
    used: AtomicU64,
}

#[derive(Default)]
struct Log {
    ring: VecDeque<Arc<Message>>,
    newest: u64,
    /// Of what was published with one.
    keys: Keys,
    closed: bool,
    /// Set by a test, in the place of a file or another process that fails.
    broken: bool,
}

/// A feed in figures.
#[derive(Clone, Copy, Debug)]
pub struct Status {
    /// The id of the newest message, or `EPOCH.0`.
    pub newest: Cursor,
    /// How many messages are held.
    pub held: usize,
}

/// What a reader finds in the log.
pub(crate) struct Look {
    pub(crate) batch: Batch,
    /// How many messages had been published.
    pub(crate) newest: u64,
    /// Nothing will come after what is held.
    pub(crate) closed: bool,
}

impl Feed {
    /// A feed of a new epoch that holds the newest `history` messages.
    pub fn new(history: NonZeroUsize) -> Self {
        Self {
            inner: Arc::new(Inner {
                epoch: rand::random(),
                history: history.get(),
                digest: Digest::default(),
                log: RwLock::default(),
                waiting: Waiting::new(history.get()),
                made: Instant::now(),
                used: AtomicU64::new(0),
            }),
        }
    }

    /// Appends a message and wakes the readers. An entry whose key is known already is not published again: it is the message
    /// that it was.
    ///
    /// # Errors
    /// [`NotPublished::Unavailable`] once the feed is closed, [`NotPublished::KeyReused`] where the key had another text.
    #[expect(clippy::unused_async, reason = "a feed on another engine waits here, and changes no transport")]
    pub async fn publish(&self, entry: Entry) -> Result<Arc<Message>, NotPublished> {
        self.touch();
        let key = entry.key.clone().map(|key| (key, self.inner.digest.of((&entry.json, &entry.event))));
        let place = |seq| Cursor { epoch: self.inner.epoch, seq };
        let mut log = self.inner.write();
        if log.closed || log.broken {
            return Err(Unavailable.into());
        }
        if let Some((key, digest)) = &key
            && let Some(known) = log.keys.find(key, *digest).map_err(|_reused| NotPublished::KeyReused)?
        {
            return Ok(entry.placed(place(known.seq), known.at));
        }
        log.newest += 1;
        let (seq, at) = (log.newest, unix_millis());
        if let Some((key, digest)) = key {
            log.keys.add(key, digest, seq, at);
        }
        let message = entry.placed(place(seq), at);
        if log.ring.len() == self.inner.history {
            log.ring.pop_front();
        }
        log.ring.push_back(Arc::clone(&message));
        self.inner.waiting.published(seq, message.json.len());
        drop(log);
        self.inner.waiting.wake();

        Ok(message)
    }

    /// What comes after `start` now; [`Batch::is_empty`] if nothing does.
    ///
    /// # Errors
    /// [`Unavailable`] when the log cannot be read.
    pub async fn since(&self, start: Start) -> Result<Batch, Unavailable> {
        self.touch();
        let Start::After(place) = start else {
            return self.look(start, u64::MAX).await.map(|look| look.batch);
        };
        let newest = self.inner.waiting.newest();
        if let Some(batch) = self.inner.waiting.polled().find(place, newest) {
            return Ok(batch);
        }
        let Look { batch, .. } = self.look(start, newest).await?;

        Ok(self.inner.waiting.polled().keep(place, newest, batch))
    }

    /// The same, but nothing after the message `upto`, and whether anything can come after it.
    #[expect(clippy::unused_async, reason = "a feed on another engine waits here, and changes no transport")]
    pub(crate) async fn look(&self, start: Start, upto: u64) -> Result<Look, Unavailable> {
        let log = self.inner.readable()?;
        let oldest = log.newest - log.ring.len() as u64;
        let (place, gap) = self.inner.locate(&log, start);
        let until = upto.clamp(place, log.newest);
        let at = |seq| usize::try_from(seq - oldest).expect("less than the ring holds");
        let messages = take_batch(log.ring.range(at(place)..at(until)));
        let seq = place + messages.len() as u64;
        let next = Cursor { epoch: self.inner.epoch, seq };

        let batch = Batch { gap, more: seq < until, next, messages, encoded: None };

        Ok(Look { batch, newest: log.newest, closed: log.closed })
    }

    /// The place that `start` means now, and whether messages are missing before it.
    #[expect(clippy::unused_async, reason = "a feed on another engine waits here, and changes no transport")]
    pub(crate) async fn locate(&self, start: Start) -> Result<(Cursor, bool), Unavailable> {
        let (seq, gap) = self.inner.locate(&*self.inner.readable()?, start);

        Ok((Cursor { epoch: self.inner.epoch, seq }, gap))
    }

    /// What it is to wait for more.
    pub(crate) fn waiter(&self) -> Waiter {
        self.inner.waiting.join()
    }

    /// Takes no more messages; readers end when they have read what is held.
    pub fn close(&self) {
        self.inner.write().closed = true;
        self.inner.waiting.alarm();
    }

    /// From now on it can neither be read nor published to, as one that is kept where something failed.
    #[cfg(feature = "testing")]
    pub fn fail(&self) {
        self.inner.write().broken = true;
        self.inner.waiting.alarm();
    }

    /// The place before the newest message: a page that starts there shows one message and misses none.
    ///
    /// # Errors
    /// [`Unavailable`] when the log cannot be read.
    pub async fn before_newest(&self) -> Result<Cursor, Unavailable> {
        self.locate(Start::Newest).await.map(|(place, _no_gap)| place)
    }

    /// The feed in figures.
    ///
    /// # Errors
    /// [`Unavailable`] when the log cannot be read.
    #[expect(clippy::unused_async, reason = "a feed on another engine waits here, and changes no transport")]
    pub async fn status(&self) -> Result<Status, Unavailable> {
        let log = self.inner.readable()?;

        Ok(Status { newest: Cursor { epoch: self.inner.epoch, seq: log.newest }, held: log.ring.len() })
    }

    /// It is used now.
    pub(crate) fn touch(&self) {
        self.inner.used.store(self.inner.age(), Relaxed);
    }

    /// For how long nobody has read or written; a reader counts when it ends.
    pub(crate) fn idle(&self) -> Duration {
        Duration::from_millis(self.inner.age().saturating_sub(self.inner.used.load(Relaxed)))
    }

    /// Whether somebody else has this feed in hand.
    pub(crate) fn is_shared(&self) -> bool {
        Arc::strong_count(&self.inner) > 1
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").field("epoch", &self.inner.epoch).finish_non_exhaustive()
    }
}

impl Inner {
    /// In milliseconds.
    fn age(&self) -> u64 {
        self.made.elapsed().as_millis().try_into().unwrap_or(u64::MAX)
    }

    /// The place that `start` means, and whether messages are missing before it.
    fn locate(&self, log: &Log, start: Start) -> (u64, bool) {
        let oldest = log.newest - log.ring.len() as u64;

        match start {
            Start::Newest => (log.newest.saturating_sub(1).max(oldest), false),
            Start::Oldest => (oldest, false),
            Start::Lost => (oldest, true),
            Start::After(Cursor { epoch, seq }) => {
                let known = epoch == self.epoch && (oldest..=log.newest).contains(&seq);
                (if known { seq } else { oldest }, !known)
            }
        }
    }

    fn readable(&self) -> Result<RwLockReadGuard<'_, Log>, Unavailable> {
        let log = self.log.read().unwrap_or_else(PoisonError::into_inner);

        if log.broken { Err(Unavailable) } else { Ok(log) }
    }

    fn write(&self) -> RwLockWriteGuard<'_, Log> {
        self.log.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Milliseconds since 1970 began, in UTC.
fn unix_millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();

    since.as_millis().try_into().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
