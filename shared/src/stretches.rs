//! The stretches of a log that were read last: many readers take the same one, and need neither read nor encode it again.

use std::{collections::VecDeque, sync::Arc};

use crate::{batch::Batch, cursor::Cursor};

/// So many are kept, each of at most a batch. Readers that are woken together take a few, one after the other.
const KEPT: usize = 8;

/// Each by the place that it comes after, and up to where was read.
#[derive(Debug, Default)]
pub(crate) struct Stretches(VecDeque<(Cursor, u64, Batch)>);

impl Stretches {
    /// What was read there, if it is kept.
    pub(crate) fn find(&self, place: Cursor, upto: u64) -> Option<Batch> {
        let found = self.0.iter().rev().find(|(from, until, _)| (*from, *until) == (place, upto));

        found.map(|(_, _, batch)| batch.clone())
    }

    /// Keeps what was read, unless there is something in it that only one reader may be told. Gives it back, to be shared.
    pub(crate) fn keep(&mut self, place: Cursor, upto: u64, mut batch: Batch) -> Batch {
        if batch.gap || batch.messages.is_empty() {
            return batch;
        }
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        batch.encoded = Some(Arc::default());
        self.0.push_back((place, upto, batch.clone()));

        batch
    }

    /// Keeps none.
    pub(crate) fn clear(&mut self) {
        self.0 = VecDeque::new();
    }
}

#[cfg(test)]
mod tests {
    use std::{
        num::NonZeroUsize,
        sync::atomic::{AtomicUsize, Ordering::Relaxed},
    };

    use actix_web::web::Bytes;
    use serde_json::json;

    use super::*;
    use crate::{Entry, Feed, Start};

    static MADE: AtomicUsize = AtomicUsize::new(0);

    fn length(batch: &Batch) -> Bytes {
        MADE.fetch_add(1, Relaxed);

        batch.messages.len().to_string().into()
    }

    fn place(batch: &Batch) -> Bytes {
        batch.place().to_string().into()
    }

    async fn batch() -> Batch {
        let feed = Feed::new(NonZeroUsize::MIN);
        feed.publish(Entry::new(&json!({})).unwrap()).await.unwrap();

        feed.look(Start::Oldest, u64::MAX).await.unwrap().batch
    }

    #[tokio::test]
    async fn a_stretch_is_encoded_once_by_each_function() {
        let own = batch().await;
        let mut stretches = Stretches::default();
        let made = |batch: &Batch| (batch.encoded(length), MADE.load(Relaxed));

        assert_eq!(made(&own), (Bytes::from("1"), 1));
        assert_eq!(made(&own), (Bytes::from("1"), 2), "nobody shares it");
        let kept = stretches.keep(own.place(), 1, own.clone());
        assert_eq!(made(&kept), (Bytes::from("1"), 3));
        let found = stretches.find(own.place(), 1).unwrap();
        assert_eq!(made(&found), (Bytes::from("1"), 3), "it is made");
        assert_eq!(found.encoded(place), own.place().to_string());
        assert_eq!(made(&found), (Bytes::from("1"), 3));
    }

    #[tokio::test]
    async fn a_few_are_kept_and_none_that_tells_a_place_or_a_gap() {
        let batch = batch().await;
        let mut stretches = Stretches::default();
        for upto in 0..=KEPT as u64 {
            stretches.keep(batch.place(), upto, batch.clone());
        }

        assert!(stretches.find(batch.place(), 0).is_none(), "the oldest has gone");
        assert!(stretches.find(batch.place(), 1).is_some());
        assert!(stretches.find(Cursor { epoch: !batch.next.epoch, ..batch.place() }, 1).is_none());
        for own in [Batch { gap: true, ..batch.clone() }, Batch { messages: Arc::default(), ..batch.clone() }] {
            assert!(stretches.keep(batch.next, 99, own).encoded.is_none());
            assert!(stretches.find(batch.next, 99).is_none());
        }
        stretches.clear();
        assert!(stretches.find(batch.place(), 1).is_none());
    }
}
