//! Real proxies between a client and a server.
//!
//! `./test` gets nginx and HAProxy, `./test --long` all ten, and turns the feature `proxies` on for the other eight.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod passes;
mod starts;
