//! A part: some bytes, and what they are.

use serde::Serialize;

use crate::direction::Direction;

/// No part is longer. The longest thing that our servers write in one piece is the message of 4,096 NULs: 24.7 KB.
pub const LONGEST: usize = 32 * 1_024;

/// What bytes are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// A message's JSON that goes down, or a text that goes up to be published. Where the JSON is escaped, as in a
    /// script, it counts as it is on the wire; a text under a mask as well.
    Payload,
    /// Whatever else it takes on the channel: heads, chunk lengths, envelopes, frame headers, heartbeats, gaps.
    Overhead,
    /// Not of the channel `/messages`: the page, its files, `/status`, and what answers no request that was seen.
    Other,
    /// Of TLS: what it is for cannot be told without the key.
    Sealed,
}

/// What bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The first line of a request.
    RequestLine,
    /// The first line of an answer.
    StatusLine,
    /// A line of a head.
    Header,
    /// The empty line that ends a head.
    HeadEnd,
    /// A text sent to be published, by POST or in a frame. Whether it is accepted does not matter.
    Text,
    /// Another body. The answer to a POST is one: its message is no delivery.
    Body,
    /// The line before a chunk.
    ChunkSize,
    /// The line end behind a chunk.
    ChunkEnd,
    /// The chunk of nothing, with the empty line behind it, which continues where trailers stand between the two.
    LastChunk,
    /// A field behind the last chunk.
    Trailer,
    /// A line `id:` of an event stream.
    Id,
    /// A line `event:`.
    Event,
    /// A line `data:`; where it carries a message, `data: ` before it and the line end behind it, which continues.
    Data,
    /// A line `retry:`.
    Retry,
    /// A comment, which begins with a colon.
    Comment,
    /// The empty line that ends an event.
    EventEnd,
    /// A line of the document before the scripts.
    Prelude,
    /// `<script nonce="…">f(`.
    ScriptStart,
    /// `)</script>` and the line end.
    ScriptEnd,
    /// What stands around the messages of a poll's answer: the beginning, each comma, the end.
    Envelope,
    /// The JSON of a message, delivered.
    Message,
    /// Another word of the server: a gap, a heartbeat, `reopen`, an error.
    Notice,
    /// The header of a WebSocket's frame; the note names its bits.
    Frame,
    /// The payload of a binary frame.
    Binary,
    /// The payload of a ping.
    Ping,
    /// The payload of a pong.
    Pong,
    /// The payload of a Close; the note names code and reason.
    Close,
    /// The header of a record of TLS; the note has its kind and length.
    Record,
    /// What a record carries, most often encrypted; the note names the first of a handshake.
    Sealed,
    /// No bytes: some passed here unseen.
    Lost,
    /// Not understood.
    Raw,
}

/// Some of the bytes that passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The direction in which they passed.
    pub direction: Direction,
    /// What they are.
    pub kind: Kind,
    /// What they are for.
    pub weight: Weight,
    /// The bytes, as they passed.
    pub bytes: Vec<u8>,
    /// Without the mask, where they had one.
    pub unmasked: Option<Vec<u8>>,
    /// They go on what an earlier part of this kind began.
    pub continued: bool,
    /// What a reader would not see.
    pub note: Option<String>,
}

/// Where the parts of a direction go.
pub(super) struct Sink<'a> {
    pub(super) direction: Direction,
    /// They belong to the channel.
    pub(super) channel: bool,
    pub(super) parts: &'a mut Vec<Part>,
}

impl Sink<'_> {
    /// Adds a part, and gives it to have more said about it.
    pub(super) fn add(&mut self, kind: Kind, bytes: &[u8]) -> &mut Part {
        let weight = match kind {
            Kind::Record | Kind::Sealed => Weight::Sealed,
            _ if !self.channel => Weight::Other,
            Kind::Message | Kind::Text => Weight::Payload,
            _ => Weight::Overhead,
        };
        let direction = self.direction;
        let bytes = bytes.to_vec();

        self.parts.push_mut(Part { direction, kind, weight, bytes, unmasked: None, continued: false, note: None })
    }
}

/// JSON of our servers is a message's if it begins with an id.
pub(super) fn is_message(json: &[u8]) -> bool {
    json.starts_with(br#"{"id":""#)
}
