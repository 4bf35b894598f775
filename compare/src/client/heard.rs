//! What a client makes of what it hears.

use std::collections::VecDeque;

use super::event::{End, Event, Received};

/// What a client made of what it heard.
#[derive(Debug, Default)]
pub struct Heard {
    /// In order.
    pub events: VecDeque<Event>,
    /// To be sent at once.
    pub answer: Vec<u8>,
    /// What to send as `after` to go on.
    pub next: Option<String>,
}

impl Heard {
    /// Takes a message's JSON, or `{"gap":true}` and its like.
    ///
    /// # Panics
    /// If it is neither: these clients test servers.
    pub fn json(&mut self, json: &[u8]) {
        let event = match json {
            br#"{"gap":true}"# => Event::Gap,
            br#"{"heartbeat":true}"# => Event::Heartbeat,
            br#"{"reopen":true}"# => Event::End(End::Reopen),
            _ if json.starts_with(br#"{"error":"#) => Event::Error(String::from_utf8_lossy(json).into_owned()),
            _ => return self.message(serde_json::from_slice(json).expect("the server sends messages")),
        };
        self.events.push_back(event);
    }

    /// Takes a message, and moves on.
    pub fn message(&mut self, message: Received) {
        self.next = Some(message.id.to_string());
        self.events.push_back(Event::Message(message));
    }
}
