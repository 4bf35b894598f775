//! A feed in Redis, shared by any number of processes: each reads all of it, and a cursor of one is good at another.
//!
//! ```no_run
//! # #[actix_web::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use serde_json::json;
//! use shared::{Entry, Feed, Start, redis::Settings};
//!
//! let feed = Feed::shared("redis://127.0.0.1:6379", Settings::default()).await?;
//! let seen = feed.publish(Entry::new(&json!({ "text": "one" }))?).await?.id;
//!
//! // In another process:
//! let feed = Feed::shared("redis://127.0.0.1:6379", Settings::default()).await?;
//! assert!(feed.since(Start::After(seen)).await?.is_empty());
//! # Ok(()) }
//! ```
//!
//! The messages are the entries of a stream (<https://redis.io/docs/latest/develop/data-types/streams/>), whose ids count up by one: `0-1`,
//! `0-2`. One script publishes; a follower in each process reads the stream into memory, where all its readers read. So
//! what Redis does grows with processes, not with clients.
//!
//! A key of Redis says which stream is that of the epoch, and on which Redis it stands. Whoever finds another Redis there, or less than
//! there was, begins a new epoch: an id that comes twice would be worse than a gap.

mod follower;
mod line;
mod names;
mod publisher;
mod questions;
mod scripts;

use std::{
    fmt, io,
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use ::redis::Client;
use tokio::{
    sync::{Notify, watch},
    task::AbortHandle,
    time::timeout,
};

use self::{follower::Follower, names::Names, publisher::Publisher, questions::Questions};
use crate::{
    cursor::Cursor,
    held::HISTORY,
    held::Held,
    message::{Entry, Message},
    unavailable::{NotPublished, Unavailable},
};

/// An answer to a question takes no longer, or there is none.
const ANSWER: Duration = Duration::from_secs(2);

/// Which feed it is, and how much is kept.
#[derive(Clone, Debug)]
pub struct Settings {
    /// So many messages are kept. 1,000 by default.
    pub history: NonZeroUsize,
    /// What it is called there: each of its keys begins so. `five-ways` by default.
    pub name: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self { history: HISTORY, name: "five-ways".to_owned() }
    }
}

/// The way to Redis, and the follower that reads it.
pub(crate) struct Redis {
    publisher: Publisher,
    questions: Questions,
    state: Arc<State>,
    follower: AbortHandle,
}

/// What the two know of each other.
#[derive(Debug, Default)]
struct State {
    /// Redis does not answer the follower.
    away: AtomicBool,
    /// It took nothing, the last time that something was published.
    refuses: AtomicBool,
    /// The follower is to look at once: the epoch does not stand any more.
    look: Notify,
    /// The newest that the follower has brought.
    newest: watch::Sender<Option<Cursor>>,
}

impl Redis {
    /// Connects, and has read all that is kept before it returns.
    ///
    /// # Errors
    /// One line that says why it cannot be used.
    pub(crate) async fn open(url: &str, settings: Settings) -> io::Result<(Arc<Held>, Self)> {
        let cannot = |error: &dyn fmt::Display| io::Error::other(format!("cannot use Redis: {error}"));
        let Settings { history, name } = settings;
        let client = Client::open(url).map_err(|error| cannot(&error))?;
        let names = Names::of(&name);
        let held = Arc::new(Held::new(0, 0, history.get()));
        let state = Arc::new(State::default());
        let follower = Follower::new(client.clone(), names.clone(), Arc::clone(&held), Arc::clone(&state));
        follower.begin().await.map_err(|trouble| cannot(&trouble))?;
        let redis = Self {
            publisher: Publisher::new(client.clone(), names.clone(), history, Arc::clone(&state)),
            questions: Questions::new(client, names),
            state,
            follower: tokio::spawn(follower.run()).abort_handle(),
        };

        Ok((held, redis))
    }

    /// Publishes to all processes.
    pub(crate) async fn publish(&self, held: &Held, entry: Entry) -> Result<Arc<Message>, NotPublished> {
        self.publisher.publish(held, entry).await
    }

    /// Hears how far the feed is, where a cursor is beyond all that was heard.
    ///
    /// # Errors
    /// When Redis does not say.
    pub(crate) async fn hear_of(&self, held: &Held, cursor: Cursor) -> Result<(), Unavailable> {
        let look = self.questions.ask().await?;
        if !look.is_same || look.epoch != Some(held.newest().0.epoch) {
            self.questions.doubt();
            self.state.look.notify_one();
        }
        if let Some(newest) = look.newest.filter(|_| look.is_same && look.epoch == Some(cursor.epoch)) {
            self.state.has_begun(cursor.epoch).await;
            held.hears(Cursor { seq: newest, ..cursor });
        }

        Ok(())
    }

    /// Whether Redis answers, and takes messages.
    pub(crate) fn is_there(&self) -> bool {
        !self.state.away.load(Relaxed) && !self.state.refuses.load(Relaxed)
    }

    /// Nothing is read any more.
    pub(crate) fn end(&self) {
        self.follower.abort();
    }
}

impl State {
    /// Waits until what was published has come back, so that who published it reads it here. Not for long: it is published.
    async fn has_come(&self, cursor: Cursor) {
        let is_here = |newest: &Option<Cursor>| {
            newest.is_none_or(|newest| newest.epoch != cursor.epoch || newest.seq >= cursor.seq)
        };
        let mut newest = self.newest.subscribe();

        timeout(ANSWER, newest.wait_for(is_here)).await.ok(); // it will come
    }

    /// Waits until the follower is in an epoch that stands: a client may know it sooner, from another process.
    async fn has_begun(&self, epoch: u32) {
        let is_here = |newest: &Option<Cursor>| newest.is_some_and(|newest| newest.epoch == epoch);
        let mut newest = self.newest.subscribe();

        timeout(ANSWER, newest.wait_for(is_here)).await.ok(); // else it is told a gap
    }

    fn has_brought(&self, newest: Cursor) {
        self.newest.send_replace(Some(newest));
    }

    /// Says when Redis has gone, and when it is there again; not each time.
    fn is_away(&self, trouble: Option<&dyn fmt::Display>) {
        let was_away = self.away.swap(trouble.is_some(), Relaxed);
        match trouble {
            Some(trouble) if !was_away => tracing::error!(%trouble, "Redis is away: what is held can be read"),
            None if was_away => {
                self.refuses.store(false, Relaxed); // what it refused while it was away says nothing of now
                tracing::info!("Redis is there again");
            }
            _ => {}
        }
    }

    /// The same of what is published.
    fn refuses(&self, trouble: Option<&dyn fmt::Display>) {
        let has_refused = self.refuses.swap(trouble.is_some(), Relaxed);
        match trouble {
            Some(trouble) if !has_refused => tracing::error!(%trouble, "Redis takes nothing"),
            None if has_refused => tracing::info!("Redis takes messages again"),
            _ => {}
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.end();
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("state", &self.state).finish_non_exhaustive() // its address may have a password
    }
}
