//! What the five have in common, and nothing that differs between them.
//!
//! There is one [`feed`]: an append-only log of messages, each with an id. A transport is only a way of waiting for
//! what comes after an id. This crate knows no transport: it writes no content type of a channel, performs no upgrade
//! and frames nothing.
//!
//! Without the default feature `server` it is the *ground* that the five stand on: what you take along when you lift one
//! out. With it, it is also the *shell* around them in this project: options, page, files, clock, and a server that stops
//! in time.

pub mod batch;
pub mod cursor;
pub mod feed;
pub mod heartbeat;
mod held;
pub mod http2;
mod keeper;
pub mod key;
pub mod message;
mod now;
pub mod origin;
pub mod post;
pub mod problem;
pub mod reader;
pub mod readers;
#[cfg(feature = "redis")]
pub mod redis;
mod seat;
#[cfg(feature = "server")]
pub mod shell;
pub mod source;
pub mod start;
pub mod stop;
#[cfg(feature = "store")]
pub mod store;
mod stretches;
mod tally;
#[cfg(feature = "testing")]
pub mod testing;
pub mod topics;
pub mod unavailable;
mod waiting;

pub use batch::Batch;
pub use cursor::Cursor;
pub use feed::Feed;
pub use key::Key;
pub use message::{Entry, Message};
pub use origin::Origin;
pub use problem::Problem;
pub use reader::Reader;
pub use readers::Readers;
pub use source::Source;
pub use start::Start;
pub use topics::Topics;
pub use unavailable::{NotPublished, Unavailable};
