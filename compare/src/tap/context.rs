//! What both directions of a connection work with.

use std::sync::Arc;

use tokio::sync::watch;

use super::{connection::Connection, fault::Condition, registry::Registry};

/// A connection, and what it needs of its tap.
pub(super) struct Context {
    pub(super) connection: Connection,
    pub(super) registry: Arc<Registry>,
    pub(super) condition: watch::Receiver<Condition>,
}
