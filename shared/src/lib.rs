//! What the five servers have in common, and nothing that differs between them.
//!
//! There is one [`feed`]: an append-only log of messages, each with an id. A transport is only a way of waiting for
//! what comes after an id. This crate knows no transport: it writes no content type of a channel, performs no upgrade
//! and frames nothing.

mod body;
pub mod clock;
pub mod feed;
mod guard;
pub mod message;
pub mod options;
pub mod page;
pub mod problem;
mod routes;
pub mod server;
#[cfg(feature = "testing")]
pub mod testing;
pub mod transport;
pub mod view;

pub use feed::{Batch, Feed, Start};
pub use message::{Cursor, Kind, Message, Text};
pub use options::Options;
pub use problem::Problem;
pub use server::channel;
pub use transport::{Switch, Transport};
pub use view::{Reader, View};
