//! The laboratory: five servers on one feed behind their taps, the state that the page shows, and its commands.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod buffer;
mod commands;
mod faults;
mod follower;
mod state;
#[path = "../support/lab.rs"]
mod support;
mod viewers;
