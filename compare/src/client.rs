//! The clients of the five, behind one trait.
//!
//! A [`Client`] asks and understands, and does no I/O; a [`Line`] is one connection that it drives. What a client
//! needs to come back is a cursor, and that is all that a line leaves behind.

pub mod iframe_stream;
pub mod polling;
pub mod sse;
pub mod websocket;

use std::{collections::VecDeque, fmt, io, net::SocketAddr, time::Duration};

use serde::Deserialize;
use shared::{Cursor, Kind};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::sleep,
};

use crate::wire::{Head, HttpReader};

/// How long a poll waits before the next.
const INTERVAL: Duration = Duration::from_millis(5);

/// A message as it arrived.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Received {
    /// Its place in the feed.
    pub id: Cursor,
    /// Unix milliseconds at its publication.
    pub at: u64,
    /// What it is about.
    pub kind: Kind,
    /// Its text.
    pub text: String,
}

/// What a client hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A message.
    Message(Received),
    /// Messages are missing here.
    Gap,
    /// The line is alive.
    Heartbeat,
    /// A poll was answered: there was nothing.
    Nothing,
    /// The server answered an error to what was sent on the line.
    Error(String),
    /// The line is over.
    End(End),
}

/// How a line ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The channel refused, with this status and seconds to wait.
    Refused(u16, Option<u32>),
    /// The body ended as it should.
    Complete,
    /// The server asks to be asked again at once.
    Reopen,
    /// A WebSocket's Close, with its code.
    Closed(Option<u16>),
    /// The connection broke off.
    Cut,
}

/// One way to ask for messages, and to understand what comes. No I/O.
pub trait Client: Send + fmt::Debug {
    /// The request for what comes after `after`; without it, from the newest message on.
    fn ask(&mut self, host: &str, after: Option<&str>) -> Vec<u8> {
        request("GET", host, after, "", "")
    }

    /// Understands a piece of an answer's body, cut anywhere.
    fn hear(&mut self, piece: &[u8], heard: &mut Heard);

    /// The body has ended; gives how the line ends, or `None` to ask again.
    fn ended(&mut self, heard: &mut Heard) -> Option<End>;

    /// A text as it is sent on the line itself, where a transport goes both ways.
    fn say(&self, _text: &str) -> Option<Vec<u8>> {
        None
    }
}

/// What a client made of what it heard.
#[derive(Debug, Default)]
pub struct Heard {
    /// In order.
    pub events: VecDeque<Event>,
    /// To be sent at once.
    pub answer: Vec<u8>,
    /// What to send as `after` to go on.
    pub next: Option<String>,
}

impl Heard {
    /// Takes a message's JSON, or `{"gap":true}` and its like.
    ///
    /// # Panics
    /// If it is neither: these clients test servers.
    pub fn json(&mut self, json: &[u8]) {
        let event = match json {
            br#"{"gap":true}"# => Event::Gap,
            br#"{"heartbeat":true}"# => Event::Heartbeat,
            br#"{"reopen":true}"# => Event::End(End::Reopen),
            _ if json.starts_with(br#"{"error":"#) => Event::Error(String::from_utf8_lossy(json).into_owned()),
            _ => return self.message(serde_json::from_slice(json).expect("the server sends messages")),
        };
        self.events.push_back(event);
    }

    /// Takes a message, and moves on.
    pub fn message(&mut self, message: Received) {
        self.next = Some(message.id.to_string());
        self.events.push_back(Event::Message(message));
    }
}

/// A request, with a body or the empty one.
pub fn request(method: &str, host: &str, after: Option<&str>, headers: &str, body: &str) -> Vec<u8> {
    let query = after.map(|after| format!("?after={after}")).unwrap_or_default();
    let length = if method == "POST" { format!("Content-Length: {}\r\n", body.len()) } else { String::new() };

    format!("{method} /messages{query} HTTP/1.1\r\nHost: {host}\r\n{headers}{length}\r\n{body}").into_bytes()
}

/// One connection, and the client that drives it.
#[derive(Debug)]
pub struct Line {
    stream: TcpStream,
    host: String,
    client: Box<dyn Client>,
    reader: HttpReader,
    heard: Heard,
    ask_due: bool,
    over: bool,
}

impl Line {
    /// Connects and asks for what comes after `after`.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn open(client: Box<dyn Client>, address: SocketAddr, after: Option<&str>) -> io::Result<Self> {
        Self::on(TcpStream::connect(address).await?, client, after).await
    }

