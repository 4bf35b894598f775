//! What is in a body: nothing of interest, lines, or the answer to a poll.

use std::fmt;

use super::{
    answer::Answer,
    document, events,
    part::{Kind, LONGEST, Sink},
};
use crate::wire::body::{Body, next_part};

/// A body is broken.
pub(super) struct Broken;

/// Makes parts of what is left of a body. How much is used; `None` when more must come.
pub(super) fn next(
    body: &mut Body,
    content: &mut Content,
    window: &[u8],
    closed: bool,
    sink: &mut Sink<'_>,
) -> Result<Option<usize>, Broken> {
    match next_part(window, *body) {
        Ok(Some((used, next, []))) => {
            framing(*body, next, &window[..used], sink);
            content.begin_line();
            *body = next;
            Ok(Some(used))
        }
        Ok(Some((_, next, data))) => {
            let whole = matches!(next, Body::Ended | Body::Chunk(2)) || (closed && next == Body::Raw);
            let used = content.next(data, whole, sink);
            *body = used.and_then(|used| body.after(used)).unwrap_or(*body);
            Ok(used)
        }
        Ok(None) if window.len() < LONGEST => Ok(None),
        Ok(None) | Err(_) => Err(Broken),
    }
}

/// Adds what stands around a chunk.
fn framing(before: Body, after: Body, bytes: &[u8], sink: &mut Sink<'_>) {
    match (before, after) {
        (Body::Chunks, Body::Chunk(left)) => {
            sink.add(Kind::ChunkSize, bytes).note = Some(format!("{} bytes", left - 2));
        }
        (Body::Trailers, Body::Trailers) => {
            sink.add(Kind::Trailer, bytes);
        }
        (Body::Chunks | Body::Trailers, _) => {
            sink.add(Kind::LastChunk, bytes).continued = before == Body::Trailers;
        }
        _ => {
            sink.add(Kind::ChunkEnd, bytes);
        }
    }
}

/// What is in a body.
#[derive(Debug)]
pub(super) enum Content {
    /// All of it is of one kind; whether some has come.
    Plain(Kind, bool),
    Lines(Lines),
    Answer(Answer),
}

impl Default for Content {
    fn default() -> Self {
        Self::plain(Kind::Raw)
    }
}

impl Content {
    pub(super) fn plain(kind: Kind) -> Self {
        Self::Plain(kind, false)
    }

    pub(super) fn events() -> Self {
        Self::Lines(Lines { split: events::split, looked: 0, truncated: false })
    }

    pub(super) fn document() -> Self {
        Self::Lines(Lines { split: document::split, looked: 0, truncated: false })
    }

    pub(super) fn answer() -> Self {
        Self::Answer(Answer::default())
    }

    /// How much of the data makes parts now; `None` when more must come. If it is `whole` no more will, for now.
    fn next(&mut self, data: &[u8], whole: bool, sink: &mut Sink<'_>) -> Option<usize> {
        let whole = whole || data.len() == LONGEST;
        let used = match self {
            Self::Plain(kind, begun) if whole => {
                sink.add(*kind, data).continued = *begun;
                *begun = true;
                return Some(data.len());
            }
            Self::Plain(..) => None,
            Self::Lines(lines) => lines.next(data, sink),
            Self::Answer(answer) => answer.next(data, whole, sink),
        };
        if used.is_none() && whole {
            sink.add(Kind::Raw, data);
            *self = std::mem::take(self).truncate();
            return Some(data.len());
        }

        used
    }

    /// Some was not understood, or is missing: the rest of a line is no line, and the rest of JSON is not understood.
    pub(super) fn truncate(self) -> Self {
        match self {
            Self::Plain(kind, _) => Self::Plain(kind, true),
            Self::Lines(lines) => Self::Lines(Lines { looked: 0, truncated: true, ..lines }),
            Self::Answer(_) => Self::plain(Kind::Raw),
        }
    }

    /// A chunk begins, and with it a line: our servers cut none.
    fn begin_line(&mut self) {
        if let Self::Lines(lines) = self {
            lines.truncated = false;
        }
    }
}

/// Lines, of an event stream or of a document.
pub(super) struct Lines {
    /// Makes the parts of a line.
    split: fn(&[u8], &mut Sink<'_>),
    /// So many bytes have no line end.
    looked: usize,
    /// The beginning of the line is missing.
    truncated: bool,
}

impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { split: _, looked, truncated } = self;

        f.debug_struct("Lines").field("looked", looked).field("truncated", truncated).finish_non_exhaustive()
    }
}

impl Lines {
    fn next(&mut self, data: &[u8], sink: &mut Sink<'_>) -> Option<usize> {
        let Some(end) = data[self.looked..].iter().position(|byte| *byte == b'\n') else {
            self.looked = data.len();
            return None;
        };
        let line = &data[..=self.looked + end];
        self.looked = 0;
        if std::mem::take(&mut self.truncated) {
            sink.add(Kind::Raw, line);
        } else {
            (self.split)(line, sink);
        }

        Some(line.len())
    }
}
