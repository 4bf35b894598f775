//! The answer to a poll: `{"gap":false,"more":false,"next":"CURSOR","messages":[…]}`.

use super::part::{Kind, Sink, is_message};

/// The last words before the messages.
const LIST: &[u8] = br#""messages":["#;

#[derive(Debug, Default)]
pub(super) struct Answer {
    stage: Stage,
    json: Json,
}

#[derive(Debug, Default)]
enum Stage {
    #[default]
    Opening,
    List,
    Closing,
}

impl Answer {
    /// How much makes a part; `None` when more must come. If it is `whole`, this is the end.
    pub(super) fn next(&mut self, data: &[u8], whole: bool, sink: &mut Sink<'_>) -> Option<usize> {
        let (kind, used) = match (&self.stage, data) {
            (Stage::Opening, _) => {
                let used = data.windows(LIST.len()).position(|part| part == LIST)? + LIST.len();
                self.stage = Stage::List;
                (Kind::Envelope, used)
            }
            (Stage::List, [b'{', ..]) => {
                let used = self.json.end(data)?;
                let kind = if is_message(data) { Kind::Message } else { Kind::Notice };
                (kind, used)
            }
            (Stage::List, [b',', ..]) => (Kind::Envelope, 1),
            (Stage::List | Stage::Closing, _) => {
                self.stage = Stage::Closing;
                (Kind::Envelope, Some(data.len()).filter(|_| whole)?)
            }
        };
        sink.add(kind, &data[..used]);

        Some(used)
    }
}

/// Looks for the end of an object, piece by piece.
#[derive(Debug, Default)]
struct Json {
    looked: usize,
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Json {
    /// Where the object ends with which the data begins; the same data and more when it is asked again.
    fn end(&mut self, data: &[u8]) -> Option<usize> {
        for byte in &data[self.looked..] {
            self.looked += 1;
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = self.in_string,
                b'"' => self.in_string = !self.in_string,
                b'{' if !self.in_string => self.depth += 1,
                b'}' if !self.in_string => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            if self.depth == 0 {
                let end = self.looked;
                *self = Self::default();
                return Some(end);
            }
        }

        None
    }
}
