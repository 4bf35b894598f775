//! What of a feed is in memory: its newest messages, in a ring, and who waits for more.
//!
//! Whatever keeps a feed appends here, and each reader reads here; only what is older is asked of the keeper.

use std::{
    collections::VecDeque,
    num::NonZeroUsize,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::Duration,
};

use crate::{
    batch::{Batch, take_batch},
    cursor::Cursor,
    message::Message,
    start::Start,
    unavailable::Unavailable,
    waiting::Waiting,
};

/// How many messages a feed holds by default.
pub const HISTORY: NonZeroUsize = NonZeroUsize::new(1_000).expect("not zero");

/// The newest messages, and their readers.
#[derive(Debug)]
pub(crate) struct Held {
    /// So many are in memory at most.
    most: usize,
    /// A lock held for a few lines; many may read at once.
    log: RwLock<Log>,
    /// Who waits for more.
    pub(crate) waiting: Waiting,
}

#[derive(Debug)]
struct Log {
    epoch: u32,
    ring: VecDeque<Arc<Message>>,
    newest: u64,
    /// The place before the oldest message that is kept anywhere.
    oldest: u64,
    /// What comes after this place is kept elsewhere still, for who was there: not more than the history is promised, but who reads the
    /// oldest of it must not be overtaken. Never after `oldest`.
    kept: u64,
    /// The newest message that was heard of; it may be still on its way here.
    heard: u64,
    closed: bool,
    /// It cannot be read.
    broken: bool,
}

/// What a reader finds.
#[derive(Debug)]
pub(crate) enum Found {
    Here(Look),
    /// What comes after the place is not in memory. Here is what is known of the rest.
    Older(Older),
}

/// What a reader finds in the log.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) batch: Batch,
    /// How many messages had been published.
    pub(crate) newest: u64,
    /// Nothing will come after what is held.
    pub(crate) closed: bool,
}

/// Where to read what is kept elsewhere.
#[derive(Debug)]
pub(crate) struct Older {
    pub(crate) place: Cursor,
    gap: bool,
    until: u64,
    newest: u64,
}

impl Older {
    /// With what was read after the place. None where that is no longer kept.
    pub(crate) fn with(self, messages: &[Arc<Message>]) -> Option<Look> {
        let Self { place, gap, until, newest } = self;
        if messages.first()?.id != (Cursor { seq: place.seq + 1, ..place }) {
            return None;
        }
        let messages = take_batch(messages.iter().take_while(|message| message.id.seq <= until));
        let next = Cursor { seq: place.seq + messages.len() as u64, ..place };
        let batch = Batch { gap, more: next.seq < until, next, messages, encoded: None };

        Some(Look { batch, newest, closed: false }) // there is more: the end is in memory
    }
}

impl Held {
    /// Nothing yet, in this epoch; the newest message that was is `newest`.
    pub(crate) fn new(epoch: u32, newest: u64, most: usize) -> Self {
        let log = Log {
            epoch,
            ring: VecDeque::new(),
            newest,
            oldest: newest,
            kept: newest,
            heard: newest,
            closed: false,
            broken: false,
        };
        let waiting = Waiting::new(most);
        waiting.published(newest, 0);

        Self { most, log: RwLock::new(log), waiting }
    }

    /// Appends what `make` makes of the next place, and wakes the readers.
    pub(crate) fn publish(&self, make: impl FnOnce(Cursor) -> Arc<Message>) -> Result<Arc<Message>, Unavailable> {
        let mut log = self.write();
        if log.closed || log.broken {
            return Err(Unavailable);
        }
        let message = make(Cursor { epoch: log.epoch, seq: log.newest + 1 });
        self.push(&mut log, Arc::clone(&message));
        log.oldest = log.newest - log.ring.len() as u64;
        log.kept = log.oldest;
        drop(log);
        self.waiting.wake();

        Ok(message)
    }

    fn push(&self, log: &mut Log, message: Arc<Message>) {
        if log.ring.len() == self.most {
            log.ring.pop_front();
        }
        log.newest = message.id.seq;
        self.waiting.published(log.newest, message.json.len());
        log.ring.push_back(message);
    }

    /// What comes after `start`, but nothing after the message `upto`, and whether anything can come after it.
    pub(crate) fn look(&self, start: Start, upto: u64) -> Result<Found, Unavailable> {
        let log = self.readable()?;
        let (seq, gap) = log.locate(start);
        let place = Cursor { epoch: log.epoch, seq };
        let until = upto.min(log.newest).max(seq);
        let newest = log.newest;
        let Some(from) = log.at(seq.min(newest)) else { return Ok(Found::Older(Older { place, gap, until, newest })) };
        let messages = take_batch(log.ring.range(from..log.at(until.min(newest)).unwrap_or(from)));
        let next = Cursor { seq: seq + messages.len() as u64, ..place };
        let batch = Batch { gap, more: next.seq < until, next, messages, encoded: None };

        Ok(Found::Here(Look { batch, newest, closed: log.closed }))
    }

    /// The place that `start` means now, and whether messages are missing before it.
    pub(crate) fn locate(&self, start: Start) -> Result<(Cursor, bool), Unavailable> {
        let log = self.readable()?;
        let (seq, gap) = log.locate(start);

        Ok((Cursor { epoch: log.epoch, seq }, gap))
    }

    /// The newest place, and how many messages are kept.
    pub(crate) fn extent(&self) -> Result<(Cursor, u64), Unavailable> {
        let log = self.readable()?;

        Ok((Cursor { epoch: log.epoch, seq: log.newest }, log.newest - log.oldest))
    }

