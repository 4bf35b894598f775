//! The one idea: an append-only log of messages, and readers that wait for what comes after a cursor.
//!
//! The log is one bounded ring. A reader holds nothing but its cursor, so memory does not grow with slow readers,
//! and a reader that was away resumes where it was, or is told that it missed some.

use std::{
    collections::VecDeque,
    fmt,
    num::NonZeroUsize,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::Duration,
};

use tokio::{
    runtime::Handle,
    sync::watch,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use crate::{
    clock::unix_millis,
    message::{Cursor, Kind, Message, Text},
};

/// How many messages a feed holds by default.
pub const HISTORY: NonZeroUsize = NonZeroUsize::new(1_000).expect("not zero");
/// A batch has at most this many messages…
pub const BATCH_MESSAGES: usize = 256;
/// …and ends with the message whose JSON takes it past this many bytes.
pub const BATCH_BYTES: usize = 32 * 1_024;
/// Readers are woken at most once in this time, the first at once: a publisher does not queue behind their sweep.
const PACE: Duration = Duration::from_millis(5);

/// A log of messages that many publish to and many read. Clones are the same feed.
#[derive(Clone)]
pub struct Feed {
    inner: Arc<Inner>,
}

struct Inner {
    epoch: u32,
    history: usize,
    /// A lock held for a few lines; many may read at once.
    log: RwLock<Log>,
    /// Wakes readers. The value is only a reason to look at the log.
    wake: watch::Sender<()>,
}

#[derive(Default)]
struct Log {
    ring: VecDeque<Arc<Message>>,
    newest: u64,
    closed: bool,
    woken: Option<Instant>,
    wake_planned: bool,
}

/// Where a reader starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// With the newest message.
    Newest,
    /// With the oldest message held.
    Oldest,
    /// With what comes after a cursor; where the feed no longer knows it, with everything held and a gap.
    After(Cursor),
    /// With everything held and a gap: the reader was somewhere, but nobody can tell where.
    Lost,
}

/// What a reader gets in one go: all that was pending, up to [`BATCH_MESSAGES`] and [`BATCH_BYTES`].
#[derive(Debug)]
pub struct Batch {
    /// Messages are missing before this batch.
    pub gap: bool,
    /// More is pending already.
    pub more: bool,
    /// Where to go on.
    pub next: Cursor,
    /// In order, without a hole.
    pub messages: Vec<Arc<Message>>,
}

impl Batch {
    /// The place before the first message.
    pub fn place(&self) -> Cursor {
        Cursor { seq: self.next.seq - self.messages.len() as u64, ..self.next }
    }

    /// Nothing happened: neither a message nor a gap.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty() && !self.gap
    }
}

/// A feed in figures.
#[derive(Clone, Copy, Debug)]
pub struct Status {
    /// The id of the newest message, or `EPOCH.0`.
    pub newest: Cursor,
    /// How many messages are held.
    pub held: usize,
}

/// The feed takes no more messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unavailable;

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the feed is closed: try again later")
    }
}

impl std::error::Error for Unavailable {}

impl Feed {
    /// A feed of a new epoch that holds the newest `history` messages.
    pub fn new(history: NonZeroUsize) -> Self {
        Self {
            inner: Arc::new(Inner {
                epoch: rand::random(),
                history: history.get(),
                log: RwLock::default(),
                wake: watch::Sender::new(()),
            }),
        }
    }

    /// Appends a message and wakes the readers.
    ///
    /// # Errors
    /// [`Unavailable`] once the feed is closed.
    #[expect(clippy::unused_async, reason = "a feed on another engine waits here, and changes no transport")]
    pub async fn publish(&self, kind: Kind, text: Text) -> Result<Arc<Message>, Unavailable> {
        let mut log = self.inner.write();
        if log.closed {
            return Err(Unavailable);
        }
        log.newest += 1;
        let id = Cursor { epoch: self.inner.epoch, seq: log.newest };
        let message = Message::new(id, unix_millis(), kind, &text);
        if log.ring.len() == self.inner.history {
            log.ring.pop_front();
        }
        log.ring.push_back(Arc::clone(&message));
        self.wake_at_pace(log);

        Ok(message)
    }

