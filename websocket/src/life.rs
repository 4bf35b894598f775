//! When a client last showed that it is there.

use std::{cell::Cell, rc::Rc};

use tokio::time::Instant;

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
    pub(crate) fn last(&self) -> Instant {
        self.0.get()
    }
}