    /// For how long so many messages last, at the rate of what is in memory. None while that is not known: so many are not
    /// there yet, or all came at once.
    pub(crate) fn lasts(&self, history: u64) -> Option<Duration> {
        let log = self.log.read().unwrap_or_else(PoisonError::into_inner);
        let (first, last) = (log.ring.front()?, log.ring.back()?);
        let between = last.at.checked_sub(first.at).filter(|between| *between > 0)?;
        let lasts = u128::from(between) * u128::from(history) / log.ring.len() as u128;

        (log.newest - log.oldest == history).then(|| Duration::from_millis(lasts.try_into().unwrap_or(u64::MAX)))
    }

    /// Nothing more is appended. Readers read to the end.
    pub(crate) fn close(&self) {
        self.write().closed = true;
        self.waiting.alarm();
    }

    /// It can be read no more.
    #[cfg(any(feature = "testing", feature = "store"))]
    pub(crate) fn fail(&self) {
        self.write().broken = true;
        self.waiting.alarm();
    }

    fn readable(&self) -> Result<RwLockReadGuard<'_, Log>, Unavailable> {
        let log = self.log.read().unwrap_or_else(PoisonError::into_inner);

        if log.broken { Err(Unavailable) } else { Ok(log) }
    }

    fn write(&self) -> RwLockWriteGuard<'_, Log> {
        self.log.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For who keeps a feed elsewhere: here is what its readers see.
#[cfg(any(feature = "store", feature = "redis"))]
impl Held {
    /// How many are here at most.
    pub(crate) fn most(&self) -> usize {
        self.most
    }

    /// Appends what was kept, in order, and wakes the readers. The history begins after the place `oldest`, and what is kept for those who
    /// are there after `kept`.
    #[cfg(feature = "store")]
    pub(crate) fn append(&self, messages: impl IntoIterator<Item = Arc<Message>>, oldest: u64, kept: u64) {
        let mut log = self.write();
        for message in messages {
            self.push(&mut log, message);
        }
        log.oldest = oldest.min(log.newest - log.ring.len() as u64);
        log.kept = kept.min(log.oldest);
        drop(log);
        self.waiting.wake();
    }

    /// Whether it takes messages.
    ///
    /// # Errors
    /// It is closed, or broken.
    pub(crate) fn check_open(&self) -> Result<(), Unavailable> {
        let log = self.readable()?;

        if log.closed { Err(Unavailable) } else { Ok(()) }
    }
}

/// For who shares a feed with other processes.
#[cfg(feature = "redis")]
impl Held {
    /// The place of the newest message that is here, and that message.
    pub(crate) fn newest(&self) -> (Cursor, Option<Arc<Message>>) {
        let log = self.log.read().unwrap_or_else(PoisonError::into_inner);

        (Cursor { epoch: log.epoch, seq: log.newest }, log.ring.back().cloned())
    }

    /// Begins anew after this place, with these messages: readers of another epoch, or of what is no longer there, are told a gap.
    pub(crate) fn begin(&self, place: Cursor, messages: impl IntoIterator<Item = Arc<Message>>) {
        let mut log = self.write();
        log.ring.clear();
        (log.epoch, log.newest, log.heard) = (place.epoch, place.seq, place.seq);
        self.waiting.published(place.seq, 0);
        for message in messages {
            self.push(&mut log, message);
        }
        log.oldest = log.newest - log.ring.len() as u64;
        log.kept = log.oldest;
        drop(log);
        self.waiting.alarm();
    }

    /// Appends those that come next, in order: whoever hears of a message first, its publisher or who follows, brings it. Whether the last of
    /// them is here then.
    pub(crate) fn append_next(&self, messages: impl IntoIterator<Item = Arc<Message>>) -> bool {
        let mut log = self.write();
        let mut is_here = true;
        for message in messages {
            let id = message.id;
            if id == (Cursor { epoch: log.epoch, seq: log.newest + 1 }) {
                self.push(&mut log, message);
            }
            is_here = id.epoch == log.epoch && id.seq <= log.newest;
        }
        log.oldest = log.newest - log.ring.len() as u64;
        log.kept = log.oldest;
        drop(log);
        self.waiting.wake();

        is_here
    }

    /// Another process has published it: a cursor may be there already.
    pub(crate) fn hears(&self, cursor: Cursor) {
        let mut log = self.write();
        if log.epoch == cursor.epoch {
            log.heard = log.heard.max(cursor.seq);
        }
    }

    /// Whether a reader claims to be beyond all that was heard of, or in an epoch that this is not.
    pub(crate) fn is_beyond(&self, start: Start) -> Option<Cursor> {
        let Start::After(cursor) = start else { return None };
        let log = self.log.read().unwrap_or_else(PoisonError::into_inner);

        (cursor.epoch != log.epoch || cursor.seq > log.newest.max(log.heard)).then_some(cursor)
    }
}

impl Log {
    /// The place that `start` means, and whether messages are missing before it.
    fn locate(&self, start: Start) -> (u64, bool) {
        let oldest = self.oldest;

        match start {
            Start::Newest => (self.newest.saturating_sub(1).max(oldest), false),
            Start::Oldest => (oldest, false),
            Start::Lost => (oldest, true),
            Start::After(Cursor { epoch, seq }) => {
                let known = epoch == self.epoch && (self.kept..=self.newest.max(self.heard)).contains(&seq);
                (if known { seq } else { oldest }, !known)
            }
        }
    }

    /// Where in the ring what comes after this place begins, if it is there.
    fn at(&self, seq: u64) -> Option<usize> {
        let before = self.newest - self.ring.len() as u64;

        usize::try_from(seq.checked_sub(before)?).ok().filter(|at| *at <= self.ring.len())
    }
}
