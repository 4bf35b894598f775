//! The clients of the five, behind one trait.
//!
//! A [`Client`] asks and understands, and does no I/O; a [`Connection`] is one that it drives. What a client needs to
//! come back is a cursor, and that is all that a connection leaves behind.

mod connection;
mod event;
mod heard;
pub mod iframe_stream;
pub mod polling;
mod protocol;
mod request;
pub mod sse;
pub mod websocket;

pub use connection::{Connection, Stream};
pub use event::{End, Event, Received};
pub use heard::Heard;
pub use protocol::Client;
pub use request::{Channel, request};
