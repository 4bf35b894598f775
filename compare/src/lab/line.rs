//! What a process of servers and the laboratory say to each other: JSON, a line each, on its standard input and output.
//! The end of the input is the stop.

use std::{net::SocketAddr, time::Duration};

use serde::{Deserialize, Serialize};
use shared::{Cursor, shell::Kind};

/// What the process says first.
#[derive(Debug, Deserialize, Serialize)]
pub(super) enum Hello {
    /// It serves, each of its servers at one of these.
    Serves(Vec<SocketAddr>),
    /// It cannot, and ends.
    Fails(String),
}

/// A question or its answer, which has the same number.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Numbered<T> {
    pub(super) number: u64,
    pub(super) what: T,
}

/// What it is asked.
#[derive(Debug, Deserialize, Serialize)]
pub(super) enum Question {
    /// How it is.
    Look,
    /// To publish a message, once where it has a key.
    Publish { kind: Kind, text: String, key: Option<String> },
}

/// What it answers.
#[derive(Debug, Deserialize, Serialize)]
pub(super) enum Answer {
    Look(Look),
    Published,
    KeyReused,
    Unavailable,
}

/// The feed, and each of its servers, in figures.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Look {
    /// None where the feed cannot be read.
    pub(super) newest: Option<Cursor>,
    pub(super) held: usize,
    pub(super) reachable: Option<bool>,
    /// Held requests, streams and sockets.
    pub(super) open: Vec<usize>,
    /// Since this process began.
    pub(super) cpu: Vec<Option<Duration>>,
}