    /// Asks on a connection that is open already.
    ///
    /// # Errors
    /// When it broke.
    pub async fn on(mut stream: TcpStream, mut client: Box<dyn Client>, after: Option<&str>) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        let host = stream.peer_addr()?.to_string();
        stream.write_all(&client.ask(&host, after)).await?;
        let heard = Heard { next: after.map(str::to_owned), ..Heard::default() };

        Ok(Self { stream, host, client, reader: HttpReader::default(), heard, ask_due: false, over: false })
    }

    /// What comes next; [`Event::End`] is the last, and stays so. A dropped wait loses nothing.
    ///
    /// # Errors
    /// When what came is not HTTP.
    pub async fn next(&mut self) -> io::Result<Event> {
        loop {
            match self.heard.events.pop_front() {
                Some(Event::End(end)) => {
                    self.heard.events = VecDeque::from([Event::End(end)]);
                    return Ok(Event::End(end));
                }
                Some(event) => return Ok(event),
                None => self.read().await?,
            }
        }
    }

    /// What comes next that is a message.
    ///
    /// # Panics
    /// If the line ends or tells a gap before.
    pub async fn message(&mut self) -> Received {
        loop {
            match self.next().await {
                Ok(Event::Message(message)) => return message,
                Ok(Event::Heartbeat | Event::Nothing) => {}
                other => panic!("no message but {other:?}"),
            }
        }
    }

    /// Sends a text on the line itself; false where the transport has no way to.
    ///
    /// # Errors
    /// When the connection broke.
    pub async fn say(&mut self, text: &str) -> io::Result<bool> {
        let Some(bytes) = self.client.say(text) else {
            return Ok(false);
        };
        self.stream.write_all(&bytes).await?;

        Ok(true)
    }

    /// What to send as `after` to go on from here.
    pub fn cursor(&self) -> Option<&str> {
        self.heard.next.as_deref()
    }

    /// The head of the answer that is being read, once it has come.
    pub fn head(&self) -> Option<&Head> {
        self.reader.head()
    }

    async fn read(&mut self) -> io::Result<()> {
        if self.ask_due {
            sleep(INTERVAL).await;
            let request = self.client.ask(&self.host, self.heard.next.as_deref());
            self.ask_due = false;
            self.stream.write_all(&request).await.ok(); // where it broke, the next read says so
        }
        let mut bytes = [0; 16 * 1_024];
        let count = match self.stream.read(&mut bytes).await {
            Ok(count) if count > 0 && !self.over => count,
            Ok(_) | Err(_) => {
                self.end(End::Cut);
                return Ok(());
            }
        };
        let whole = self.reader.read(&bytes[..count], |piece| self.client.hear(piece, &mut self.heard))?;
        if !self.heard.answer.is_empty() {
            let answer = std::mem::take(&mut self.heard.answer);
            self.stream.write_all(&answer).await.ok(); // where it broke, the next read says so
        }

        if whole {
            self.finish();
        }
        Ok(())
    }

    fn finish(&mut self) {
        let head = self.reader.take_head();
        match head.status {
            101 | 200 => {}
            204 => self.heard.events.push_back(Event::Nothing),
            status => {
                let seconds = head.header("retry-after").and_then(|seconds| seconds.parse().ok());
                return self.end(End::Refused(status, seconds));
            }
        }
        match self.client.ended(&mut self.heard) {
            Some(end) => self.end(end),
            None => self.ask_due = true,
        }
    }

    fn end(&mut self, end: End) {
        let told = self.heard.events.iter().any(|event| matches!(event, Event::End(_)));
        if !told {
            self.heard.events.push_back(Event::End(end));
        }
        self.over = true;
    }
}
