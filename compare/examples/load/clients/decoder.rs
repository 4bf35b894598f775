//! Understands what comes to one client, as far as it must.

use std::{io, sync::Arc, time::Instant};

use compare::{transports::Row, wire::Brief};

use crate::{
    scan::{Item, scan},
    tally::{Came, Seen, Tally},
};

/// What a client does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Listen,
    Ask,
    AskLater,
}

/// What one client knows.
#[derive(Debug)]
pub(super) struct Decoder {
    row: Row,
    epoch: Arc<str>,
    /// Where to go on.
    place: u64,
    seen: Seen,
    /// What was cut.
    pending: Vec<u8>,
    /// How much of the body is to come, once a head has come. A stream's head does not say, so it is 0.
    due: Option<usize>,
    /// The server has more already.
    more: bool,
}

impl Decoder {
    /// At the beginning of the feed.
    pub(super) fn new(row: Row, epoch: Arc<str>) -> Self {
        Self { row, epoch, place: 0, seen: Seen::default(), pending: Vec::new(), due: None, more: false }
    }

    /// What to send as `after`.
    pub(super) fn cursor(&self) -> String {
        format!("{}.{}", self.epoch, self.place)
    }

    /// What is to stand before what comes next.
    pub(super) fn pending(&self) -> &[u8] {
        &self.pending
    }

    /// Takes what came, with what was pending before it.
    pub(super) fn hear(&mut self, bytes: &[u8], tally: &mut Tally) -> io::Result<Then> {
        let (body, due) = match self.due {
            Some(due) => (bytes, due),
            None => match Brief::parse(bytes)? {
                Some(head @ Brief { status: 101 | 200 | 204, .. }) => {
                    tally.answers += 1;
                    self.more = false;
                    (&bytes[head.length..], head.body)
                }
                Some(head) => return Err(io::Error::other(format!("the answer is {}", head.status))),
                None => {
                    self.pending = bytes.to_vec();
                    return Ok(Then::Listen);
                }
            },
        };
        let (done, reopen) = self.understand(body, tally);
        let whole = if self.row.streams { reopen } else { body.len() >= due };
        self.pending.clear();
        if whole {
            self.due = None;
            return Ok(if self.row.waits || self.more { Then::Ask } else { Then::AskLater });
        }
        self.due = Some(due.saturating_sub(done));
        self.pending.extend_from_slice(&body[done..]);

        Ok(Then::Listen)
    }

    /// Counts what is in a piece of a body; gives how much is done with, and whether the server ended the response.
    fn understand(&mut self, body: &[u8], tally: &mut Tally) -> (usize, bool) {
        let now = Instant::now();
        let mut reopen = false;
        let done = scan(body, |item| match item {
            Item::Message { seq, sent } => {
                if self.row.streams {
                    self.place = seq;
                }
                match self.seen.note(seq) {
                    Came::InOrder => tally.deliver(sent, now),
                    Came::OutOfOrder => {
                        tally.out_of_order += 1;
                        tally.deliver(sent, now);
                    }
                    Came::Again => tally.repeated += 1,
                }
            }
            Item::Answer { gap, more, next } => {
                tally.gaps += u64::from(gap);
                self.more = more;
                self.place = next;
            }
            Item::Gap => tally.gaps += 1,
            Item::Reopen => reopen = true,
        });

        (done, reopen)
    }
}
