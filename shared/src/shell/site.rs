//! What the handlers of a server have in common.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;

use super::{
    note::{Kind, Note, Text},
    options::Options,
    refused::Refused,
    transport::Transport,
};
use crate::{Entry, Feed, Problem, Readers, Source};

/// A transport on a feed, with what was set. Clones are the same.
#[derive(Clone, Debug)]
pub struct Site {
    transport: Transport,
    source: Source,
    options: Arc<Options>,
    started: Instant,
    refused: Arc<Refused>,
}

impl Site {
    /// The site of a server that starts now, and ends at `stop`.
    pub fn new(transport: Transport, feed: Feed, stop: CancellationToken, options: Options) -> Self {
        let readers = Readers::until(stop, options.max_clients).with_max_age(options.max_age);
        let source = Source::new(feed, readers.with_patience(options.heartbeat.saturating_mul(2)));

        Self { transport, source, options: Arc::new(options), started: Instant::now(), refused: Arc::default() }
    }

    /// What it serves.
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// What the transport takes its messages from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The feed itself.
    pub fn feed(&self) -> &Feed {
        self.source.feed()
    }

    /// What was set.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// What is published of what a client wrote.
    ///
    /// # Errors
    /// 400 for an empty text, 413 for one too long.
    pub fn entry(text: String) -> Result<Entry, Problem> {
        Ok(Note { kind: Kind::Message, text: Text::try_from(text)? }.entry())
    }

    /// How many streams, held requests and sockets are open.
    pub fn open(&self) -> usize {
        self.source.readers().open()
    }

    /// What was refused.
    pub(crate) fn refused(&self) -> &Refused {
        &self.refused
    }

    /// Since the start.
    pub(crate) fn uptime(&self) -> Duration {
        self.started.elapsed()
    }
}
