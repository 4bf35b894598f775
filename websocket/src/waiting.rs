//! What is under way to the client, and how much of it waits.

use std::{
    cell::{Cell, RefCell},
    task::{Context, Poll, ready},
    time::Duration,
};

use actix_web::web::Bytes;
use actix_ws::CloseCode;
use futures_util::{StreamExt as _, stream::LocalBoxStream};
use tokio::{
    sync::Notify,
    time::{Instant, timeout},
};

use super::life::Life;

/// So many bytes may wait for the client before more are taken; actix-ws by itself would queue 32 messages of any size.
const MOST_WAITING: usize = 64 * 1_024;
/// What leaves after so long was held up by the client, which has taken bytes now. Sooner, it may have left into a buffer.
const HELD_UP: Duration = Duration::from_millis(100);

/// Whole frames, the same for many clients; at their end, why the session is closed.
pub(crate) type Frames = LocalBoxStream<'static, Result<Bytes, CloseCode>>;

/// The client takes nothing any more, or is gone.
#[derive(Debug)]
pub(crate) struct Gone;

/// What the session and the body know of each other.
pub(crate) struct Waiting {
    /// How many bytes wait.
    bytes: Cell<usize>,
    /// Since when the body is not asked for more, although it had some: the client has not taken them.
    held: Cell<Option<Instant>>,
    /// Some have left.
    left: Notify,
    frames: RefCell<Option<Frames>>,
    /// Why they have ended.
    end: Cell<Option<CloseCode>>,
    ended: Notify,
    life: Life,
}

impl Waiting {
    /// Nothing waits yet.
    pub(crate) fn new(frames: Frames, life: Life) -> Self {
        Self {
            bytes: Cell::new(0),
            held: Cell::new(None),
            left: Notify::new(),
            frames: RefCell::new(Some(frames)),
            end: Cell::new(None),
            ended: Notify::new(),
            life,
        }
    }

    /// So many wait more.
    pub(crate) fn add(&self, bytes: usize) {
        self.bytes.set(self.bytes.get() + bytes);
    }

    /// So many leave. More are asked for at once, unless the client does not take them.
    pub(crate) fn leave(&self, bytes: usize) {
        let waiting = self.bytes.get();
        self.bytes.set(waiting.saturating_sub(bytes));
        self.held.set(Some(Instant::now()));
        if waiting >= MOST_WAITING {
            self.left.notify_one();
        }
    }

    /// The body is asked for more.
    pub(crate) fn asked(&self) {
        if self.held.take().is_some_and(|since| since.elapsed() >= HELD_UP) {
            self.life.sign();
        }
    }

    /// The next frames, if any are to come. Their reader keeps its seat after their end: the client is still to be told.
    pub(crate) fn poll_frames(&self, cx: &mut Context<'_>) -> Poll<Bytes> {
        let mut frames = self.frames.borrow_mut();
        let Some(frames) = frames.as_mut().filter(|_| self.end.get().is_none()) else {
            return Poll::Pending;
        };
        match ready!(frames.poll_next_unpin(cx)) {
            Some(Ok(frames)) => {
                self.add(frames.len());
                return Poll::Ready(frames);
            }
            Some(Err(code)) => self.end.set(Some(code)),
            None => self.end.set(Some(CloseCode::Away)), // without a reason of its own
        }
        self.ended.notify_one();

        Poll::Pending
    }

    /// Nothing leaves any more.
    pub(crate) fn clear(&self) {
        self.bytes.set(0);
        self.left.notify_one();
    }

    /// Waits until little enough is under way, and adds so many bytes to it; gives up where nothing leaves for so long.
    pub(crate) async fn reserve(&self, bytes: usize, patience: Duration) -> Result<(), Gone> {
        while self.bytes.get() >= MOST_WAITING {
            timeout(patience, self.left.notified()).await.map_err(|_stalled| Gone)?;
        }
        self.add(bytes);

        Ok(())
    }

    /// Waits until the frames have ended.
    pub(crate) async fn ended(&self) -> CloseCode {
        loop {
            if let Some(code) = self.end.get() {
                return code;
            }
            self.ended.notified().await;
        }
    }

    /// Whether the client has not taken for so long what had left for it.
    pub(crate) fn is_stuck(&self, patience: Duration) -> bool {
        self.held.get().is_some_and(|since| since.elapsed() >= patience)
    }

    /// No frames are to come: their reader gives up its seat, also where the client does not let the body end.
    pub(crate) fn drop_frames(&self) {
        self.frames.take();
    }
}
