//! When a client last showed that it is there, and when it has been silent for too long.

use std::{cell::Cell, pin::Pin, rc::Rc, time::Duration};

use tokio::time::{Instant, Sleep, sleep};

/// The last sign of life: bytes that came, of a frame that may not be whole, or that the client took after it had held us up.
/// Clones are the same.
#[derive(Clone)]
pub(crate) struct Life(Rc<Cell<Instant>>);

impl Life {
    /// It is there now.
    pub(crate) fn begin() -> Self {
        Self(Rc::new(Cell::new(Instant::now())))
    }

    /// It shows that it is there.
    pub(crate) fn sign(&self) {
        self.0.set(Instant::now());
    }

    /// When it last did.
    fn last(&self) -> Instant {
        self.0.get()
    }
}

/// Waits for silence, by one timer for the connection: it is set anew when it rings, not at each sign of life.
pub(crate) struct Silence {
    life: Life,
    heartbeat: Duration,
    /// When it was last asked for a sign of life.
    asked: Option<Instant>,
    timer: Pin<Box<Sleep>>,
}

impl Silence {
    /// So long without a sign of life, also since it was asked for one, is silence.
    pub(crate) fn of(life: Life, heartbeat: Duration) -> Self {
        Self { life, heartbeat, asked: None, timer: Box::pin(sleep(heartbeat)) }
    }

    /// Waits until it may have fallen. A dropped wait loses nothing.
    pub(crate) async fn rings(&mut self) {
        self.timer.as_mut().await;
    }

    /// Whether there were signs of life, so that it is not over: the timer is set anew.
    pub(crate) fn is_broken(&mut self) -> bool {
        let since = self.asked.map_or(self.life.last(), |asked| asked.max(self.life.last()));
        let rest = self.heartbeat.saturating_sub(since.elapsed());
        self.timer.set(sleep(rest));

        !rest.is_zero()
    }

    /// It is asked now: it has a heartbeat to answer.
    pub(crate) fn ask(&mut self) {
        self.asked = Some(Instant::now());
    }

    /// It was asked, and has not shown that it is there since then.
    pub(crate) fn is_unanswered(&self) -> bool {
        self.asked >= Some(self.life.last())
    }
}
