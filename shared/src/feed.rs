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

#[cfg(any(feature = "store", feature = "redis"))]
use std::io;
#[cfg(feature = "store")]
use std::path::Path;
use std::{
    fmt,
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::time::Instant;

pub use crate::held::HISTORY;
use crate::{
    batch::Batch,
    cursor::Cursor,
    held::{Found, Held, Look},
    keeper::Keeper,
    message::{Entry, Message},
    start::Start,
    unavailable::{NotPublished, Unavailable},
    waiting::Waiter,
};

/// A log of messages that many publish to and many read. Clones are the same feed.
#[derive(Clone)]
pub struct Feed {
    inner: Arc<Inner>,
}

struct Inner {
    /// What readers see.
    held: Arc<Held>,
    history: NonZeroUsize,
    /// What publishers come to.
    keeper: Keeper,
    made: Instant,
    /// When it was last read or written, in milliseconds since it was made.
    used: AtomicU64,
}

/// A feed in figures.
#[derive(Clone, Copy, Debug)]
pub struct Status {
    /// The id of the newest message, or `EPOCH.0`.
    pub newest: Cursor,
    /// How many messages are held.
    pub held: usize,
    /// Whether what keeps it, a file or Redis, takes messages, as far as is known. If not, what is held can be read. None where it is in
    /// memory.
    pub reachable: Option<bool>,
    /// For how long the history lasts at the rate of late: who is away for longer is told a gap. None until it is full.
    pub lasts: Option<Duration>,
}

impl Feed {
    /// A feed of a new epoch that holds the newest `history` messages, in memory alone.
    pub fn new(history: NonZeroUsize) -> Self {
        Self::of(Arc::new(Held::new(rand::random(), 0, history.get())), history, Keeper::memory())
    }

    /// A feed that is kept in a file: the one that is there goes on, in its epoch, or a new one begins.
    ///
    /// # Errors
    /// One line that says why the file cannot be used.
    #[cfg(feature = "store")]
    pub fn stored(file: &Path, settings: crate::store::Settings) -> io::Result<Self> {
        let (held, store) = crate::store::Store::open(file, settings)?;

        Ok(Self::of(held, settings.history, Keeper::Stored(store)))
    }

    /// A feed that other processes have, too, in Redis at `redis://HOST:PORT`: what one publishes all read, with the same ids.
    ///
    /// It is read by a task of the runtime in which this is called, until the feed is dropped, or that runtime.
    ///
    /// # Errors
    /// One line that says why Redis cannot be used.
    #[cfg(feature = "redis")]
    pub async fn shared(url: &str, settings: crate::redis::Settings) -> io::Result<Self> {
        let history = settings.history;
        let (held, redis) = crate::redis::Redis::open(url, settings).await?;

        Ok(Self::of(held, history, Keeper::Shared(Box::new(redis))))
    }

    /// Of what is held, and what keeps it.
    pub(crate) fn of(held: Arc<Held>, history: NonZeroUsize, keeper: Keeper) -> Self {
        Self { inner: Arc::new(Inner { held, history, keeper, made: Instant::now(), used: AtomicU64::new(0) }) }
    }

    /// Appends a message and wakes the readers. An entry whose key is known already is not published again: it is the message
    /// that it was.
    ///
    /// # Errors
    /// [`NotPublished::Unavailable`] once the feed is closed, or when what keeps it cannot keep the message. Where its answer was lost, or its
    /// disk failed in the middle, it may be published all the same: a key makes it safe to try again. So does a call that is dropped.
    /// [`NotPublished::KeyReused`] where the key had another text.
    pub async fn publish(&self, entry: Entry) -> Result<Arc<Message>, NotPublished> {
        self.touch();

        self.inner.keeper.publish(&self.inner.held, entry).await
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
        let newest = self.inner.held.waiting.newest();
        if let Some(batch) = self.inner.held.waiting.polled().find(place, newest) {
            return Ok(batch);
        }
        self.inner.keeper.hear_of(&self.inner.held, start).await?;
        let Look { batch, .. } = self.look(start, newest).await?;

        Ok(self.inner.held.waiting.polled().keep(place, newest, batch))
    }

    /// The same, but nothing after the message `upto`, and whether anything can come after it.
    pub(crate) async fn look(&self, start: Start, upto: u64) -> Result<Look, Unavailable> {
        loop {
            let older = match self.inner.held.look(start, upto)? {
                Found::Here(look) => return Ok(look),
                Found::Older(older) => older,
            };
            let messages = self.inner.keeper.older(older.place).await?;
            if let Some(look) = older.with(&messages) {
                return Ok(look);
            }
        }
    }

    /// The place that `start` means now, and whether messages are missing before it.
    pub(crate) async fn locate(&self, start: Start) -> Result<(Cursor, bool), Unavailable> {
        self.inner.keeper.hear_of(&self.inner.held, start).await?;

        self.inner.held.locate(start)
    }

    /// What it is to wait for more.
    pub(crate) fn waiter(&self) -> Waiter {
        self.inner.held.waiting.join()
    }

    /// Takes no more messages; readers end when they have read what is held.
    pub fn close(&self) {
        self.inner.held.close();
    }

    /// Closes it, and waits until all is kept: the end of a process that kept it elsewhere than in memory.
    pub async fn end(&self) {
        self.close();
        self.inner.keeper.end().await;
    }

    /// From now on it can neither be read nor published to, as one that is kept where something failed.
    #[cfg(feature = "testing")]
    pub fn fail(&self) {
        self.inner.held.fail();
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
        let (newest, held) = self.inner.held.extent()?;

        let lasts = self.inner.held.lasts(self.inner.history.get() as u64);
        let held = held.try_into().unwrap_or(usize::MAX);

        Ok(Status { newest, held, reachable: self.inner.keeper.is_there(), lasts })
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
        f.debug_struct("Feed").field("newest", &self.inner.held.extent().ok()).finish_non_exhaustive()
    }
}

impl Inner {
    /// In milliseconds.
    fn age(&self) -> u64 {
        self.made.elapsed().as_millis().try_into().unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests;
