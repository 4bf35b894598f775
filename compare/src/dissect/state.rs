//! What is due next in one direction of a connection.

use super::{content::Content, frames::Frames, records::Records, resync::Resync};
use crate::wire::body::Body;

/// What is due.
#[derive(Debug, Default)]
pub(super) enum State {
    /// A head.
    Head,
    /// What is left of a body.
    Body(Body, Content),
    /// Whatever the answer to an upgrade allows.
    Held,
    /// Frames of a WebSocket.
    Frames(Frames),
    /// Records of TLS.
    Records(Records),
    /// Anything, and in it maybe something known.
    Resync(Resync),
    /// Anything, until the end.
    #[default]
    Unknown,
}
