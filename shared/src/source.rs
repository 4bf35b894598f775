//! A feed as one server offers it: what each transport takes its messages from.
//!
//! ```
//! use shared::{Feed, Readers, Source, feed::HISTORY};
//!
//! let source = Source::new(Feed::new(HISTORY), Readers::new(10_000));
//! assert_eq!(source.readers().open(), 0);
//! ```

use std::{net::SocketAddr, sync::Arc};

use actix_web::HttpRequest;

use crate::{
    batch::Batch,
    feed::Feed,
    message::{Entry, Message},
    problem::Problem,
    reader::Reader,
    readers::Readers,
    start::Start,
};

/// A feed, and what the readers of a server have in common. Clones are the same.
#[derive(Clone, Debug)]
pub struct Source {
    feed: Feed,
    readers: Readers,
}

impl Source {
    /// This feed, for these readers.
    pub fn new(feed: Feed, readers: Readers) -> Self {
        Self { feed, readers }
    }

    /// The feed itself.
    pub fn feed(&self) -> &Feed {
        &self.feed
    }

    /// The readers of the server.
    pub fn readers(&self) -> &Readers {
        &self.readers
    }

    /// Publishes what a client sent, logged at debug.
    ///
    /// # Errors
    /// 503 when the feed takes nothing, 422 where the entry's key had another text.
    pub async fn publish(&self, client: Option<SocketAddr>, entry: Entry) -> Result<Arc<Message>, Problem> {
        let message = self.feed.publish(entry).await?;
        tracing::debug!(client = client.map(display), id = %message.id, "published");

        Ok(message)
    }

    /// What comes after `start` now, logged at debug.
    ///
    /// # Errors
    /// 503 when the feed cannot be read.
    pub async fn since(&self, request: &HttpRequest, start: Start) -> Result<Batch, Problem> {
        let batch = self.feed.since(start).await?;
        self.readers.hand_out(&batch);
        tracing::debug!(client = request.peer_addr().map(display), sent = batch.messages.len(), batch.gap, "polled");

        Ok(batch)
    }

    /// A reader for a request that is held until something comes: it counts as open, and is logged at debug.
    ///
    /// # Errors
    /// 503 when all seats are taken, or the feed cannot be read.
    pub async fn hold(&self, request: &HttpRequest, start: Start) -> Result<Reader, Problem> {
        let seat = self.readers.seat_of_held(request)?;

        Ok(Reader::new(self.feed.clone(), start, seat).await?.without_place())
    }

    /// A reader for a stream or a socket: it counts as open, and is logged when it comes and when it goes.
    ///
    /// # Errors
    /// 503 when all seats are taken, or the feed cannot be read.
    pub async fn follow(&self, request: &HttpRequest, start: Start) -> Result<Reader, Problem> {
        let seat = self.readers.seat(request)?;

        Ok(Reader::new(self.feed.clone(), start, seat).await?)
    }
}
