//! The tap: what it passes on, counts and keeps, and each of its faults.
//!
//! Where a test waits for a fault's end, it has made that fault short; where it acts during a fault, it has made it so
//! long that a busy machine is not late. Times are only ever bounded from below.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod answers;
mod buffer;
mod bytes;
mod ends;
mod faults;
mod record;
mod silence;
mod slow;
mod support;
mod transports;
