//! What the laboratory publishes to.

use shared::{Feed, Key, NotPublished, Unavailable, feed::Status, shell::Note};

use super::process::Process;

/// The feed: one that this process has, in its memory or in Redis, or what the process of the servers keeps in a file.
#[derive(Clone, Debug)]
pub(super) enum Ground {
    Here(Feed),
    There(Process),
}

impl Ground {
    pub(super) fn here(&self) -> Option<&Feed> {
        match self {
            Self::Here(feed) => Some(feed),
            Self::There(_) => None,
        }
    }

    /// Publishes a note, once where it has a key.
    ///
    /// # Errors
    /// When it is not kept, as while the process that keeps it is away; and where the key had another text.
    pub(super) async fn publish(&self, note: Note, key: Option<Key>) -> Result<(), NotPublished> {
        match self {
            Self::Here(feed) => feed.publish(note.entry().with_key(key)).await.map(drop),
            Self::There(process) => process.publish(&note, key.as_ref()).await,
        }
    }

    /// The feed in figures.
    pub(super) async fn status(&self) -> Result<Status, Unavailable> {
        match self {
            Self::Here(feed) => feed.status().await,
            Self::There(process) => process.feed(),
        }
    }

    /// Closes it, and waits until all is kept: a process has done so when it has ended.
    pub(super) async fn end(&self) {
        match self {
            Self::Here(feed) => feed.end().await,
            Self::There(_) => {}
        }
    }
}
