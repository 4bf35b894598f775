//! Finds deliveries in raw bytes, cut anywhere.
//!
//! A message's JSON stands verbatim in all five framings, so nothing else has to be understood: neither chunks nor
//! events nor frames. No other `{` in them begins what looks like one.

use memchr::memchr;

/// What is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// A message: its number, and what its text begins with, the publisher's clock in microseconds.
    Message { seq: u64, sent: u64 },
    /// The beginning of a poll's answer.
    Answer { gap: bool, more: bool, next: u64 },
    /// Messages are missing here.
    Gap,
    /// A response has ended, and asks to be asked again.
    Reopen,
}

/// Why nothing is found.
#[derive(Debug, PartialEq, Eq)]
enum Stop {
    /// It may be something when more has come.
    Cut,
    /// It is nothing.
    Other,
}

/// Finds what is in `bytes`; gives how many of them are done with. The rest is to stand before what comes next.
pub(crate) fn scan(bytes: &[u8], mut found: impl FnMut(Item)) -> usize {
    let mut done = 0;

    while let Some(at) = memchr(b'{', &bytes[done..]) {
        done += at;
        let mut rest = Rest(&bytes[done..]);
        match rest.item() {
            Ok(item) => {
                found(item);
                done = bytes.len() - rest.0.len();
            }
            Err(Stop::Cut) => return done,
            Err(Stop::Other) => done += 1,
        }
    }
    bytes.len()
}

struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn item(&mut self) -> Result<Item, Stop> {
        match self.0.get(2) {
            Some(b'i') => self.message(),
            Some(b'g') => self.answer(),
            Some(b'r') => self.reopen(),
            Some(_) => Err(Stop::Other),
            None => Err(Stop::Cut),
        }
    }

    fn message(&mut self) -> Result<Item, Stop> {
        self.literal(br#"{"id":""#)?;
        let seq = self.cursor()?;
        self.literal(br#"","at":"#)?;
        self.number()?;
        self.literal(br#","kind":"message","text":""#)?;

        Ok(Item::Message { seq, sent: self.number()? })
    }

    fn answer(&mut self) -> Result<Item, Stop> {
        self.literal(br#"{"gap":"#)?;
        let gap = self.flag()?;
        if gap && self.literal(b"}").is_ok() {
            return Ok(Item::Gap);
        }
        self.literal(br#","more":"#)?;
        let more = self.flag()?;
        self.literal(br#","next":""#)?;

        Ok(Item::Answer { gap, more, next: self.cursor()? })
    }

    /// The call, and the end of the chunked body behind it.
    fn reopen(&mut self) -> Result<Item, Stop> {
        self.literal(b"{\"reopen\":true})</script>\n\r\n0\r\n\r\n")?;

        Ok(Item::Reopen)
    }

    /// The number in `EPOCH.SEQ`.
    fn cursor(&mut self) -> Result<u64, Stop> {
        self.0 = self.0.get("9f3c51aa.".len()..).ok_or(Stop::Cut)?;

        self.number()
    }

    fn flag(&mut self) -> Result<bool, Stop> {
        match self.literal(b"true") {
            Err(Stop::Other) => self.literal(b"false").map(|()| false),
            other => other.map(|()| true),
        }
    }

    fn literal(&mut self, literal: &[u8]) -> Result<(), Stop> {
        match self.0.strip_prefix(literal) {
            Some(rest) => self.0 = rest,
            None if literal.starts_with(self.0) => return Err(Stop::Cut),
            None => return Err(Stop::Other),
        }
        Ok(())
    }

    /// All digits up to something else.
    fn number(&mut self) -> Result<u64, Stop> {
        let length = self.0.iter().position(|byte| !byte.is_ascii_digit()).ok_or(Stop::Cut)?;
        let (digits, rest) = self.0.split_at(length);
        self.0 = rest;

        Ok(digits.iter().fold(0_u64, |number, digit| number.wrapping_mul(10).wrapping_add((digit - b'0').into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scans an input in pieces of every size: it must not matter where TCP cuts.
    fn find(input: &str) -> Vec<Item> {
        let all: Vec<Vec<Item>> = (1..=input.len())
            .map(|size| {
                let mut items = Vec::new();
                let mut pending = Vec::new();
                for piece in input.as_bytes().chunks(size) {
                    pending.extend_from_slice(piece);
                    let done = scan(&pending, |item| items.push(item));
                    pending.drain(..done);
                }
                items
            })
            .collect();

        assert!(all.iter().all(|items| *items == all[0]), "{all:?}");
        all[0].clone()
    }

    fn message(seq: u64, sent: u64) -> String {
        format!(r#"{{"id":"9f3c51aa.{seq}","at":1795388220123,"kind":"message","text":"{sent} ..."}}"#)
    }

    #[test]
    fn messages_are_found_in_each_framing() {
        let (one, two) = (message(1, 17), message(2, 234));
        let both = [Item::Message { seq: 1, sent: 17 }, Item::Message { seq: 2, sent: 234 }];

        assert_eq!(find(&format!("retry: 5\n\nid: 9f3c51aa.1\ndata: {one}\n\nid: 9f3c51aa.2\ndata: {two}\n\n")), both);
        assert_eq!(
            find(&format!("function f(o){{document}}\r\n<script>f({one})</script>\r\n f({two})</script>")),
            both
        );
        assert_eq!(find(&format!("\u{1}~\0{{{one}\u{1}~\0{{{two}")), both);
    }

    #[test]
    fn an_answer_says_where_to_go_on() {
        let answer = format!(r#"{{"gap":false,"more":true,"next":"9f3c51aa.1","messages":[{}]}}"#, message(1, 17));
        let expected = [Item::Answer { gap: false, more: true, next: 1 }, Item::Message { seq: 1, sent: 17 }];

        assert_eq!(find(&answer), expected);
    }

    #[test]
    fn the_rest_is_distinguished() {
        assert_eq!(find("f({\"gap\":true})</script>"), [Item::Gap]);
        assert_eq!(find("f({\"heartbeat\":true})</script>"), []);
        assert_eq!(find("f({\"reopen\":true})</script>\n\r\n0\r\n\r\n"), [Item::Reopen]);
    }
}
