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
    id: Option<String>,
    name: String,
    data: String,
    /// A comment stands before the event.
    comment: bool,
}

impl Client for Sse {
    fn hear(&mut self, piece: &[u8], heard: &mut Heard) {
        self.line.extend_from_slice(piece);
        while let Some(end) = self.line.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.line.drain(..=end).collect();
            match str::from_utf8(&line) {
                Ok(line) => self.take(line.trim_end_matches('\n'), heard),
                Err(error) => heard.wrong(format!("an event stream is UTF-8: {error}")),
            }
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
            "id" => self.id = Some(value.to_owned()),
            "event" => value.clone_into(&mut self.name),
            "data" => {
                self.data += value;
                self.data.push('\n');
            }
            "" if line.is_empty() => self.dispatch(heard),
            "" => self.comment = true,
            _ => {} // `retry` is for browsers
        }
    }

    fn dispatch(&mut self, heard: &mut Heard) {
        let name = std::mem::take(&mut self.name);
        let data = std::mem::take(&mut self.data);
        let comment = std::mem::take(&mut self.comment);
        heard.next = self.id.take().or(heard.next.take());
        match name.as_str() {
            _ if data.is_empty() => {}
            "gap" => heard.events.push_back(Event::Gap),
            "heartbeat" if comment => heard.events.push_back(Event::Heartbeat),
            "heartbeat" => heard.events.push_back(Event::Place { more: data == "{\"more\":true}\n" }),
            _ => heard.json(data.trim_end_matches('\n').as_bytes()),
        }
    }
}
