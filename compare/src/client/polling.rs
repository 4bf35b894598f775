//! Polling and long polling: the answers are the same, only that one waits.

use serde::Deserialize;

use super::{
    event::{End, Event, Received},
    heard::Heard,
    protocol::Client,
};

/// Asks again after each answer.
#[derive(Debug, Default)]
pub struct Polling {
    body: Vec<u8>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    gap: bool,
    more: bool,
    next: String,
    messages: Vec<Received>,
}

impl Client for Polling {
    fn hear(&mut self, piece: &[u8], _heard: &mut Heard) {
        self.body.extend_from_slice(piece);
    }

    fn ended(&mut self, heard: &mut Heard) -> Option<End> {
        let body = std::mem::take(&mut self.body);
        if !body.is_empty() {
            let answer: Answer = match serde_json::from_slice(&body) {
                Ok(answer) => answer,
                Err(error) => {
                    heard.wrong(format!("an answer is none: {error}"));
                    return None;
                }
            };
            if answer.gap {
                heard.events.push_back(Event::Gap);
            }
            answer.messages.into_iter().for_each(|message| heard.message(message));
            heard.next = Some(answer.next);
            heard.events.push_back(Event::Place { more: answer.more });
        }
        None
    }
}
