//! A feed for each topic: a room, a document, a user.
//!
//! ```
//! # fn main() -> Result<(), shared::Problem> {
//! use shared::{Readers, Topics, topics};
//!
//! let topics = Topics::new(Readers::new(10_000), topics::Settings::default());
//! let blue = topics.source("blue")?;
//! assert_eq!(topics.count(), 1);
//! # drop(blue); Ok(()) }
//! ```
//!
//! In a handler, a [`Source`] is the topic that the path names, where the App has the topics as data:
//!
//! ```
//! use actix_web::{App, HttpRequest, web};
//! use shared::{Problem, Readers, Source, Start, Topics, topics};
//!
//! async fn newest(request: HttpRequest, source: Source) -> Result<String, Problem> {
//!     Ok(source.since(&request, Start::Newest).await?.next.to_string())
//! }
//!
//! let topics = web::Data::new(Topics::new(Readers::new(10_000), topics::Settings::default()));
//! App::new().app_data(topics).route("/rooms/{room}", web::get().to(newest));
//! ```

use std::{
    collections::HashMap,
    future::{Ready, ready},
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::StatusCode, web::Data};

use crate::{
    feed::{Feed, HISTORY},
    problem::Problem,
    readers::Readers,
    source::Source,
};

/// When to ask again where there are too many topics, in seconds.
const FULL_RETRY: u32 = 30;

/// What bounds the topics of a server.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// So many messages are held of each. 1,000 by default.
    pub history: NonZeroUsize,
    /// So many topics there are at most. 1,000 by default.
    pub most: usize,
    /// A topic that nobody has read or written for so long is dropped. 10 minutes by default.
    pub idle: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { history: HISTORY, most: 1_000, idle: Duration::from_secs(600) }
    }
}

/// The feeds of a server, each made when it is first asked for. Clones are the same.
///
/// A topic that was dropped and comes again is a feed of a new epoch: who was there before is told the gap.
#[derive(Clone, Debug)]
pub struct Topics {
    readers: Readers,
    settings: Settings,
    feeds: Arc<Mutex<HashMap<String, Feed>>>,
}

impl Topics {
    /// No topic yet.
    pub fn new(readers: Readers, settings: Settings) -> Self {
        Self { readers, settings, feeds: Arc::default() }
    }

    /// The topic of this name: as it is, or a new one.
    ///
    /// # Errors
    /// 503 where it would be one too many.
    pub fn source(&self, name: &str) -> Result<Source, Problem> {
        let mut feeds = self.feeds.lock().unwrap_or_else(PoisonError::into_inner);
        if !feeds.get(name).is_some_and(|feed| self.is_in_use(feed)) {
            feeds.retain(|_, feed| self.is_in_use(feed));
        }
        if feeds.len() >= self.settings.most && !feeds.contains_key(name) {
            return Err(Problem::unavailable("there are too many topics: try again later", FULL_RETRY));
        }
        let feed = feeds.entry(name.to_owned()).or_insert_with(|| Feed::new(self.settings.history));
        feed.touch();

        Ok(Source::new(feed.clone(), self.readers.clone()))
    }

    /// How many topics are held. One that is idle is held until another is new.
    pub fn count(&self) -> usize {
        self.feeds.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The readers of the server.
    pub fn readers(&self) -> &Readers {
        &self.readers
    }

    /// A feed that somebody has in hand is being read or written now.
    fn is_in_use(&self, feed: &Feed) -> bool {
        feed.is_shared() || feed.idle() < self.settings.idle
    }
}

/// The topic that the request's path names, by its variable parts, joined by `/` where there are several.
impl FromRequest for Source {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let name: Vec<&str> = request.match_info().iter().map(|(_, part)| part).collect();
        let no_topics =
            || Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the App has no topics: add them as its data");

        ready(
            request.app_data::<Data<Topics>>().ok_or_else(no_topics).and_then(|topics| topics.source(&name.join("/"))),
        )
    }
}

#[cfg(test)]
mod tests {
    use actix_web::{ResponseError as _, test::TestRequest};
    use tokio::time::advance;

    use super::*;
    use crate::Start;

    const IDLE: Duration = Duration::from_secs(600);

    fn topics(most: usize) -> Topics {
        Topics::new(Readers::new(10), Settings { most, ..Settings::default() })
    }

    async fn epoch(topics: &Topics, name: &str) -> u32 {
        topics.source(name).unwrap().feed().status().await.unwrap().newest.epoch
    }

    #[tokio::test]
    async fn a_topic_is_made_once_and_each_has_a_feed_of_its_own() {
        let topics = topics(10);

        let blue = epoch(&topics, "blue").await;

        assert_eq!(epoch(&topics, "blue").await, blue);
        assert_ne!(epoch(&topics, "red").await, blue);
    }

    #[tokio::test(start_paused = true)]
    async fn a_topic_that_nobody_uses_is_dropped_and_comes_again_in_a_new_epoch() {
        let topics = topics(10);
        let blue = epoch(&topics, "blue").await;

        advance(IDLE - Duration::from_secs(1)).await;
        assert_eq!(epoch(&topics, "blue").await, blue, "just in time");
        epoch(&topics, "red").await;
        advance(IDLE).await;
        epoch(&topics, "new").await;

        assert_eq!(topics.count(), 1, "the new one");
        assert_ne!(epoch(&topics, "blue").await, blue);
    }

    #[tokio::test(start_paused = true)]
    async fn a_topic_that_is_read_is_not_dropped_however_silent() {
        let topics = topics(10);
        let blue = epoch(&topics, "blue").await;
        let request = TestRequest::default().to_http_request();
        let reader = topics.source("blue").unwrap().follow(&request, Start::Newest).await.unwrap();

        advance(IDLE * 10).await;
        epoch(&topics, "new").await;
        assert_eq!(topics.count(), 2, "it is still there");

        drop(reader);
        advance(IDLE - Duration::from_secs(1)).await;
        assert_eq!(epoch(&topics, "blue").await, blue, "it was read until just now");
        advance(IDLE).await;
        assert_ne!(epoch(&topics, "blue").await, blue);
    }

    #[tokio::test(start_paused = true)]
    async fn one_topic_too_many_is_503_until_another_is_idle() {
        let topics = topics(2);
        for name in ["blue", "red"] {
            epoch(&topics, name).await;
        }

        assert_eq!(topics.source("green").unwrap_err().status_code(), 503);
        assert!(topics.source("red").is_ok(), "this one is there");
        advance(IDLE).await;

        assert!(topics.source("green").is_ok());
    }
}
