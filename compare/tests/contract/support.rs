//! What the clauses need to ask and to listen.

use std::{io::ErrorKind, num::NonZeroUsize, time::Duration};

use compare::{
    client::{Channel, Connection, End, Event, Received, Stream},
    transports::Row,
};
use serde::Deserialize;
use serde_json::Value;
use shared::{
    Feed,
    testing::{self, LIMIT, Server, Wire},
};
use tokio::{
    io,
    time::{Instant, timeout},
};

use crate::{
    reach::Reach,
    target::{Target, is_behind_a_proxy},
};

/// The type of a body that can be published.
pub(crate) const PLAIN: &str = "Content-Type: text/plain\r\n";

/// An answer of HTTP, and its body as far as its length was given.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// Reads one answer.
    pub(crate) fn read(wire: &mut Wire) -> Self {
        let mut answer = Self::read_head(wire);
        if !matches!(answer.status, 101 | 204 | 304) {
            let length = answer.header("content-length").map_or(0, |length| length.parse().expect("a number"));
            answer.body = String::from_utf8(wire.exactly(length)).expect("the server writes UTF-8");
        }

        answer
    }

    /// Reads the head of an answer.
    pub(crate) fn read_head(wire: &mut Wire) -> Self {
        let head = wire.until("\r\n\r\n");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());

        Self { status: status.unwrap_or_else(|| panic!("no answer: {head}")), head, body: String::new() }
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.lines().filter_map(|line| line.split_once(':'));

        headers.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// Shows the answer, unless it is an error as all should be: a status of 400 or more, and `{"error":"…"}` that says
    /// more than the status.
    pub(crate) fn not_an_error(&self) -> Option<String> {
        let json: Value = serde_json::from_str(&self.body).unwrap_or_default();
        let text = json["error"].as_str().unwrap_or_default();
        let only = json.as_object().is_some_and(|object| object.len() == 1);
        let typed = self.header("content-type") == Some("application/json");
        let status_line = self.head.lines().next().unwrap_or_default();
        let says_more = !text.is_empty() && !status_line.ends_with(text);
        let good = self.status >= 400 && only && typed && says_more;

        (!good).then(|| format!("{}{}", self.head, self.body))
    }

    /// Fails unless it is an error of this status, as all errors are.
    pub(crate) fn assert_refused(&self, status: u16, what: &str) {
        assert_eq!(self.status, status, "{what}: {self:?}");
        assert_eq!(self.not_an_error(), None, "{what}");
    }
}

/// Sends a request on a connection.
pub(crate) fn send(wire: &mut Wire, line: &str, headers: &str, body: impl AsRef<[u8]>) {
    let body = body.as_ref();
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    wire.send(format!("{line} HTTP/1.1\r\nHost: localhost\r\n{headers}{length}\r\n"));
    wire.send(body);
}

/// Asks on a connection and reads the answer.
pub(crate) fn ask_on(wire: &mut Wire, line: &str, headers: &str, body: impl AsRef<[u8]>) -> Answer {
    send(wire, line, headers, body);

    Answer::read(wire)
}

/// Reads an answer, and what comes after it before the server closes the connection.
pub(crate) fn last_answer(mut wire: Wire, what: &str) -> (Answer, String) {
    let answer = Answer::read(&mut wire);
    let (end, rest) = wire.read_to_the_end(Duration::from_secs(5));
    match end {
        Err(error) if error.kind() != ErrorKind::ConnectionReset => panic!("{what}: it is not closed: {answer:?}"),
        Ok(()) | Err(_) => (answer, String::from_utf8_lossy(&rest).into_owned()),
    }
}

/// Asks on a new connection and reads the answer.
pub(crate) fn ask(server: &Server, line: &str, headers: &str, body: impl AsRef<[u8]>) -> Answer {
    ask_on(&mut server.connect(), line, headers, body)
}

/// Sends these bytes on a new connection and reads the answer.
pub(crate) fn ask_raw(server: &Server, request: &str) -> Answer {
    let mut wire = server.connect();
    wire.send(request);

    Answer::read(&mut wire)
}

/// What `/status` says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Status {
    pub(crate) epoch: String,
    pub(crate) newest: String,
    pub(crate) held: usize,
    pub(crate) open: usize,
    pub(crate) published: u64,
    pub(crate) reachable: Option<bool>,
    pub(crate) lasts: Option<u64>,
    pub(crate) uptime: u64,
}

/// Asks for the status.
pub(crate) fn status(server: &Server) -> Status {
    let answer = ask(server, "GET /status", "", "");

    serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
}

