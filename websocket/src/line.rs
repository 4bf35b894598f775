//! Between the conversation and the response's body: what is to go out, and how much of it waits.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    task::Waker,
    time::Duration,
};

use actix_web::web::Bytes;
use tokio::{
    sync::Notify,
    time::{Instant, timeout},
};

use super::life::Life;

/// So many bytes may wait for the client before more are taken.
const MOST_WAITING: usize = 64 * 1_024;
/// What leaves after so long was held up by the client, which has taken bytes now. Sooner, it may have left into a buffer.
const HELD_UP: Duration = Duration::from_millis(100);

/// The client takes nothing any more, or is gone.
#[derive(Debug)]
pub(crate) struct Gone;

/// What goes out next.
#[derive(Debug, PartialEq)]
pub(crate) enum Due {
    /// Whole frames.
    Frames(Bytes),
    /// The next frame of actix-ws.
    Message,
}

/// Holds what is due in the order in which it was sent.
pub(crate) struct Line {
    due: RefCell<VecDeque<Due>>,
    /// How many bytes wait.
    waiting: Cell<usize>,
    /// Since when the first of them waits, or since some have left.
    since: Cell<Instant>,
    /// Some have left where too many waited.
    room: Notify,
    /// The body waits for more.
    body: Cell<Option<Waker>>,
    /// The conversation is over: nothing comes in.
    closed: Cell<bool>,
    /// The body is gone, or a Close has left: nothing goes out.
    ended: Cell<bool>,
    life: Life,
}

impl Line {
    /// An empty one.
    pub(crate) fn new(life: Life) -> Self {
        Self {
            due: RefCell::default(),
            waiting: Cell::new(0),
            since: Cell::new(Instant::now()),
            room: Notify::new(),
            body: Cell::new(None),
            closed: Cell::new(false),
            ended: Cell::new(false),
            life,
        }
    }

    /// Waits until little enough is under way, and adds so many bytes to it; gives up where nothing leaves for so long.
    pub(crate) async fn reserve(&self, bytes: usize, patience: Duration) -> Result<(), Gone> {
        while self.waiting.get() >= MOST_WAITING {
            timeout(patience, self.room.notified()).await.map_err(|_stalled| Gone)?;
        }
        if self.waiting.get() == 0 {
            self.since.set(Instant::now());
        }
        self.waiting.set(self.waiting.get() + bytes);

        Ok(())
    }

    /// Adds what was reserved, unless nothing goes out any more.
    pub(crate) fn push(&self, due: Due) -> Result<(), Gone> {
        if self.ended.get() {
            return Err(Gone);
        }
        self.due.borrow_mut().push_back(due);
        self.wake();

        Ok(())
    }

    /// Whether the next is a frame of actix-ws.
    pub(crate) fn message_is_due(&self) -> bool {
        self.due.borrow().front() == Some(&Due::Message)
    }

    /// Takes what is next.
    pub(crate) fn pop(&self) -> Option<Due> {
        self.due.borrow_mut().pop_front()
    }

    /// So many bytes have left.
    pub(crate) fn leave(&self, bytes: usize) {
        let now = Instant::now();
        if now - self.since.replace(now) >= HELD_UP {
            self.life.sign();
        }
        let waiting = self.waiting.get();
        self.waiting.set(waiting.saturating_sub(bytes));
        if waiting >= MOST_WAITING {
            self.room.notify_one();
        }
    }

    /// Wakes the body when there is more, or all has come: `false` where it has come already.
    pub(crate) fn more_may_come(&self, body: &Waker) -> bool {
        self.body.set(Some(body.clone()));

        !self.closed.get()
    }

    /// Nothing comes in any more: what waits still goes out.
    pub(crate) fn close(&self) {
        self.closed.set(true);
        self.wake();
    }

    /// Nothing goes out any more: what waits is dropped.
    pub(crate) fn end(&self) {
        self.ended.set(true);
        self.due.take();
        self.waiting.set(0);
        self.room.notify_one();
    }

    fn wake(&self) {
        if let Some(body) = self.body.take() {
            body.wake();
        }
    }
}

#[cfg(test)]
#[path = "line_tests.rs"] // the files of a way lie flat
mod tests;
