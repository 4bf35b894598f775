//! Who waits for the next message of a feed, and how they are woken: in rounds, by the portion.
//!
//! The readers of one worker are woken together: a round moves their mark, and each reads up to it. A round wakes a few,
//! then lets the worker's other work have its turn, as a publisher's next request; after it there is a rest. It knows
//! nothing of where messages are kept, but how many there are.

use std::{
    future::poll_fn,
    mem::take,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio::{
    runtime::Handle,
    sync::Notify,
    task::yield_now,
    time::{Instant, timeout},
};

use crate::{
    batch::{BATCH_BYTES, BATCH_MESSAGES, Batch},
    cursor::Cursor,
    stretches::Stretches,
};

/// So many readers are woken before other work has its turn.
const PORTION: usize = 32;
/// After a round its worker rests as long as that took, at least so long: what is published meanwhile leaves together;
const SHORTEST_REST: Duration = Duration::from_millis(5);
/// at most so long, or until a batch is full: then nothing more is spared, and the log moves on.
const LONGEST_REST: Duration = Duration::from_millis(100);

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

        Self { least: BATCH_BYTES.div_ceil(most) as u64, log: Arc::default(), workers: RwLock::default(), polled: Mutex::default() }
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
        let (log, state) = (Arc::clone(&self.log), Mutex::default());
        let worker = Arc::new(Worker { runtime, log, state, full: Notify::new() });
        worker.lock().advance(&self.log);
        workers.retain(|worker| Arc::strong_count(worker) > 1); // nobody waits there any more
        workers.push(Arc::clone(&worker));

        worker
    }
}

/// What must be known of the messages.
#[derive(Debug, Default)]
struct Log {
    newest: AtomicU64,
    /// Of all that were published: with [`BATCH_BYTES`] a batch is full.
    weight: AtomicU64,
}

/// Those of one worker, which is one runtime: they are woken there, and nobody else's turn is put off.
#[derive(Debug)]
struct Worker {
    /// None where readers are driven by something else: they are woken at once.
    runtime: Option<Handle>,
    log: Arc<Log>,
    state: Mutex<State>,
    /// Ends a rest.
    full: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// Up to here who is woken reads: so many share one stretch.
    mark: u64,
    /// What all up to the mark weighs.
    weight: u64,
    /// How often all were woken without a message.
    alarms: u64,
    /// A round goes, or the rest after it.
    busy: bool,
    /// Each that has waited has one: the place after which it waits, and how to wake it, if it does.
    slots: Vec<Option<(u64, Waker)>>,
    free: Vec<usize>,
    /// What they have read in this round.
    stretches: Stretches,
}

impl State {
    /// Moves the mark to the newest message.
    fn advance(&mut self, log: &Log) {
        self.weight = log.weight.load(SeqCst);
        self.mark = log.newest.load(SeqCst);
    }
}

impl Worker {
    fn id(&self) -> Option<tokio::runtime::Id> {
        self.runtime.as_ref().map(Handle::id)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a round, unless one goes: that one will see that there is more, after a rest if it is not much.
    fn start(worker: &Arc<Self>) {
        let mut state = worker.lock();
        if state.busy {
            if worker.log.weight.load(SeqCst) - state.weight >= BATCH_BYTES as u64 {
                worker.full.notify_one();
            }
            return;
        }
        if state.slots.iter().all(Option::is_none) {
            state.advance(&worker.log);
            return;
        }
        state.busy = true;
        drop(state);

        let round = Round { worker: Arc::clone(worker), over: false };
        if let Some(runtime) = &worker.runtime {
            runtime.spawn(round.run());
        }
    }

    /// Wakes a portion of those that wait before the mark, from slot `from` on; gives where to go on, if anywhere.
    fn wake(&self, from: usize) -> Option<usize> {
        let mut state = self.lock();
        let mark = state.mark;
        let mut woken = Vec::with_capacity(PORTION);
        let mut next = from;
        for slot in state.slots.iter_mut().skip(from) {
            if woken.len() == PORTION {
                break;
            }
            next += 1;
            woken.extend(slot.take_if(|(place, _)| *place < mark).map(|(_, waker)| waker));
        }
        let more = next < state.slots.len();
        drop(state); // who is woken may come here
        woken.into_iter().for_each(Waker::wake);

        more.then_some(next)
    }

    fn wake_all(&self) {
        let mut state = self.lock();
        state.advance(&self.log);
        let woken: Vec<_> = state.slots.iter_mut().filter_map(Option::take).collect();
        drop(state);

        woken.into_iter().for_each(|(_, waker)| waker.wake());
    }

    /// Whether something was published since the last round began. If not, the next publication begins one.
    fn has_more(&self) -> bool {
        let mut state = self.lock();
        state.busy = self.log.newest.load(SeqCst) > state.mark;
        if !state.busy {
            state.stretches.clear();
        }

        state.busy
    }
}

/// Rounds until there is nothing more. Dropped before, it wakes all at once: also when its runtime ends first.
struct Round {
    worker: Arc<Worker>,
    over: bool,
}

impl Round {
    async fn run(mut self) {
        while !self.over {
            let began = Instant::now();
            self.worker.lock().advance(&self.worker.log);
            let mut at = Some(0);
            while let Some(from) = at {
                at = self.worker.wake(from);
                yield_now().await;
            }
            let rest = began.elapsed().clamp(SHORTEST_REST, LONGEST_REST);
            timeout(rest, self.worker.full.notified()).await.ok(); // whichever comes first
            self.over = !self.worker.has_more();
        }
    }
}

impl Drop for Round {
    fn drop(&mut self) {
        if !self.over {
            self.worker.lock().busy = false;
            self.worker.wake_all();
        }
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
        let state = &mut *self.worker.lock();
        if state.mark > place || state.alarms > self.alarms {
            self.alarms = state.alarms;
            return Poll::Ready(state.mark);
        }
        let slot = *self.slot.get_or_insert_with(|| {
            state.free.pop().unwrap_or_else(|| {
                state.slots.push(None);
                state.slots.len() - 1
            })
        });
        match &mut state.slots[slot] {
            Some((before, waker)) if waker.will_wake(context.waker()) => *before = place,
            free => *free = Some((place, context.waker().clone())),
        }

        Poll::Pending
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        let Some(slot) = self.slot else { return };
        let mut state = self.worker.lock();
        let waker = take(&mut state.slots[slot]);
        state.free.push(slot);
        drop(state);
        drop(waker); // it may be the last that holds its task, and that a reader
    }
}

#[cfg(test)]
mod tests;