    /// What comes after `start` now; [`Batch::is_empty`] if nothing does.
    pub fn since(&self, start: Start) -> Batch {
        let log = self.inner.read();
        let oldest = log.newest - log.ring.len() as u64;
        let (place, gap) = self.inner.locate(&log, start);
        let skipped = usize::try_from(place - oldest).expect("less than the ring holds");
        let messages = take_batch(log.ring.range(skipped..));
        let next = place + messages.len() as u64;

        Batch { gap, more: next < log.newest, next: Cursor { epoch: self.inner.epoch, seq: next }, messages }
    }

    /// Waits for what comes after `start`: the first batch of [`Self::follow`].
    pub async fn after(&self, start: Start, stop: CancellationToken) -> Option<Batch> {
        self.follow(start, stop).next().await
    }

    /// A reader that yields batch after batch until the stop is set or the feed closes.
    ///
    /// It starts where `start` is now, not at its first wait.
    pub fn follow(&self, start: Start, stop: CancellationToken) -> Follow {
        let (seq, gap) = self.inner.locate(&self.inner.read(), start);
        let start = if gap { Start::Lost } else { Start::After(Cursor { epoch: self.inner.epoch, seq }) };

        Follow { feed: self.clone(), start, wake: self.inner.wake.subscribe(), stop }
    }

    /// Takes no more messages; readers end when they have read what is held.
    pub fn close(&self) {
        self.inner.write().closed = true;
        self.inner.wake.send_replace(());
    }

    /// The place before the newest message: a page that starts there shows one message and misses none.
    pub fn before_newest(&self) -> Cursor {
        let newest = self.status().newest;

        Cursor { seq: newest.seq.saturating_sub(1), ..newest }
    }

    /// The feed in figures.
    pub fn status(&self) -> Status {
        let log = self.inner.read();

        Status { newest: Cursor { epoch: self.inner.epoch, seq: log.newest }, held: log.ring.len() }
    }

    fn wake_at_pace(&self, mut log: RwLockWriteGuard<'_, Log>) {
        let now = Instant::now();
        let due = log.woken.map_or(now, |woken| woken + PACE);
        if log.wake_planned {
            return;
        }
        log.wake_planned = true;
        drop(log);

        let wake = Wake(Arc::clone(&self.inner));
        if due > now
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(async move {
                sleep_until(due).await;
                drop(wake);
            });
        }
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").field("status", &self.status()).finish_non_exhaustive()
    }
}

impl Inner {
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

    fn read(&self) -> RwLockReadGuard<'_, Log> {
        self.log.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Log> {
        self.log.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn take_batch<'a>(pending: impl Iterator<Item = &'a Arc<Message>>) -> Vec<Arc<Message>> {
    let mut bytes = 0;

    pending
        .take(BATCH_MESSAGES)
        .take_while(|message| {
            let fits = bytes < BATCH_BYTES;
            bytes += message.json.len();
            fits
        })
        .cloned()
        .collect()
}

/// Wakes the readers when it is dropped: also when the runtime that was to wait ends first.
struct Wake(Arc<Inner>);

impl Drop for Wake {
    fn drop(&mut self) {
        let mut log = self.0.write();
        log.wake_planned = false;
        log.woken = Some(Instant::now());
        drop(log);
        self.0.wake.send_replace(());
    }
}

/// A reader: a cursor, and a way to wait.
#[derive(Debug)]
pub struct Follow {
    feed: Feed,
    start: Start,
    wake: watch::Receiver<()>,
    stop: CancellationToken,
}

impl Follow {
    /// The next batch, as soon as there is one; `None` when the stop is set, or the feed closed and read to its end.
    ///
    /// A dropped wait loses nothing: the place moves only when a batch is handed out.
    pub async fn next(&mut self) -> Option<Batch> {
        while !self.stop.is_cancelled() {
            self.wake.mark_unchanged(); // before the log is read, or a wake-up between the two is lost
            let closed = self.feed.inner.read().closed;
            let batch = self.feed.since(self.start);
            self.start = Start::After(batch.next);
            if !batch.is_empty() {
                return Some(batch);
            }
            if closed {
                return None;
            }
            self.stop.run_until_cancelled(self.wake.changed()).await?.ok()?;
        }
        None
    }
}

#[cfg(test)]
mod tests;
