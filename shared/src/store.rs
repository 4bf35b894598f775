//! A feed in a file, which outlives its process: epoch, ids and keys go on, so a restart is no gap for anybody.
//!
//! ```
//! # #[actix_web::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use serde_json::json;
//! use shared::{Entry, Feed, Start, feed::HISTORY, store::Settings};
//!
//! # let folder = tempfile::tempdir()?;
//! # let file = folder.path().join("feed.db");
//! let settings = Settings { history: HISTORY, durable: false };
//! let feed = Feed::stored(&file, settings)?;
//! let seen = feed.publish(Entry::new(&json!({ "text": "one" }))?).await?.id;
//! feed.publish(Entry::new(&json!({ "text": "two" }))?).await?;
//! feed.end().await;
//!
//! let feed = Feed::stored(&file, settings)?;
//! let batch = feed.since(Start::After(seen)).await?;
//! assert!(!batch.gap && batch.messages[0].json.contains("two"));
//! # feed.end().await;
//! # Ok(()) }
//! ```
//!
//! One thread has the file, and does all that is to be done with it. What many publish at once it keeps together, so that
//! they share one sync; then readers get it, from memory. Only who is far behind reads from the file, a batch at a time,
//! between two of these.

mod disk;
mod life;
mod sqlite;
mod writer;

use std::{
    io,
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
};

use tokio::sync::{mpsc, oneshot};

use self::{
    disk::{Disk, Life},
    sqlite::Sqlite,
    writer::Writer,
};
use crate::{
    cursor::Cursor,
    held::Held,
    message::{Entry, Message},
    unavailable::{NotPublished, Unavailable},
};

/// So many may wait for the file; the next waits for its turn to wait.
const MOST_WAITING: usize = 1_024;
/// So many of the newest messages are in memory, too: all who keep up read there.
const MOST_HELD: usize = 10_000;

/// What is kept, and how safely.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// So many messages are kept.
    pub history: NonZeroUsize,
    /// Each message is on the disk before anybody is told of it, and a power cut loses none. Else it may lose the last ones; the
    /// end of the process alone loses nothing either way.
    pub durable: bool,
}

/// The way to the thread that has the file.
#[derive(Debug)]
pub(crate) struct Store {
    requests: mpsc::Sender<Request>,
    takes: Arc<AtomicBool>,
}

/// What is asked of it, and whom to answer.
#[derive(Debug)]
enum Request {
    Publish(Entry, oneshot::Sender<Result<Arc<Message>, NotPublished>>),
    Older(Cursor, oneshot::Sender<Result<Vec<Arc<Message>>, Unavailable>>),
    End(oneshot::Sender<()>),
}

impl Store {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// One line that says why it cannot be used.
    pub(crate) fn open(file: &Path, settings: Settings) -> io::Result<(Arc<Held>, Self)> {
        let cannot =
            |error: disk::Failed| io::Error::other(format!("cannot use {} as a store: {error}", file.display()));
        let disk = Sqlite::open(file, settings.durable).map_err(cannot)?;

        Self::on(disk, settings).map_err(cannot)
    }

    fn on(mut disk: impl Disk, settings: Settings) -> Result<(Arc<Held>, Self), disk::Failed> {
        let life = Life::begin(&mut disk, settings.durable)?;
        let extent = disk.extent()?;
        let most = settings.history.get().min(MOST_HELD);
        let history = settings.history.get() as u64;
        let first = extent.newest.saturating_sub(most as u64).max(extent.oldest);
        let held = Arc::new(Held::new(life.epoch, first, most));
        let (requests, receiver) = mpsc::channel(MOST_WAITING);
        let takes = Arc::new(AtomicBool::new(true));
        let mut writer = Writer::new(disk, life, extent, history, Arc::clone(&held), (receiver, Arc::clone(&takes)));
        writer.fill(first)?;
        let readers = Arc::clone(&held);
        let run = move || {
            if catch_unwind(AssertUnwindSafe(|| writer.run())).is_err() {
                tracing::error!("the store has failed: start the server again");
                readers.fail();
            }
        };
        thread::Builder::new().name("store".to_owned()).spawn(run).map_err(disk::Failed::new)?;

        Ok((held, Self { requests, takes }))
    }

    /// Whether it took the last message.
    pub(crate) fn takes(&self) -> bool {
        self.takes.load(Relaxed)
    }

    /// Keeps an entry, and then shows it to the readers.
    pub(crate) async fn publish(&self, entry: Entry) -> Result<Arc<Message>, NotPublished> {
        self.ask(|answer| Request::Publish(entry, answer)).await?
    }

    /// Some messages after a place, in order, as far as they are kept.
    pub(crate) async fn older(&self, place: Cursor) -> Result<Vec<Arc<Message>>, Unavailable> {
        self.ask(|answer| Request::Older(place, answer)).await?
    }

    /// Waits until all is on the disk, and the file is closed.
    pub(crate) async fn end(&self) {
        self.ask(Request::End).await.ok(); // it has ended already
    }

    async fn ask<T>(&self, request: impl FnOnce(oneshot::Sender<T>) -> Request) -> Result<T, Unavailable> {
        let (answer, answered) = oneshot::channel();
        self.requests.send(request(answer)).await.map_err(|_ended| Unavailable)?;

        answered.await.map_err(|_ended| Unavailable)
    }
}

#[cfg(test)]
mod tests;
