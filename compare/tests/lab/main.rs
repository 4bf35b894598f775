//! The laboratory: five servers on one feed behind their taps, the state that the page shows, and its commands.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod between;
mod buffer;
mod commands;
mod faults;
mod follower;
#[cfg(any(feature = "store", feature = "redis"))]
mod processes;
#[cfg(feature = "redis")]
#[path = "../support/redis.rs"]
#[expect(dead_code, reason = "the tests of Redis use the rest")]
mod redis;
#[cfg(feature = "tls")]
mod secure;
mod state;
#[path = "../support/lab.rs"]
mod support;
mod viewers;
