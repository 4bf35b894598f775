//! The contract over HTTP/2, as docs/SPEC.md has it: each test is a clause there.
//!
//! The client is the `h2` crate. Of the five, four go over HTTP/2; the WebSocket has its page, its status and its POST there.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod admission;
mod bodies;
mod channel;
mod choice;
mod follower;
mod leaving;
mod stop;
mod support;
