//! The frames of a WebSocket (RFC 6455 §5.2).

mod names;

use super::part::{Kind, LONGEST, Sink, is_message};
use crate::direction::Direction;
use crate::wire::frame::{BINARY, CLOSE, CONTINUATION, FrameHeader, PING, PONG, TEXT, masked};

#[derive(Debug, Default)]
pub(super) struct Frames {
    /// The frame whose payload is due, and how much of it has passed.
    frame: Option<(FrameHeader, u64)>,
    /// The opcode of the message whose fragments come; that of a continuation while none do.
    opcode: u8,
    /// What the message is, once some of it has come.
    begun: Option<Kind>,
}

impl Frames {
    /// How much makes a part; `None` when more must come.
    pub(super) fn next(&mut self, bytes: &[u8], sink: &mut Sink<'_>) -> Option<usize> {
        let Some((header, passed)) = self.frame else {
            let header = FrameHeader::read(bytes)?;
            sink.add(Kind::Frame, &bytes[..header.size]).note = Some(names::header(&header));
            self.begin(header);
            return Some(header.size);
        };
        let due = usize::try_from(header.length - passed).map_or(LONGEST, |left| left.min(LONGEST));
        let bytes = bytes.get(..due)?;

        let unmasked = header.mask.map(|mask| masked(bytes, mask, passed));
        let plain = unmasked.as_deref().unwrap_or(bytes);
        let (kind, continued) = match header.opcode {
            CONTINUATION | TEXT | BINARY => self.data(plain, sink.direction),
            PING => (Kind::Ping, passed > 0),
            PONG => (Kind::Pong, passed > 0),
            CLOSE => (Kind::Close, passed > 0),
            _ => (Kind::Raw, passed > 0),
        };
        let note = (kind == Kind::Close).then(|| names::close(plain));
        let part = sink.add(kind, bytes);
        part.continued = continued;
        part.note = note;
        part.unmasked = unmasked;
        self.pass(header, passed + due as u64);

        Some(due)
    }

    /// The same after so many bytes that are missing; `None` where more are than the frame has left.
    pub(super) fn after(mut self, missing: usize) -> Option<Self> {
        let (header, passed) = self.frame?;
        let passed = passed.checked_add(missing as u64).filter(|passed| *passed <= header.length)?;
        if matches!(header.opcode, CONTINUATION | TEXT | BINARY) {
            self.begun.get_or_insert(Kind::Raw); // what it is shows only at its beginning
        }
        self.pass(header, passed);

        Some(self)
    }

    fn begin(&mut self, header: FrameHeader) {
        if matches!(header.opcode, TEXT | BINARY) {
            self.opcode = header.opcode;
            self.begun = None;
        }
        self.pass(header, 0);
    }

    fn pass(&mut self, header: FrameHeader, passed: u64) {
        self.frame = (passed < header.length).then_some((header, passed));
        if self.frame.is_none() && header.fin && matches!(header.opcode, CONTINUATION | TEXT | BINARY) {
            self.opcode = CONTINUATION;
            self.begun = None;
        }
    }

    /// What a message is by its beginning, and whether this goes on with it.
    fn data(&mut self, plain: &[u8], direction: Direction) -> (Kind, bool) {
        if let Some(kind) = self.begun {
            return (kind, true);
        }
        let kind = match (self.opcode, direction) {
            (TEXT, Direction::Up) => Kind::Text,
            (TEXT, Direction::Down) if is_message(plain) => Kind::Message,
            (TEXT, Direction::Down) => Kind::Notice,
            (BINARY, _) => Kind::Binary,
            _ => Kind::Raw,
        };
        self.begun = Some(kind);

        (kind, false)
    }
}
