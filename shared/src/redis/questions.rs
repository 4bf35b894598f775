//! How far the feed is, by Redis's own word: asked once for all who want to know it at the same time.

use redis::{Client, RedisResult};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

use super::{
    ANSWER,
    line::{Line, is_broken},
    names::Names,
    scripts::Look,
};
use crate::{cursor::Cursor, unavailable::Unavailable};

/// No entry is to be shown.
const NOWHERE: Cursor = Cursor { epoch: 0, seq: 0 };

/// Those of one process. Thousands of clients that come at once ask one.
#[derive(Debug)]
pub(super) struct Questions {
    /// Apart from the publisher's: what is paused there holds up nobody here.
    line: Line,
    names: Names,
    /// When the last question was asked, and what the answer was.
    last: Mutex<Option<(Instant, Result<Look, Unavailable>)>>,
}

impl Questions {
    pub(super) fn new(client: Client, names: Names) -> Self {
        Self { line: Line::to(client, ANSWER), names, last: Mutex::default() }
    }

    /// How the feed stands, and not as it stood before this was called.
    ///
    /// # Errors
    /// When Redis does not answer in time.
    pub(super) async fn ask(&self) -> Result<Look, Unavailable> {
        let answer = timeout(ANSWER, self.ask_together()).await;

        answer.unwrap_or_else(|_elapsed| {
            self.doubt();
            Err(Unavailable)
        })
    }

    /// The next question goes by a new connection: this one may lead to a Redis that is no longer the one.
    pub(super) fn doubt(&self) {
        self.line.drop_it();
    }

    async fn ask_together(&self) -> Result<Look, Unavailable> {
        let came = Instant::now();
        let mut last = self.last.lock().await;
        if let Some((asked, answer)) = &*last
            && *asked >= came
        {
            return answer.clone();
        }
        let asked = Instant::now();
        let answer = self.look().await.map_err(|error| {
            tracing::debug!(%error, "Redis does not say how far the feed is");
            Unavailable
        });
        *last = Some((asked, answer.clone()));

        answer
    }

    /// Looks, and once more where only the connection broke: it may have been idle for too long.
    async fn look(&self) -> RedisResult<Look> {
        let look = self.look_once().await;

        if look.as_ref().is_err_and(is_broken) { self.look_once().await } else { look }
    }

    async fn look_once(&self) -> RedisResult<Look> {
        let look = Look::at(&mut self.line.get().await?, &self.names, NOWHERE).await;

        look.inspect_err(|_| self.line.drop_it())
    }
}
