//! What a client hears from a server, in the words of all five.

use serde::Deserialize;
use shared::{Cursor, shell::Kind};

/// What a client hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A message.
    Message(Received),
    /// Messages are missing here.
    Gap,
    /// The client knows its place, and whether more is pending.
    Place {
        /// If not, it is up to date.
        more: bool,
    },
    /// The connection is alive.
    Heartbeat,
    /// A poll was answered: there was nothing.
    Nothing,
    /// The server answered an error to what was sent on the connection.
    Error(String),
    /// The connection is over.
    End(End),
}

/// A message as it arrived.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Received {
    /// Its place in the feed.
    pub id: Cursor,
    /// Unix milliseconds at its publication.
    pub at: u64,
    /// What it is about.
    pub kind: Kind,
    /// Its text.
    pub text: String,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The channel refused, with this status and seconds to wait.
    Refused(u16, Option<u32>),
    /// The body ended as it should.
    Complete,
    /// The server asks to be asked again at once.
    Reopen,
    /// A WebSocket's Close, with its code.
    Closed(Option<u16>),
    /// The connection broke off.
    Cut,
}
