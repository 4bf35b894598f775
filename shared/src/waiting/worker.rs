//! The readers of one worker, and the rounds in which they are woken.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    task::Waker,
    time::Duration,
};

use tokio::{
    runtime::{Handle, Id},
    sync::Notify,
    task::yield_now,
    time::{Instant, timeout},
};

use crate::{batch::BATCH_BYTES, stretches::Stretches};

/// So many readers are woken before other work has its turn.
pub(super) const PORTION: usize = 32;
/// After a round its worker rests as long as that took, at least so long: what is published meanwhile leaves together;
pub(super) const SHORTEST_REST: Duration = Duration::from_millis(5);
/// at most so long, or until a batch is full: then nothing more is spared, and the log moves on.
pub(super) const LONGEST_REST: Duration = Duration::from_millis(100);

/// What must be known of the messages.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) newest: AtomicU64,
    /// Of all that were published: with [`BATCH_BYTES`] a batch is full.
    pub(super) weight: AtomicU64,
}

/// Those of one worker, which is one runtime: they are woken there, and nobody else's turn is put off.
#[derive(Debug)]
pub(super) struct Worker {
    /// None where readers are driven by something else: they are woken at once.
    runtime: Option<Handle>,
    log: Arc<Log>,
    state: Mutex<State>,
    /// Ends a rest.
    full: Notify,
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// Up to here who is woken reads: so many share one stretch.
    pub(super) mark: u64,
    /// What all up to the mark weighs.
    weight: u64,
    /// How often all were woken without a message.
    pub(super) alarms: u64,
    /// A round goes, or the rest after it.
    busy: bool,
    /// Each that has waited has one: the place after which it waits, and how to wake it, if it does.
    pub(super) slots: Vec<Option<(u64, Waker)>>,
    free: Vec<usize>,
    /// What they have read in this round.
    pub(super) stretches: Stretches,
}

impl State {
    /// Moves the mark to the newest message.
    fn advance(&mut self, log: &Log) {
        self.weight = log.weight.load(SeqCst);
        self.mark = log.newest.load(SeqCst);
    }

    /// A slot for one that waits.
    pub(super) fn take_slot(&mut self) -> usize {
        self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        })
    }

    /// Gives it back.
    pub(super) fn free_slot(&mut self, slot: usize) -> Option<(u64, Waker)> {
        self.free.push(slot);

        self.slots[slot].take()
    }
}

impl Worker {
    /// Nobody waits yet.
    pub(super) fn new(runtime: Option<Handle>, log: Arc<Log>) -> Self {
        let mut state = State::default();
        state.advance(&log);

        Self { runtime, log, state: Mutex::new(state), full: Notify::new() }
    }

    /// The runtime's.
    pub(super) fn id(&self) -> Option<Id> {
        self.runtime.as_ref().map(Handle::id)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a round, unless one goes: that one will see that there is more, after a rest if it is not much.
    pub(super) fn start(worker: &Arc<Self>) {
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

    /// Wakes all at once.
    pub(super) fn wake_all(&self) {
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
