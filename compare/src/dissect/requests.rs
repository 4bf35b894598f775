//! The requests that are not answered yet: an answer is understood by its request.

use std::collections::VecDeque;

/// More requests than a browser ever sends ahead of their answers. Beyond, those before are forgotten.
pub const MOST_UNANSWERED: usize = 256;

/// A request, as far as its answer depends on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    /// It asks for `/messages`.
    pub(super) channel: bool,
    /// It asks to speak another protocol from now on, and waits whether it may.
    pub(super) upgrade: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Head,
    Post,
    Connect,
    Other,
}

/// What the answer to an upgrade means for what the client sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// More requests.
    Refused,
    /// Frames of a WebSocket.
    Frames,
    /// Something else.
    Unknown,
}

/// What is not answered yet, oldest first.
#[derive(Debug, Default)]
pub(super) struct Requests {
    queue: VecDeque<Request>,
    /// Bytes are missing since the last answer.
    desynchronized: bool,
    /// What an answer has just said to an upgrade.
    pub(super) verdict: Option<Verdict>,
}

impl Requests {
    pub(super) fn push(&mut self, request: Request) {
        if self.queue.len() == MOST_UNANSWERED {
            self.queue.clear();
        }
        self.queue.push_back(request);
    }

    /// The request that is answered by this status. One of 1xx, but for 101, announces the answer.
    ///
    /// Where bytes are missing it is the newest: browsers wait for an answer before they ask again.
    pub(super) fn answered(&mut self, status: u16) -> Option<Request> {
        if std::mem::take(&mut self.desynchronized) {
            self.queue.drain(..self.queue.len().saturating_sub(1));
        }
        match status {
            100 | 102..200 => self.queue.front().copied(),
            _ => self.queue.pop_front(),
        }
    }

    /// Bytes are missing: the next answer may be that to a later request.
    pub(super) fn desynchronize(&mut self) {
        self.desynchronized = true;
    }
}
