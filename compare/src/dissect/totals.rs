//! Counts.

use serde::Serialize;

use super::part::{Kind, Part, Weight};
use crate::direction::Direction;

/// What the parts of any number of connections come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// From the clients.
    pub up: Bytes,
    /// From the servers.
    pub down: Bytes,
    /// Requests on the channel, those that publish included.
    pub requests: u64,
    /// Requests that publish.
    pub posts: u64,
    /// Texts sent to be published, by POST or in a frame.
    pub texts: u64,
    /// Messages delivered, each as often as it was.
    pub messages: u64,
}

/// Bytes by weight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Bytes {
    /// Of [`Weight::Payload`].
    pub payload: u64,
    /// Of [`Weight::Overhead`].
    pub overhead: u64,
    /// Of [`Weight::Other`].
    pub other: u64,
    /// Of [`Weight::Sealed`].
    pub sealed: u64,
}

impl Totals {
    /// Counts a part.
    pub fn count(&mut self, part: &Part) {
        let bytes = match part.direction {
            Direction::Up => &mut self.up,
            Direction::Down => &mut self.down,
        };
        let length = part.bytes.len() as u64;
        match part.weight {
            Weight::Payload => bytes.payload += length,
            Weight::Overhead => bytes.overhead += length,
            Weight::Other => bytes.other += length,
            Weight::Sealed => bytes.sealed += length,
        }
        if matches!(part.weight, Weight::Payload | Weight::Overhead) && !part.continued {
            self.count_start(part);
        }
    }

    fn count_start(&mut self, part: &Part) {
        match part.kind {
            Kind::RequestLine => {
                self.requests += 1;
                self.posts += u64::from(part.bytes.starts_with(b"POST "));
            }
            Kind::Text => self.texts += 1,
            Kind::Message => self.messages += 1,
            _ => {}
        }
    }
}
