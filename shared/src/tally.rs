//! What one server has handed out, counted so that no worker waits for another.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use crate::batch::Batch;

/// So many threads count apart. More share.
const PLACES: usize = 16;

thread_local! {
    /// Where this thread counts.
    static PLACE: usize = {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        THREADS.fetch_add(1, Relaxed) % PLACES
    };
}

/// Messages that were handed out, and gaps that were told.
#[derive(Debug, Default)]
pub(crate) struct Tally([Place; PLACES]);

/// What some threads have counted, in a line of the cache of its own: else each would take it from the others.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Place {
    messages: AtomicU64,
    gaps: AtomicU64,
}

impl Tally {
    /// Counts what is handed out.
    pub(crate) fn count(&self, batch: &Batch) {
        let place = &self.0[PLACE.with(|place| *place)];
        if !batch.messages.is_empty() {
            place.messages.fetch_add(batch.messages.len() as u64, Relaxed);
        }
        if batch.gap {
            place.gaps.fetch_add(1, Relaxed);
        }
    }

    pub(crate) fn messages(&self) -> u64 {
        self.0.iter().map(|place| place.messages.load(Relaxed)).sum()
    }

    pub(crate) fn gaps(&self) -> u64 {
        self.0.iter().map(|place| place.gaps.load(Relaxed)).sum()
    }
}

#[cfg(test)]
mod tests {
    use std::{num::NonZeroUsize, thread};

    use serde_json::json;

    use super::*;
    use crate::{Entry, Feed, Start};

    #[tokio::test]
    async fn what_many_threads_count_is_counted_once() {
        let feed = Feed::new(NonZeroUsize::MIN);
        feed.publish(Entry::new(&json!({})).unwrap()).await.unwrap();
        let batch = feed.since(Start::Lost).await.unwrap();
        let tally = Tally::default();

        thread::scope(|scope| {
            for _ in 0..2 * PLACES {
                scope.spawn(|| (0..100).for_each(|_| tally.count(&batch)));
            }
        });
        tally.count(&Batch { gap: false, ..batch });

        assert_eq!((tally.messages(), tally.gaps()), (3_201, 3_200));
    }
}
