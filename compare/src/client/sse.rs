//! Server-Sent Events: the [event stream] of the HTML standard, as far as a client of ours needs it.
//!
//! [event stream]: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream

use super::{
    event::{End, Event},
    heard::Heard,
    protocol::Client,
};

/// Puts events together from their lines.
#[derive(Debug, Default)]
pub struct Sse {
    line: Vec<u8>,
    name: String,
    data: String,
}

impl Client for Sse {
    fn hear(&mut self, piece: &[u8], heard: &mut Heard) {
        self.line.extend_from_slice(piece);
        while let Some(end) = self.line.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.line.drain(..=end).collect();
            let line = String::from_utf8(line).expect("an event stream is UTF-8");
            self.take(line.trim_end_matches('\n'), heard);
        }
    }

    fn ended(&mut self, _heard: &mut Heard) -> Option<End> {
        Some(End::Complete)
    }
}

impl Sse {
    fn take(&mut self, line: &str, heard: &mut Heard) {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => {
                self.data += value;
                self.data.push('\n');
            }
            "" if line.is_empty() => self.dispatch(heard),
            _ => {} // an id is in the data too; a comment and `retry` are for browsers
        }
    }

    fn dispatch(&mut self, heard: &mut Heard) {
        let name = std::mem::take(&mut self.name);
        let data = std::mem::take(&mut self.data);
        match name.as_str() {
            _ if data.is_empty() => {}
            "gap" => heard.events.push_back(Event::Gap),
            "heartbeat" => heard.events.push_back(Event::Heartbeat),
            _ => heard.json(data.trim_end_matches('\n').as_bytes()),
        }
    }
}
