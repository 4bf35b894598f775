//! What a client makes of what it hears.

use std::collections::VecDeque;

use serde::Deserialize;

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
    /// What came that is against the contract.
    pub wrong: Option<String>,
}

impl Heard {
    /// Takes a message's JSON, or `{"heartbeat":true}` and its like.
    pub fn json(&mut self, json: &[u8]) {
        let event = match json {
            br#"{"heartbeat":true}"# => Event::Heartbeat,
            br#"{"reopen":true}"# => Event::End(End::Reopen),
            _ if json.starts_with(br#"{"error":"#) => Event::Error(String::from_utf8_lossy(json).into_owned()),
            _ if json.starts_with(br#"{"id":"#) => match serde_json::from_slice(json) {
                Ok(message) => return self.message(message),
                Err(error) => return self.wrong(format!("a message is none: {error}")),
            },
            _ => match serde_json::from_slice(json) {
                Ok(place) => return self.place(place),
                Err(error) => return self.wrong(format!("a place is none: {error}")),
            },
        };
        self.events.push_back(event);
    }

    /// Notes the first thing that is against the contract.
    pub fn wrong(&mut self, what: String) {
        self.wrong.get_or_insert(what);
    }

    /// Takes a place, and the gap before it.
    pub fn place(&mut self, Place { gap, next, more }: Place) {
        self.next = Some(next);
        self.events.extend(gap.then_some(Event::Gap).into_iter().chain([Event::Place { more }]));
    }

    /// Takes a message, and moves on.
    pub fn message(&mut self, message: Received) {
        self.next = Some(message.id.to_string());
        self.events.push_back(Event::Message(message));
    }
}

/// `{"next":"CURSOR","more":BOOL}`, maybe with a gap before it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Messages are missing before it.
    #[serde(default)]
    pub gap: bool,
    /// What to send as `after` to go on.
    pub next: String,
    /// More is pending.
    pub more: bool,
}
