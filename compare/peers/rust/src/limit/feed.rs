//! What was published: for polls the newest messages, for streams the bytes that all who follow get.

use std::{
    collections::VecDeque,
    fmt::Write as _,
    io::{self, Write as _},
};

use actix_http::ws::hash_key;
use mio::net::TcpStream;

use super::client::{Client, State};
use crate::{HISTORY, Way, id, prelude, seq};

/// Who is so far behind in a stream is dropped.
const LONGEST: usize = 64 * 1_024 * 1_024;
/// As many messages are in one answer.
const BATCH: usize = 256;

pub(super) struct Feed {
    way: Way,
    epoch: String,
    held: VecDeque<(u64, String)>,
    newest: u64,
    stream: Vec<u8>,
    /// The place of the first byte in `stream`.
    base: u64,
    /// The last answer of a poll, for what comes after this message up to that one: most ask for the same.
    answer: Vec<u8>,
    answered: (u64, u64),
}

impl Feed {
    pub(super) fn new(way: Way, epoch: String) -> Self {
        let (held, stream, answer) = (VecDeque::new(), Vec::new(), Vec::new());

        Self { way, epoch, held, newest: 0, stream, base: 0, answer, answered: (0, 0) }
    }

    pub(super) fn newest(&self) -> u64 {
        self.newest
    }

    /// Whether it was a message.
    pub(super) fn publish(&mut self, json: String) -> bool {
        let Some((id, seq)) = id(&json).and_then(|id| Some((id, seq(id)?))) else { return false };
        match self.way {
            Way::Sse => self.chunk(&format!("id: {id}\ndata: {json}\n\n")),
            Way::IframeStream => self.chunk(&format!("<script>f({})</script>\n", json.replace('<', "\\u003c"))),
            Way::WebSocket => self.frame(&json),
            Way::Polling | Way::LongPolling => {
                if self.held.len() == HISTORY {
                    self.held.pop_front();
                }
                self.held.push_back((seq, json));
            }
        }
        self.newest = seq;
        if self.stream.len() > LONGEST {
            let half = self.stream.len() / 2;
            self.stream.drain(..half);
            self.base += half as u64;
        }
        true
    }

    /// Answers with a head, or with all that a poll gets.
    pub(super) fn begin(&mut self, client: &mut Client, after: Option<u64>, key: Option<&str>) {
        let place = self.base + self.stream.len() as u64;
        match (self.way, key) {
            (Way::Sse, _) => {
                client.output.extend_from_slice(&head("text/event-stream"));
                client.state = State::Following { place, socket: false };
            }
            (Way::IframeStream, _) => {
                let prelude = prelude("").replace(" nonce=\"\"", "");
                client.output.extend_from_slice(&head("text/html; charset=utf-8"));
                client.output.extend_from_slice(format!("{:x}\r\n{prelude}\r\n", prelude.len()).as_bytes());
                client.state = State::Following { place, socket: false };
            }
            (Way::WebSocket, Some(key)) => {
                let answer = hash_key(key.as_bytes());
                client.output.extend_from_slice(
                    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                      Sec-WebSocket-Accept: ",
                );
                client.output.extend_from_slice(&answer);
                client.output.extend_from_slice(b"\r\n\r\n");
                client.state = State::Following { place, socket: true };
            }
            (Way::WebSocket, None) => client.output.extend_from_slice(UPGRADE_REQUIRED),
            (Way::LongPolling, _) if after.is_some_and(|after| after >= self.newest) => {
                client.state = State::Holding { after: after.unwrap_or_default() };
            }
            (Way::Polling, _) if after.is_some_and(|after| after >= self.newest) => {
                client.output.extend_from_slice(b"HTTP/1.1 204 No Content\r\n\r\n");
            }
            (Way::Polling | Way::LongPolling, _) => {
                self.prepare(after.unwrap_or(self.newest));
                client.output.extend_from_slice(&self.answer);
            }
        }
    }

    /// Gives a client as much as it takes of what is there for it.
    pub(super) fn write(&mut self, client: &mut Client) -> io::Result<()> {
        if !client.output.is_empty() {
            let taken = write(&mut client.stream, &client.output)?;
            client.output.drain(..taken);
            if !client.output.is_empty() {
                return Ok(());
            }
        }
        match &mut client.state {
            State::Following { place, .. } => {
                let pending = self.stream(*place).ok_or(io::ErrorKind::TimedOut)?; // it is too far behind
                *place += write(&mut client.stream, pending)? as u64;
            }
            State::Holding { after } => {
                if let Some(answer) = self.answer(*after) {
                    let taken = write(&mut client.stream, answer)?;
                    client.output.extend_from_slice(&answer[taken..]);
                    client.state = State::Asking;
                }
            }
            State::Asking => {}
        }
        Ok(())
    }

    pub(super) fn status(&self, open: usize) -> Vec<u8> {
        whole(&format!(r#"{{"epoch":"{}","newest":"{0}.{}","open":{open}}}"#, self.epoch, self.newest))
    }

    /// All of the stream that comes after a place, if it is still there.
    pub(super) fn stream(&self, place: u64) -> Option<&[u8]> {
        self.stream.get(usize::try_from(place.checked_sub(self.base)?).ok()?..)
    }

    /// The answer to who has all up to this message, once there is more.
    pub(super) fn answer(&mut self, after: u64) -> Option<&[u8]> {
        if after >= self.newest {
            return None;
        }
        self.prepare(after);

        Some(&self.answer)
    }

    fn prepare(&mut self, after: u64) {
        if self.answered == (after, self.newest) && !self.answer.is_empty() {
            return;
        }
        let from = self.held.partition_point(|(seq, _)| *seq <= after);
        let found: Vec<_> = self.held.range(from..).take(BATCH).collect();
        let messages: Vec<&str> = found.iter().map(|(_, json)| json.as_str()).collect();
        let next = match found.last() {
            Some((_, json)) => id(json).unwrap_or_default().to_owned(),
            None => format!("{}.{after}", self.epoch),
        };
        let (more, messages) = (found.len() == BATCH, messages.join(","));
        self.answer = whole(&format!(r#"{{"gap":false,"more":{more},"next":"{next}","messages":[{messages}]}}"#));
        self.answered = (after, self.newest);
    }

    fn chunk(&mut self, text: &str) {
        self.stream.extend_from_slice(format!("{:x}\r\n{text}\r\n", text.len()).as_bytes());
    }

    /// A text frame, unmasked (RFC 6455 §5.2).
    fn frame(&mut self, text: &str) {
        self.stream.push(0x81);
        match text.len() {
            length @ ..126 => self.stream.push(length as u8),
            length @ ..65_536 => {
                self.stream.push(126);
                self.stream.extend_from_slice(&(length as u16).to_be_bytes());
            }
            length => {
                self.stream.push(127);
                self.stream.extend_from_slice(&(length as u64).to_be_bytes());
            }
        }
        self.stream.extend_from_slice(text.as_bytes());
    }
}

const UPGRADE_REQUIRED: &[u8] = b"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n";

fn head(kind: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n").into_bytes()
}

fn whole(json: &str) -> Vec<u8> {
    let mut answer = String::new();
    write!(answer, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{json}", json.len())
        .expect("a string takes all");

    answer.into_bytes()
}

/// One write; gives how much was taken.
fn write(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<usize> {
    if bytes.is_empty() {
        return Ok(0);
    }
    match stream.write(bytes) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
        taken => taken,
    }
}
