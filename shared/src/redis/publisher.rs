//! Publishing to Redis: once, also where an answer was lost.

use std::{fmt, num::NonZeroUsize, sync::Arc, time::Duration};

use redis::{Client, RedisResult};
use tokio::time::timeout;

use super::{
    ANSWER, State,
    line::{Line, is_broken},
    names::Names,
    scripts::{Outcome, Placed, Wanted},
};
use crate::{
    cursor::Cursor,
    held::Held,
    key::{KNOWN_FOR, MOST_KNOWN},
    message::{Entry, Message},
    unavailable::{NotPublished, Unavailable},
};

/// Publishing takes no longer, or has failed: nobody knows then whether it was done, but a key makes sure that it is not done twice.
const LIMIT: Duration = ANSWER;

/// That of one process.
#[derive(Debug)]
pub(super) struct Publisher {
    line: Line,
    names: Names,
    history: usize,
    state: Arc<State>,
}

impl Publisher {
    pub(super) fn new(client: Client, names: Names, history: NonZeroUsize, state: Arc<State>) -> Self {
        Self { line: Line::to(client, LIMIT), names, history: history.get(), state }
    }

    /// Publishes an entry. Where it comes next here, it is here at once; else the follower brings it, as to all processes.
    pub(super) async fn publish(&self, held: &Held, entry: Entry) -> Result<Arc<Message>, NotPublished> {
        // Ticks of one period are one, whatever each process says of it.
        let digest = if entry.tick.is_some() { String::new() } else { hexadecimal(&entry.digest()) };
        // A key of our own: where the connection breaks, it is sent again, and is published once.
        let own = format!("own:{:032x}", rand::random::<u128>());
        let epoch = held.newest().0.epoch;
        let wanted = Wanted {
            epoch,
            key: entry.key.as_ref().map_or(own.as_str(), |key| key.as_str()),
            tick: entry.tick.map_or(0, millis),
            digest: &digest,
            json: &entry.json,
            event: entry.event.as_deref().unwrap_or_default(),
            history: self.history,
            known_for: millis(KNOWN_FOR),
            most_known: MOST_KNOWN,
        };
        let sent = timeout(LIMIT, self.send(&wanted)).await;
        let Placed { seq, at, is_new } = self.placed(sent.as_ref().ok())?;
        let place = Cursor { epoch, seq };
        let message = entry.placed(place, at);
        held.hears(place);
        if !(is_new && held.append_next([Arc::clone(&message)])) {
            self.state.has_come(place).await;
        }

        Ok(message)
    }

    /// Where and when it was placed; None is an answer that did not come.
    fn placed(&self, sent: Option<&RedisResult<Outcome>>) -> Result<Placed, NotPublished> {
        let refusal: &dyn fmt::Display = match sent {
            Some(Ok(Outcome::Published(placed))) => {
                self.state.refuses(None);
                return Ok(*placed);
            }
            Some(Ok(Outcome::Reused)) => return Err(NotPublished::KeyReused),
            Some(Ok(Outcome::Moved)) => {
                self.line.drop_it(); // it may lead to a Redis that is no longer the one
                self.state.look.notify_one();
                return Err(Unavailable.into());
            }
            Some(Err(error)) => error,
            None => {
                self.line.drop_it();
                &"it does not answer"
            }
        };
        self.state.refuses(Some(refusal));

        Err(Unavailable.into())
    }

    /// Sends it, and again on a new connection where the first broke.
    async fn send(&self, wanted: &Wanted<'_>) -> RedisResult<Outcome> {
        let sent = self.send_once(wanted).await;

        if sent.as_ref().is_err_and(is_broken) { self.send_once(wanted).await } else { sent }
    }

    async fn send_once(&self, wanted: &Wanted<'_>) -> RedisResult<Outcome> {
        let sent = wanted.publish(&mut self.line.get().await?, &self.names).await;
        if sent.as_ref().is_err_and(is_broken) {
            self.line.drop_it();
        }

        sent
    }
}

fn millis(duration: Duration) -> u64 {
    duration.as_millis().try_into().unwrap_or(u64::MAX)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
