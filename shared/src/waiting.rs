//! Who waits for the next message of a feed, and how they are woken: in rounds, by the portion.
//!
//! The readers of one worker are woken together: a round moves their mark, and each reads up to it. A round wakes a few,
//! then lets the worker's other work have its turn, as a publisher's next request; after it there is a rest. It knows
//! nothing of where messages are kept, but how many there are.

mod worker;

use std::{
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, atomic::Ordering::SeqCst},
    task::{Context, Poll},
};

use tokio::runtime::Handle;
use worker::{Log, Worker};

use crate::{
    batch::{BATCH_BYTES, BATCH_MESSAGES, Batch},
    cursor::Cursor,
    stretches::Stretches,
};

/// All that wait for one feed.
#[derive(Debug)]
pub(crate) struct Waiting {
    /// A message weighs at least so much…
    least: u64,
    log: Arc<Log>,
    workers: RwLock<Vec<Arc<Worker>>>,
    /// What was read by those that do not wait.
    polled: Mutex<Stretches>,
}

impl Waiting {
    /// For a log that holds so many messages.
    pub(crate) fn new(history: usize) -> Self {
        let most = BATCH_MESSAGES.min(history / 8).max(1); // or messages would be gone when a slow round is over

        Self {
            least: BATCH_BYTES.div_ceil(most) as u64,
            log: Arc::default(),
            workers: RwLock::default(),
            polled: Mutex::default(),
        }
    }

    /// The newest message, and its bytes: called with the log locked, or two could come in the wrong order.
    pub(crate) fn published(&self, newest: u64, bytes: usize) {
        self.log.weight.fetch_add(self.least.max(bytes as u64), SeqCst);
        self.log.newest.store(newest, SeqCst);
    }

    /// How many have been.
    pub(crate) fn newest(&self) -> u64 {
        self.log.newest.load(SeqCst)
    }

    /// What was read by those that do not wait.
    pub(crate) fn polled(&self) -> MutexGuard<'_, Stretches> {
        self.polled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes who waits, at the pace of each worker; the first round begins at once.
    pub(crate) fn wake(&self) {
        for worker in &*self.workers.read().unwrap_or_else(PoisonError::into_inner) {
            Worker::start(worker);
        }
    }

    /// Wakes all at once, and those that are about to wait: the log has ended, or failed.
    pub(crate) fn alarm(&self) {
        self.polled().clear(); // nobody reads any more what cannot be read
        for worker in &*self.workers.read().unwrap_or_else(PoisonError::into_inner) {
            let mut state = worker.lock();
            state.alarms += 1;
            state.stretches.clear();
            drop(state);
            worker.wake_all();
        }
    }

    /// Somebody who will wait here, in the runtime that runs now.
    pub(crate) fn join(&self) -> Waiter {
        let runtime = Handle::try_current().ok();
        let is_here = |worker: &&Arc<Worker>| worker.id() == runtime.as_ref().map(Handle::id);
        let known = self.workers.read().unwrap_or_else(PoisonError::into_inner).iter().find(is_here).cloned();
        let worker = known.unwrap_or_else(|| self.add(runtime));
        let alarms = worker.lock().alarms;

        Waiter { worker, alarms, slot: None }
    }

    fn add(&self, runtime: Option<Handle>) -> Arc<Worker> {
        let mut workers = self.workers.write().unwrap_or_else(PoisonError::into_inner);
        let worker = Arc::new(Worker::new(runtime, Arc::clone(&self.log)));
        workers.retain(|worker| Arc::strong_count(worker) > 1); // nobody waits there any more
        workers.push(Arc::clone(&worker));

        worker
    }
}

/// One that waits now and then.
#[derive(Debug)]
pub(crate) struct Waiter {
    worker: Arc<Worker>,
    /// Those that it has heard.
    alarms: u64,
    slot: Option<usize>,
}

impl Waiter {
    /// What comes after `place`, where one like this has read it already, up to the same message.
    pub(crate) fn shared(&self, place: Cursor, upto: u64) -> Option<Batch> {
        self.worker.lock().stretches.find(place, upto)
    }

    /// Shares what was read there with others like this.
    pub(crate) fn share(&self, place: Cursor, upto: u64, batch: Batch) -> Batch {
        self.worker.lock().stretches.keep(place, upto, batch)
    }

    /// Up to where to read after `place`, once there is something to read, or an alarm. A dropped wait loses nothing.
    pub(crate) async fn mark(&mut self, place: u64) -> u64 {
        poll_fn(|context| self.poll_mark(place, context)).await
    }

    fn poll_mark(&mut self, place: u64, context: &Context<'_>) -> Poll<u64> {
        let mut state = self.worker.lock();
        if state.mark > place || state.alarms > self.alarms {
            self.alarms = state.alarms;
            return Poll::Ready(state.mark);
        }
        let slot = *self.slot.get_or_insert_with(|| state.take_slot());
        let before = state.slots[slot].replace((place, context.waker().clone()));
        drop(state);
        drop(before); // not under the lock: it may be the last that holds a task, and that a reader

        Poll::Pending
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        let Some(slot) = self.slot else { return };
        let before = self.worker.lock().free_slot(slot);
        drop(before); // as above
    }
}

#[cfg(test)]
mod tests;
