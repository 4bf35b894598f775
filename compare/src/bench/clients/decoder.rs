//! Understands what comes to one client, as far as it must.

use std::{io, sync::Arc};

use super::engine_io::Session;
use crate::{
    bench::{
        peers::Follows,
        scan::{Item, scan},
        tally::{Came, Seen, Tally, now},
    },
    transports::Row,
    wire::{
        Brief,
        frame::{CLOSE, FrameHeader, PING},
    },
};

/// What a client does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Listen,
    Ask,
    AskLater,
    /// This packet is to be sent, in a frame.
    Say(&'static str),
    /// This packet is to be posted.
    Post(&'static str),
    /// A ping of this payload is to be answered.
    Pong(Vec<u8>),
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
    follows: Follows,
    /// The fields that say where to go on, where the cursor does not.
    conditions: String,
    /// Where there are sessions.
    session: Option<Session>,
}

impl Decoder {
    /// At the beginning of the feed.
    pub(super) fn new(row: Row, follows: Follows, epoch: Arc<str>) -> Self {
        let (seen, pending, conditions) = (Seen::default(), Vec::new(), String::new());
        let session = (follows == Follows::Sessions).then(Session::default);

        Self { row, epoch, place: 0, seen, pending, due: None, more: false, follows, conditions, session }
    }

    /// Fields for the next request.
    pub(super) fn conditions(&self) -> &str {
        &self.conditions
    }

    /// What to ask for.
    pub(super) fn target(&self) -> String {
        match &self.session {
            Some(session) => session.target(if self.row.two_way { "websocket" } else { "polling" }),
            None => format!("/messages?after={}.{}", self.epoch, self.place),
        }
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
                Some(head @ Brief { status: 101 | 200 | 204 | 304, .. }) => {
                    tally.answers += 1;
                    self.more = false;
                    if self.follows == Follows::Etags && head.status == 200 {
                        self.conditions = conditions(&bytes[..head.length]);
                        self.more = true; // until nothing is new
                    }
                    (&bytes[head.length..], head.body)
                }
                Some(head) => return Err(io::Error::other(format!("the answer is {}", head.status))),
                None => {
                    self.pending = bytes.to_vec();
                    return Ok(Then::Listen);
                }
            },
        };
        if self.row.two_way {
            return self.hear_frames(body, tally);
        }
        let (done, reopen) = self.understand(body, tally);
        let whole = if self.row.streams { reopen } else { body.len() >= due };
        self.pending.clear();
        if let Some(session) = &mut self.session {
            session.piece(if whole { body } else { &body[..done] }, tally)?;
        }
        if whole {
            self.due = None;
            if let Some(session) = &mut self.session
                && let Some(packet) = session.answered(tally)?
            {
                return Ok(Then::Post(packet));
            }
            return Ok(if self.row.waits || self.more { Then::Ask } else { Then::AskLater });
        }
        self.due = Some(due.saturating_sub(done));
        self.pending.extend_from_slice(&body[done..]);

        Ok(Then::Listen)
    }

    /// Takes the head of an answer whose body comes in pieces, as those of HTTP/2 do.
    #[cfg(feature = "tls")]
    pub(super) fn answered(&mut self, status: u16, tally: &mut Tally) -> io::Result<()> {
        if ![200, 204].contains(&status) {
            return Err(io::Error::other(format!("the answer is {status}")));
        }
        tally.answers += 1;
        self.more = false;

        Ok(())
    }

    /// Takes a piece of its body.
    #[cfg(feature = "tls")]
    pub(super) fn piece(&mut self, bytes: &[u8], tally: &mut Tally) {
        let mut pending = std::mem::take(&mut self.pending);
        let bytes = if pending.is_empty() {
            bytes
        } else {
            pending.extend_from_slice(bytes);
            &pending
        };
        let (done, _) = self.understand(bytes, tally);
        self.pending = bytes[done..].to_vec();
    }

    /// Such a body has ended.
    #[cfg(feature = "tls")]
    pub(super) fn ended(&mut self) -> Then {
        self.pending.clear();

        if self.row.waits || self.more { Then::Ask } else { Then::AskLater }
    }

    /// Takes all frames that are whole: only in their headers does a ping differ from a text that looks like one.
    fn hear_frames(&mut self, mut bytes: &[u8], tally: &mut Tally) -> io::Result<Then> {
        let mut then = Then::Listen;
        while let Some(header) = FrameHeader::read(bytes) {
            let length = usize::try_from(header.length).unwrap_or(usize::MAX);
            let Some(payload) = bytes.get(header.size..header.size.saturating_add(length)) else { break };
            match header.opcode {
                PING => then = Then::Pong(payload.to_vec()), // of several the last is enough (RFC 6455 §5.5.3)
                CLOSE => return Err(io::Error::other("the server closed the socket")),
                _ => {
                    self.understand(payload, tally);
                    if let Some(session) = &mut self.session
                        && let Some(packet) = session.frame(payload, tally)?
                    {
                        then = Then::Say(packet);
                    }
                }
            }
            bytes = &bytes[header.size + length..];
        }
        self.due = Some(0);
        self.pending.clear();
        self.pending.extend_from_slice(bytes);

        Ok(then)
    }

    /// Counts what is in a piece of a body; gives how much is done with, and whether the server ended the response.
    fn understand(&mut self, body: &[u8], tally: &mut Tally) -> (usize, bool) {
        let now = now();
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

/// The fields that ask for what comes after an answer (RFC 9110 §13.1).
fn conditions(head: &[u8]) -> String {
    let mut fields = String::new();
    for (name, value) in str::from_utf8(head).unwrap_or_default().lines().filter_map(|line| line.split_once(':')) {
        let condition = match name.to_ascii_lowercase().as_str() {
            "etag" => "If-None-Match",
            "last-modified" => "If-Modified-Since",
            _ => continue,
        };
        fields += &format!("{condition}: {}\r\n", value.trim());
    }

    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transports::ALL;

    fn socket() -> Decoder {
        let mut decoder = Decoder::new(ALL[4], Follows::Cursors, "9f3c51aa".into());
        let head = b"HTTP/1.1 101 Switching Protocols\r\n\r\n";
        assert_eq!(decoder.hear(head, &mut Tally::new()).unwrap(), Then::Listen);

        decoder
    }

    #[test]
    fn a_ping_is_answered_and_what_is_around_it_counts() {
        let json = br#"{"id":"9f3c51aa.1","at":1,"kind":"message","text":"17 ."}"#;
        let mut bytes = b"\x89\x02hi".to_vec();
        bytes.extend([0x81, json.len() as u8]);
        bytes.extend(json);
        bytes.extend(b"\x81\x7d{");
        let mut tally = Tally::new();
        let mut decoder = socket();

        let then = decoder.hear(&bytes, &mut tally).unwrap();

        assert_eq!(then, Then::Pong(b"hi".to_vec()));
        assert_eq!((tally.delivered, decoder.target()), (1, "/messages?after=9f3c51aa.1".to_owned()));
        assert_eq!(decoder.pending(), b"\x81\x7d{");
    }

    #[test]
    fn an_answer_may_say_by_its_fields_where_to_go_on() {
        let mut decoder = Decoder::new(ALL[1], Follows::Etags, "9f3c51aa".into());
        let answer = b"HTTP/1.1 200 OK\r\nEtag: 3\r\nLast-Modified: Sat\r\nContent-Length: 0\r\n\r\n";

        assert_eq!(decoder.hear(answer, &mut Tally::new()).unwrap(), Then::Ask);

        assert_eq!(decoder.conditions(), "If-None-Match: 3\r\nIf-Modified-Since: Sat\r\n");
    }

    /// What a client of a session does, has joined and counts; each answer is cut into pieces of every size.
    fn session(row: Row, answers: &[Vec<u8>]) -> (Vec<Then>, u64, u64) {
        let longest = answers.iter().map(Vec::len).max().unwrap();
        let all: Vec<_> = (1..=longest)
            .map(|size| {
                let mut decoder = Decoder::new(row, Follows::Sessions, "9f3c51aa".into());
                let (mut tally, mut does) = (Tally::new(), Vec::new());
                for piece in answers.iter().flat_map(|answer| answer.chunks(size)) {
                    does.push(decoder.hear(&[decoder.pending(), piece].concat(), &mut tally).unwrap());
                }
                does.retain(|then| *then != Then::Listen);
                (does, tally.joined, tally.delivered)
            })
            .collect();

        assert!(all.iter().all(|one| *one == all[0]), "{all:?}");
        all[0].clone()
    }

    #[test]
    fn a_session_over_answers_is_posted_to_before_the_next_is_asked_for() {
        let event = r#"42["message",{"id":"9f3c51aa.1","at":1,"kind":"message","text":"17 ."}]"#;
        let other = event.replace("aa.1", "aa.2");
        let bodies = [r#"0{"sid":"x"}"#, "ok", r#"40{"sid":"y"}"#, &format!("{event}\u{1e}2\u{1e}{other}"), "ok"];
        let answer = |body: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());

        let (does, joined, delivered) = session(ALL[1], &bodies.map(|body| answer(body).into_bytes()));

        assert_eq!(does, [Then::Post("40"), Then::Ask, Then::Ask, Then::Post("3"), Then::Ask]);
        assert_eq!((joined, delivered), (1, 2));
    }

    #[test]
    fn a_session_over_frames_is_answered_in_frames() {
        let event = r#"42["message",{"id":"9f3c51aa.1","at":1,"kind":"message","text":"17 ."}]"#;
        let packets = [r#"0{"sid":"x"}"#, r#"40{"sid":"y"}"#, event, "2"];
        let frames = packets.map(|packet| [&[0x81, packet.len() as u8], packet.as_bytes()].concat());
        let head = b"HTTP/1.1 101 Switching Protocols\r\n\r\n".to_vec();

        let (does, joined, delivered) = session(ALL[4], &[&[head][..], &frames].concat());

        assert_eq!(does, [Then::Say("40"), Then::Say("3")]);
        assert_eq!((joined, delivered), (1, 1));
    }

    #[test]
    fn a_close_ends_it() {
        assert!(socket().hear(b"\x88\x02\x03\xe9", &mut Tally::new()).is_err());
    }
}
