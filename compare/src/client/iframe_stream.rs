//! Iframe streaming: a script for each message, one a line.

use super::{event::End, heard::Heard, protocol::Client};
use crate::wire::script;

/// Reads the objects out of the scripts, as the browser does when it runs them.
#[derive(Debug, Default)]
pub struct IframeStream {
    line: Vec<u8>,
}

impl Client for IframeStream {
    fn hear(&mut self, piece: &[u8], heard: &mut Heard) {
        self.line.extend_from_slice(piece);
        while let Some(end) = self.line.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.line.drain(..=end).collect();
            if let Some(json) = script::object(&line) {
                heard.json(json);
            }
        }
    }

    fn ended(&mut self, _heard: &mut Heard) -> Option<End> {
        Some(End::Complete)
    }
}