/// The value of an attribute of the page's root element.
pub(crate) fn page_data(server: &Server, name: &str) -> String {
    let page = ask(server, "GET /", "", "");
    let root = page.body.split('<').find(|tag| tag.starts_with("html ")).unwrap_or_default();
    let value = root.split_once(&format!(" data-{name}=\"")).and_then(|(_, rest)| rest.split_once('"'));

    value.unwrap_or_else(|| panic!("no data-{name}: {page:?}")).0.to_owned()
}

/// A feed that holds so many messages.
pub(crate) fn feed(history: usize) -> Feed {
    testing::feed(NonZeroUsize::new(history).expect("not zero"))
}

/// A client that follows the feed as its page would: it opens the next connection at once when it is asked to.
#[derive(Debug)]
pub(crate) struct Follower {
    row: Row,
    reach: Reach,
    channel: Channel,
    pub(crate) connection: Connection,
    /// How often it was asked to.
    pub(crate) reopened: usize,
}

impl Follower {
    /// Connects and asks for what comes after `after`.
    pub(crate) async fn open(row: &Row, server: &Server, after: Option<&str>) -> Self {
        Self::to(row, Channel::at(server.address), Reach::of(server), after).await.expect("the server takes it")
    }

    /// The same with a server that may be elsewhere.
    pub(crate) async fn at(row: &Row, target: &Target, after: Option<&str>) -> Self {
        Self::to(row, target.channel(), target.reach(), after).await.expect("the server takes it")
    }

    /// Asks for a channel there.
    pub(crate) async fn to(row: &Row, channel: Channel, reach: Reach, after: Option<&str>) -> io::Result<Self> {
        let stream = reach.connect().await?;

        Self::on(row, channel, reach, stream, after).await
    }

    /// Asks on a connection.
    pub(crate) async fn on(
        row: &Row,
        channel: Channel,
        reach: Reach,
        stream: Box<dyn Stream>,
        after: Option<&str>,
    ) -> io::Result<Self> {
        let connection = Connection::to(channel.clone(), stream, (row.client)(), after).await?;

        Ok(Self { row: *row, reach, channel, connection, reopened: 0 })
    }

    /// What comes next, heartbeats and empty answers included.
    pub(crate) async fn next(&mut self) -> Event {
        loop {
            let event = timeout(LIMIT, self.connection.next()).await;
            match event
                .unwrap_or_else(|_| panic!("nothing comes: {:?}", self.connection))
                .expect("the server speaks HTTP")
            {
                Event::End(End::Reopen) => self.reopen().await,
                Event::End(End::Cut) if is_behind_a_proxy() && !self.row.streams => self.come_back().await,
                event => return event,
            }
        }
    }

    /// What comes next that says something.
    pub(crate) async fn event(&mut self) -> Event {
        let since = Instant::now();
        loop {
            match self.next().await {
                Event::Place { .. } | Event::Heartbeat | Event::Nothing => {
                    assert!(since.elapsed() < LIMIT, "nothing comes: {self:?}");
                }
                event => return event,
            }
        }
    }

    /// So many messages, and nothing else.
    pub(crate) async fn messages(&mut self, count: usize) -> Vec<Received> {
        let mut received = Vec::new();
        while received.len() < count {
            match self.event().await {
                Event::Message(message) => received.push(message),
                other => panic!("{other:?} after {} of {count}, the last {:?}", received.len(), received.last()),
            }
        }

        received
    }

    /// The texts of so many messages.
    pub(crate) async fn texts(&mut self, count: usize) -> Vec<String> {
        self.messages(count).await.into_iter().map(|message| message.text).collect()
    }

    /// How the connection ends; nothing else may come before.
    pub(crate) async fn end(&mut self) -> End {
        match self.event().await {
            Event::End(end) => end,
            other => panic!("no end but {other:?}"),
        }
    }

    /// Goes on where it is, on a new connection, as it was asked to.
    pub(crate) async fn reopen(&mut self) {
        self.come_back().await;
        self.reopened += 1;
    }

    async fn come_back(&mut self) {
        let after = self.connection.cursor().map(str::to_owned);
        let stream = self.reach.connect().await.expect("the server listens");
        let client = (self.row.client)();
        let connection = Connection::to(self.channel.clone(), stream, client, after.as_deref()).await;
        self.connection = connection.expect("the server takes it");
    }
}

/// Numbers of messages.
pub(crate) fn seqs(messages: &[Received]) -> Vec<u64> {
    messages.iter().map(|message| message.id.seq).collect()
}
