//! What each of the five clients can do: ask, and understand. No I/O.

use std::fmt;

use super::{
    event::End,
    heard::Heard,
    request::{Channel, request},
};

/// Asks for messages, and understands what comes. No I/O.
pub trait Client: Send + fmt::Debug {
    /// The request for what comes after `after`; without it, from the newest message on.
    fn ask(&mut self, channel: &Channel, after: Option<&str>) -> Vec<u8> {
        request("GET", channel, after, "", "")
    }

    /// Understands a piece of an answer's body, cut anywhere.
    fn hear(&mut self, piece: &[u8], heard: &mut Heard);

    /// The body has ended; gives how the connection ends, or `None` to ask again.
    fn ended(&mut self, heard: &mut Heard) -> Option<End>;

    /// A text as it is sent on the connection itself, where a transport goes in both directions.
    fn say(&self, _text: &str) -> Option<Vec<u8>> {
        None
    }
}
