//! A session of engine.io 4, and a client of socket.io 5 in it, as far as a client must know their packets.
//!
//! Each packet begins with digits: the kind of engine.io's, and behind a `4` the kind of socket.io's
//! (<https://socket.io/docs/v4/engine-io-protocol/>, <https://socket.io/docs/v4/socket-io-protocol/>).

use std::io;

use memchr::memchr;
use serde::Deserialize;

use crate::bench::tally::Tally;

/// Stands between the packets of one answer, and in none of them: JSON escapes it.
const SEPARATOR: u8 = 0x1e;
/// The packet that opens a session is no longer.
const LONGEST: usize = 1_024;
/// Of others the digits are enough.
const KIND: usize = 2;
/// Asks to be a client of socket.io.
const CONNECT: &str = "40";
const PONG: &str = "3";

/// One client's session.
#[derive(Debug, Default)]
pub(super) struct Session {
    /// Its id, once it is open.
    sid: Option<String>,
    joined: bool,
    /// The beginning of the packet that comes.
    packet: Vec<u8>,
    /// The packet that is due.
    due: Option<&'static str>,
    /// The answer to a POST comes next, which has no packets.
    posted: bool,
}

/// What is needed of the packet that opens it.
#[derive(Deserialize)]
struct Open {
    sid: String,
}

impl Session {
    /// What to ask for, by a transport in its own words.
    pub(super) fn target(&self, transport: &str) -> String {
        let sid = self.sid.as_ref().map(|sid| format!("&sid={sid}")).unwrap_or_default();

        format!("/socket.io/?EIO=4&transport={transport}{sid}")
    }

    /// Takes a frame, which is one packet; gives the one to be sent.
    pub(super) fn frame(&mut self, payload: &[u8], tally: &mut Tally) -> io::Result<Option<&'static str>> {
        self.keep(payload);
        self.end(tally)?;

        Ok(self.due.take())
    }

    /// Takes a piece of an answer.
    pub(super) fn piece(&mut self, mut piece: &[u8], tally: &mut Tally) -> io::Result<()> {
        if self.posted {
            return Ok(());
        }
        while let Some(end) = memchr(SEPARATOR, piece) {
            self.keep(&piece[..end]);
            self.end(tally)?;
            piece = &piece[end + 1..];
        }
        self.keep(piece);

        Ok(())
    }

    /// The answer is whole; gives the packet to be posted before the next is asked for.
    pub(super) fn answered(&mut self, tally: &mut Tally) -> io::Result<Option<&'static str>> {
        if !self.posted {
            self.end(tally)?;
        }
        let due = self.due.take();
        self.posted = due.is_some();

        Ok(due)
    }

    fn keep(&mut self, piece: &[u8]) {
        let opens = self.packet.first().or(piece.first()) == Some(&b'0');
        let free = if opens { LONGEST } else { KIND }.saturating_sub(self.packet.len());

        self.packet.extend_from_slice(&piece[..piece.len().min(free)]);
    }

    /// The packet is whole.
    fn end(&mut self, tally: &mut Tally) -> io::Result<()> {
        let packet = std::mem::take(&mut self.packet);
        match &packet[..] {
            [b'0', open @ ..] if self.sid.is_none() => {
                self.sid = Some(serde_json::from_slice::<Open>(open)?.sid);
                self.due = Some(CONNECT);
            }
            b"40" if self.sid.is_some() && !self.joined => {
                self.joined = true;
                tally.joined += 1;
            }
            b"42" if self.joined => {}
            b"2" => self.due = Some(PONG),
            b"6" => {} // nothing, which only ends a request
            other => {
                let other = String::from_utf8_lossy(other);
                return Err(io::Error::other(format!("no packet of socket.io comes here that begins with {other:?}")));
            }
        }

        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: &str = r#"0{"sid":"Ab-1_","upgrades":[],"pingInterval":25000}"#;

    /// An answer in two pieces, cut anywhere: it must not matter where. Gives what is due, and how many have joined.
    fn answer(before: &[&str], body: &str) -> io::Result<(Option<&'static str>, u64)> {
        let mut all = (0..=body.len()).map(|at| {
            let (mut session, mut tally) = (Session::default(), Tally::new());
            for whole in before {
                session.piece(whole.as_bytes(), &mut tally).unwrap();
                session.answered(&mut tally).unwrap();
            }
            let (one, other) = body.as_bytes().split_at(at);
            session.piece(one, &mut tally).and_then(|()| session.piece(other, &mut tally))?;
            session.answered(&mut tally).map(|due| (due, tally.joined))
        });
        let first = all.next().unwrap();
        let same = |other: io::Result<_>| other.ok() == first.as_ref().ok().copied();
        assert!(all.all(same), "{body}");

        first
    }

    #[test]
    fn a_session_is_opened_and_then_joined() {
        let joined = r#"40{"sid":"x"}"#;

        assert_eq!(answer(&[], OPEN).unwrap(), (Some("40"), 0));
        assert_eq!(answer(&[OPEN], "ok").unwrap(), (None, 0));
        assert_eq!(answer(&[OPEN, "ok"], joined).unwrap(), (None, 1));
        assert_eq!(answer(&[OPEN, "ok"], &format!("{joined}\u{1e}42[1]")).unwrap(), (None, 1));
    }

    #[test]
    fn a_ping_among_events_is_answered_and_the_answer_to_that_is_no_packet() {
        let before = [OPEN, "ok", "40{}"];
        let event = r#"42["message",{"id":"9f3c51aa.1","text":"2"}]"#;
        let among = format!("{event}\u{1e}2\u{1e}{event}\u{1e}{event}");

        assert_eq!(answer(&before, &format!("{event}\u{1e}{event}")).unwrap(), (None, 1));
        assert_eq!(answer(&before, &among).unwrap(), (Some("3"), 1));
        assert_eq!(answer(&[&before[..], &[&among]].concat(), "ok").unwrap(), (None, 1));
        assert_eq!(answer(&before, "6").unwrap(), (None, 1));
    }

    #[test]
    fn what_is_no_packet_ends_it() {
        let (closed, open, joined) = (&[][..], &[OPEN, "ok"][..], &[OPEN, "ok", "40{}"][..]);

        for wrong in ["", "ok", "0{", "0{}", "40{}", "42[]"] {
            assert!(answer(closed, wrong).is_err(), "{wrong}");
        }
        for (before, wrong) in [(open, OPEN), (open, "42[]"), (open, "44{}"), (joined, "41"), (joined, "1")] {
            assert!(answer(before, wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_asked_for_has_the_session_and_a_frame_is_a_packet() {
        let (mut session, mut tally) = (Session::default(), Tally::new());
        assert_eq!(session.target("websocket"), "/socket.io/?EIO=4&transport=websocket");

        let due = [OPEN, "40{}", "42[]", "2"].map(|packet| session.frame(packet.as_bytes(), &mut tally).unwrap());

        assert_eq!((due, tally.joined), ([Some("40"), None, None, Some("3")], 1));
        assert_eq!(session.target("polling"), "/socket.io/?EIO=4&transport=polling&sid=Ab-1_");
    }
}
