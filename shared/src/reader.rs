//! A reader of a feed: its place, its stop and its seat.
//!
//! ```
//! # #[actix_web::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use actix_web::test::TestRequest;
//! use serde_json::json;
//! use shared::{Entry, Feed, Readers, Source, Start, feed::HISTORY};
//!
//! let source = Source::new(Feed::new(HISTORY), Readers::new(10_000));
//! let mut reader = source.follow(&TestRequest::default().to_http_request(), Start::Newest).await?;
//! source.feed().publish(Entry::new(&json!({ "text": "one" }))?).await?;
//!
//! let place = reader.next().await?.expect("nobody stops it");
//! assert!(place.messages.is_empty() && place.more); // first it tells where it starts
//! let batch = reader.next().await?.expect("nobody stops it");
//! assert!(batch.messages[0].json.contains("one"));
//!
//! source.readers().stop();
//! assert!(reader.next().await?.is_none());
//! # Ok(()) }
//! ```

use std::{mem::take, sync::Arc};

use crate::{
    batch::Batch, cursor::Cursor, feed::Feed, held::Look, readers::Seat, start::Start, unavailable::Unavailable,
    waiting::Waiter,
};

/// Gives batch after batch, and counts as open until it is dropped.
#[derive(Debug)]
pub struct Reader {
    feed: Feed,
    place: Cursor,
    /// Messages are missing before the place, and that is still to be told.
    gap: bool,
    /// The place itself is still to be told.
    untold: bool,
    /// What was the newest message when the place was told; once it is handed out, it is told that the client is up to date.
    behind: Option<u64>,
    /// It has looked. From then on it waits to be woken, and reads as far as all that are woken with it.
    looked: bool,
    waiter: Waiter,
    seat: Seat,
}

impl Reader {
    /// A reader that starts where `start` is now, not at its first wait.
    pub(crate) async fn new(feed: Feed, start: Start, seat: Seat) -> Result<Self, Unavailable> {
        let waiter = feed.waiter(); // before the log is read, or an alarm between the two is lost
        let (place, gap) = feed.locate(start).await?;
        drop(seat.waiting()); // a client that takes nothing is one from the start

        Ok(Self { feed, place, gap, untold: true, behind: None, looked: false, waiter, seat })
    }

    /// The same for a client that knows its place.
    pub(crate) fn without_place(mut self) -> Self {
        self.untold = self.gap;

        self
    }

    /// Where it goes on: after the last message that it gave.
    pub fn place(&self) -> Cursor {
        self.place
    }

    /// The next batch, as soon as there is one; `None` when the server stops, the reader is as old as
    /// it may become ([`Readers::with_max_age`](crate::Readers::with_max_age)), or the feed closed and read to its end.
    ///
    /// One without messages tells the client its place, in [`Batch::next`]: the first does, and one where there is a gap. What
    /// was pending then follows ([`Batch::more`]), and after it one more that says that the client is up to date. So does one more
    /// when the client is seen to have left: what writes it finds nobody.
    ///
    /// A dropped wait loses nothing: the place moves only when a batch is handed out.
    ///
    /// # Errors
    /// [`Unavailable`] when the feed cannot be read. The place stays where it was.
    pub async fn next(&mut self) -> Result<Option<Batch>, Unavailable> {
        let over = self.seat.over();
        let _waiting = self.seat.waiting();

        let next = tokio::select! {
            biased; // one that always has more to read must end, too
            () = over => Ok(self.seat.has_left().then(|| self.tell(false, false))),
            next = self.wait() => next,
        };
        if let Ok(Some(batch)) = &next {
            self.seat.hand_out(batch);
        }
        next.inspect_err(|error| tracing::warn!(%error, "a reader ends")) // a stream has no answer that could say it
    }

    async fn wait(&mut self) -> Result<Option<Batch>, Unavailable> {
        loop {
            let mark = self.mark().await;
            if let Some(batch) = mark.and_then(|mark| self.waiter.shared(self.place, mark)) {
                return Ok(Some(self.hand_out(batch)));
            }
            let upto = mark.unwrap_or(u64::MAX);
            let Look { batch, newest, closed } = self.feed.look(Start::After(self.place), upto).await?;
            self.looked = true;
            if self.untold || batch.gap {
                return Ok(Some(self.tell_place(&batch, newest)));
            }
            if self.behind.take_if(|behind| self.place.seq >= *behind).is_some() {
                return Ok(Some(self.tell(false, false)));
            }
            if !batch.is_empty() {
                let batch = if mark.is_some() { self.waiter.share(self.place, upto, batch) } else { batch };
                return Ok(Some(self.hand_out(batch)));
            }
            if closed {
                return Ok(None);
            }
        }
    }

    /// How far to read, once there is something to read: to where all read that are woken. None is to the newest message, at first.
    async fn mark(&mut self) -> Option<u64> {
        let together = self.looked && self.behind.is_none();

        if together { Some(self.waiter.mark(self.place.seq).await) } else { None }
    }

    /// In one piece with the gap: apart from it, the place would come back as a valid one, and the gap never be told.
    fn tell_place(&mut self, pending: &Batch, newest: u64) -> Batch {
        let more = !pending.messages.is_empty();
        self.place = pending.place();
        self.untold = false;
        self.behind = more.then_some(newest);
        let gap = take(&mut self.gap) || pending.gap;

        self.tell(gap, more)
    }

    fn tell(&self, gap: bool, more: bool) -> Batch {
        Batch { gap, more, next: self.place, messages: Arc::default(), encoded: None }
    }

    fn hand_out(&mut self, batch: Batch) -> Batch {
        self.place = batch.next;

        batch
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.feed.touch(); // it was in use until now
    }
}
