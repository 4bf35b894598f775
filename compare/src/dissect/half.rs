//! Half of a connection, which is one direction: what has come of it, and what is due next.

use std::mem::take;

use super::{
    content::{self, Broken},
    frames::Frames,
    head::{self, NoHead},
    part::{Kind, LONGEST, Part, Sink},
    records::{NoRecord, Records},
    requests::{Requests, Verdict},
    resync::{Found, Resync},
    state::State,
};
use crate::{direction::Direction, wire::body::Body};

#[derive(Debug)]
pub(super) struct Half {
    direction: Direction,
    pending: Vec<u8>,
    state: State,
    /// What passes belongs to an exchange on the channel.
    channel: bool,
    closed: bool,
    /// A head was due, and has come or not.
    begun: bool,
}

/// Bytes are missing, and what follows is not known.
pub(super) struct Astray;

impl Half {
    pub(super) fn new(direction: Direction) -> Self {
        Self { direction, pending: Vec::new(), state: State::Head, channel: false, closed: false, begun: false }
    }

    pub(super) fn pending(&self) -> &[u8] {
        &self.pending
    }

    pub(super) fn take(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
    }

    /// Adds the parts that are whole.
    pub(super) fn run(&mut self, requests: &mut Requests, parts: &mut Vec<Part>) {
        let mut pending = take(&mut self.pending);
        let mut used = 0;
        while let Some(more) = self.step(&pending[used..pending.len().min(used + LONGEST)], requests, parts) {
            used += more;
        }
        pending.drain(..used);
        self.pending = pending;
    }

    /// After the answer to an upgrade.
    pub(super) fn go_on(&mut self, verdict: Verdict) {
        self.state = match (verdict, take(&mut self.state)) {
            (Verdict::Refused, State::Held) => State::Head,
            (Verdict::Refused, state) => state,
            (Verdict::Frames, State::Held) => State::Frames(Frames::default()),
            (Verdict::Frames | Verdict::Unknown, _) => State::Unknown,
        };
    }

    /// Bytes are missing: what comes then is understood only where it is known how many were due.
    pub(super) fn lost(&mut self, count: usize, parts: &mut Vec<Part>) -> Result<(), Astray> {
        let missing = count.saturating_add(self.pending.len());
        self.flush("unfinished", parts);
        self.sink(parts).add(Kind::Lost, &[]).note = Some(format!("{count} bytes are missing"));

        self.state = match take(&mut self.state) {
            State::Body(body, content) => match body.after(missing) {
                Some(body) => State::Body(body, content.truncate()),
                None => State::Resync(Resync::from_body(body, content)),
            },
            State::Frames(frames) => frames.after(missing).map_or(State::Unknown, State::Frames),
            State::Records(records) => records.after(missing).map_or(State::Unknown, State::Records),
            State::Resync(resync) => State::Resync(resync.reset()),
            State::Unknown => State::Unknown,
            State::Head | State::Held => State::Resync(Resync::default()),
        };
        if matches!(self.state, State::Resync(_) | State::Unknown) { Err(Astray) } else { Ok(()) }
    }

    /// Nothing more will come.
    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    /// Gives up on what is pending.
    pub(super) fn flush(&mut self, why: &str, parts: &mut Vec<Part>) {
        let pending = take(&mut self.pending);
        if !pending.is_empty() {
            self.sink(parts).add(Kind::Raw, &pending).note = Some(why.to_owned());
        }
    }

    /// How much of the window is used; `None` when more must come.
    fn step(&mut self, window: &[u8], requests: &mut Requests, parts: &mut Vec<Part>) -> Option<usize> {
        let mut sink = self.sink(parts);
        match &mut self.state {
            State::Head if !self.begun && Records::begin(window) => {
                self.state = State::Records(Records::default());
                Some(0)
            }
            State::Head => self.head(window, requests, parts),
            State::Body(..) => self.body(window, parts),
            State::Frames(frames) => frames.next(window, &mut sink),
            State::Records(records) => records.next(window, &mut sink).unwrap_or_else(|NoRecord| {
                self.state = State::Unknown;
                Some(0)
            }),
            State::Resync(_) => self.search(window, parts),
            State::Held if window.len() == LONGEST => {
                self.state = State::Unknown;
                Some(0)
            }
            State::Unknown if !window.is_empty() => {
                sink.add(Kind::Raw, window);
                Some(window.len())
            }
            State::Held | State::Unknown => None,
        }
    }

    fn head(&mut self, window: &[u8], requests: &mut Requests, parts: &mut Vec<Part>) -> Option<usize> {
        self.begun |= !window.is_empty();
        let (first, read) = match self.direction {
            Direction::Up => (Kind::RequestLine, head::request(window, requests)),
            Direction::Down => (Kind::StatusLine, head::answer(window, requests)),
        };
        let opening = match read {
            Ok(Some(opening)) => opening,
            Ok(None) if window.len() < LONGEST => return None,
            Ok(None) | Err(NoHead) => {
                self.channel = false;
                self.state = State::Resync(Resync::from_no_head());
                return Some(0);
            }
        };
        let start = parts.len();
        self.channel = opening.channel;
        self.state = opening.next;
        head::split(&window[..opening.length], first, &mut Sink { channel: opening.channel, ..self.sink(parts) });
        if opening.unasked {
            parts[start].note = Some("answers no request that was seen".to_owned());
        }

        Some(opening.length)
    }

    fn search(&mut self, window: &[u8], parts: &mut Vec<Part>) -> Option<usize> {
        let mut sink = self.sink(parts);
        let State::Resync(resync) = &mut self.state else {
            return None;
        };
        let (used, found) = resync.next(self.direction, window)?;
        if used > 0 {
            sink.add(Kind::Raw, &window[..used]);
        }
        match found {
            Some(Found::Head) => self.state = State::Head,
            Some(Found::Chunks(content)) => self.state = State::Body(Body::Chunks, content),
            None => {}
        }

        Some(used)
    }

    fn body(&mut self, window: &[u8], parts: &mut Vec<Part>) -> Option<usize> {
        let mut sink = self.sink(parts);
        let State::Body(body, content) = &mut self.state else {
            return None;
        };
        if *body == Body::Ended {
            self.state = State::Head;
            return Some(0);
        }
        match content::next(body, content, window, self.closed, &mut sink) {
            Ok(used) => used,
            Err(Broken) => {
                self.state = State::Resync(Resync::from_body(*body, take(content)));
                Some(0)
            }
        }
    }

    /// What passes between an exchange and the next belongs to neither.
    fn sink<'a>(&self, parts: &'a mut Vec<Part>) -> Sink<'a> {
        let channel = self.channel && !matches!(self.state, State::Head);

        Sink { direction: self.direction, channel, parts }
    }
}
