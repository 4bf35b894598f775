//! How many bytes may be kept, of all connections together.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

/// A share of a tap's budget. What is taken of it is given back when it is dropped.
#[derive(Debug)]
pub(super) struct Budget {
    left: Arc<AtomicUsize>,
    taken: usize,
}

impl Budget {
    /// All of it: so many bytes.
    pub(super) fn new(bytes: usize) -> Self {
        Self { left: Arc::new(AtomicUsize::new(bytes)), taken: 0 }
    }

    /// None of it yet.
    pub(super) fn share(&self) -> Self {
        Self { left: Arc::clone(&self.left), taken: 0 }
    }

    /// Takes so many bytes of it, in the place of those that were taken before, or as many as there are; gives how many.
    pub(super) fn take(&mut self, bytes: usize) -> usize {
        self.left.fetch_add(std::mem::take(&mut self.taken), Relaxed);
        let taken = self.left.fetch_update(Relaxed, Relaxed, |left| Some(left.saturating_sub(bytes)));
        self.taken = taken.map_or(0, |left| left.min(bytes));

        self.taken
    }
}

impl Drop for Budget {
    fn drop(&mut self) {
        self.take(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_no_more_of_it_than_there_is() {
        let all = Budget::new(100);
        let (mut one, mut other) = (all.share(), all.share());

        assert_eq!((one.take(70), other.take(40), other.take(20)), (70, 30, 20));
        assert_eq!((one.take(90), one.take(10), other.take(91)), (80, 10, 90));
        drop(other);
        assert_eq!(one.take(100), 100);
        assert_eq!(one.take(0), 0);
        assert_eq!(all.left.load(Relaxed), 100);
    }
}
