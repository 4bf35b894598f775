//! What keeps the messages of a feed: nothing but memory, or something that outlives the process.

use std::sync::{Arc, Mutex, PoisonError};

#[cfg(feature = "redis")]
use crate::redis::Redis;
#[cfg(feature = "store")]
use crate::store::Store;
use crate::{
    cursor::Cursor,
    held::Held,
    key::{Digest, Keys},
    message::{Entry, Message},
    now::unix_millis,
    start::Start,
    unavailable::{NotPublished, Unavailable},
};

/// Gives entries their places, and knows what is older than memory.
#[derive(Debug)]
pub(crate) enum Keeper {
    /// All that is held is in memory.
    Memory(Memory),
    /// It is in a file.
    #[cfg(feature = "store")]
    Stored(Store),
    /// It is in Redis, and other processes have it, too.
    #[cfg(feature = "redis")]
    Shared(Box<Redis>),
}

/// Knows the keys of what was published, and nothing else.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    digest: Digest,
    keys: Mutex<Keys>,
}

impl Keeper {
    pub(crate) fn memory() -> Self {
        Self::Memory(Memory::default())
    }

    /// Publishes an entry to those that hold this feed, once.
    #[cfg_attr(
        not(any(feature = "store", feature = "redis")),
        expect(clippy::unused_async, reason = "others than memory wait here")
    )]
    pub(crate) async fn publish(&self, held: &Held, entry: Entry) -> Result<Arc<Message>, NotPublished> {
        match self {
            Self::Memory(memory) => memory.publish(held, entry),
            #[cfg(feature = "store")]
            Self::Stored(store) => {
                held.check_open()?;
                store.publish(entry).await
            }
            #[cfg(feature = "redis")]
            Self::Shared(redis) => {
                held.check_open()?;
                redis.publish(held, entry).await
            }
        }
    }

    /// Some messages after a place that is not in memory, in order, as far as they are kept.
    ///
    /// # Errors
    /// When they cannot be read.
    #[cfg_attr(
        not(feature = "store"),
        expect(clippy::unused_async, unused_variables, reason = "only a file waits here")
    )]
    pub(crate) async fn older(&self, place: Cursor) -> Result<Vec<Arc<Message>>, Unavailable> {
        match self {
            Self::Memory(_) => Err(Unavailable), // it is never asked: nothing is older
            #[cfg(feature = "redis")]
            Self::Shared(_) => Err(Unavailable), // likewise: what is kept is here
            #[cfg(feature = "store")]
            Self::Stored(store) => store.older(place).await,
        }
    }

    /// Hears of what other processes have published, where a reader claims to have seen more than is here.
    ///
    /// # Errors
    /// When that cannot be known.
    #[cfg_attr(
        not(feature = "redis"),
        expect(clippy::unused_async, unused_variables, reason = "only a feed of several processes waits here")
    )]
    pub(crate) async fn hear_of(&self, held: &Held, start: Start) -> Result<(), Unavailable> {
        match self {
            #[cfg(feature = "redis")]
            Self::Shared(redis) => match held.is_beyond(start) {
                Some(cursor) => redis.hear_of(held, cursor).await,
                None => Ok(()),
            },
            #[cfg(feature = "store")]
            Self::Stored(_) => Ok(()),
            Self::Memory(_) => Ok(()),
        }
    }

    /// Whether what keeps it takes messages, as far as is known; None where it is in memory.
    pub(crate) fn is_there(&self) -> Option<bool> {
        match self {
            #[cfg(feature = "redis")]
            Self::Shared(redis) => Some(redis.is_there()),
            #[cfg(feature = "store")]
            Self::Stored(store) => Some(store.takes()),
            Self::Memory(_) => None,
        }
    }

    /// Waits until nothing more is to be done.
    #[cfg_attr(not(feature = "store"), expect(clippy::unused_async, reason = "only a file waits here"))]
    pub(crate) async fn end(&self) {
        match self {
            Self::Memory(_) => {}
            #[cfg(feature = "store")]
            Self::Stored(store) => store.end().await,
            #[cfg(feature = "redis")]
            Self::Shared(redis) => redis.end(),
        }
    }
}

impl Memory {
    fn publish(&self, held: &Held, entry: Entry) -> Result<Arc<Message>, NotPublished> {
        let Some(key) = entry.key.clone() else {
            return Ok(held.publish(|place| entry.placed(place, unix_millis()))?);
        };
        let digest = self.digest.of((&entry.json, &entry.event));
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner); // until it is published, or it could be twice
        if let Some(known) = keys.find(&key, digest).map_err(|_reused| NotPublished::KeyReused)? {
            let epoch = held.extent()?.0.epoch;
            return Ok(entry.placed(Cursor { epoch, seq: known.seq }, known.at));
        }
        let message = held.publish(|place| entry.placed(place, unix_millis()))?;
        keys.add(key, digest, message.id.seq, message.at);

        Ok(message)
    }
}
