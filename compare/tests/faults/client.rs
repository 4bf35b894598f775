//! A client that asks the article's server and ours alike, and what it asks.

use std::{
    cell::Cell,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Instant,
};

use compare::transports::Row;
use shared::testing::{LIMIT, Server};

use crate::article::Article;

/// One of the two that are asked the same.
pub(crate) enum Subject {
    /// The article's program.
    Article(Article, Row),
    /// Our server, and how often something has happened.
    Ours(Box<Server>, Row, Cell<u32>),
}

impl Subject {
    pub(crate) fn article(row: Row) -> Self {
        Self::Article(Article::start(row.transport.name), row)
    }

    pub(crate) fn ours(row: Row) -> Self {
        let server = Server::start(row.transport, &row.options(&["--heartbeat", "1s", "--hold", "60s"])); // no hold ends meanwhile

        Self::Ours(Box::new(server), row, Cell::default())
    }

    pub(crate) fn row(&self) -> &Row {
        match self {
            Self::Article(_, row) | Self::Ours(_, row, _) => row,
        }
    }

    /// A connection to the channel.
    pub(crate) fn connect(&self) -> TcpStream {
        let address = match self {
            Self::Article(article, _) => article.channel,
            Self::Ours(server, ..) => server.address,
        };
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();

        stream
    }

    /// The channel.
    pub(crate) fn path(&self) -> &str {
        match self {
            Self::Article(_, row) if row.two_way => "/",
            Self::Article(..) => "/clock",
            Self::Ours(..) => "/messages",
        }
    }

    /// What a client sends that has heard so much: of SSE the last id, of ours else a cursor, if it has one.
    fn request(&self, heard: &str) -> String {
        let last = |before: &str, end: char| Some(heard.rsplit_once(before)?.1.split_once(end)?.0.to_owned());
        let (after, id) =
            if heard.contains("id:") { (None, last("id:", '\n')) } else { (last("\"id\":\"", '"'), None) };
        let after = after.map(|after| format!("?after={after}")).unwrap_or_default();
        let id = id.map(|id| format!("Last-Event-ID: {}\r\n", id.trim())).unwrap_or_default();
        let close = if self.row().streams { "" } else { "Connection: close\r\n" };

        format!("GET {}{after} HTTP/1.1\r\nHost: localhost\r\n{id}{close}\r\n", self.path())
    }

    /// The article's clock goes by itself; ours is set by hand.
    fn go_on(&self) {
        if let Self::Ours(server, _, count) = self {
            count.set(count.get() + 1);
            server.publish(&format!("2026-11-24 10:00:{:02}", count.get()));
        }
    }
}

/// One that asks, listens, goes and comes back.
pub(crate) struct Client<'a> {
    subject: &'a Subject,
    stream: TcpStream,
    heard: String,
    received: usize,
}

impl<'a> Client<'a> {
    /// Asks, as one that has heard so much.
    pub(crate) fn come(subject: &'a Subject, heard: &str) -> Self {
        let mut stream = subject.connect();
        stream.write_all(subject.request(heard).as_bytes()).unwrap();

        Self { subject, stream, heard: String::new(), received: 0 }
    }

    /// The next time of day that it hears. It asks again as often as it must.
    pub(crate) fn next(&mut self) -> String {
        let since = Instant::now();
        let mut went_on = false;
        loop {
            assert!(since.elapsed() < LIMIT, "no time comes: {}", self.heard);
            let all = times(&self.heard);
            if let Some(time) = all.get(self.received) {
                self.received += 1;
                return time.clone();
            }
            if !std::mem::replace(&mut went_on, true) {
                self.subject.go_on();
            }
            let mut bytes = [0; 64 * 1_024];
            match self.stream.read(&mut bytes).expect("something comes") {
                0 => self.ask_again(),
                count => self.heard += std::str::from_utf8(&bytes[..count]).unwrap(),
            }
        }
    }

    /// The same client, which asks again.
    pub(crate) fn again(mut self) -> Self {
        self.ask_again();

        self
    }

    fn ask_again(&mut self) {
        let next = Self::come(self.subject, &self.heard);
        self.stream = next.stream;
    }

    /// The newest that it has heard.
    pub(crate) fn last(&self) -> String {
        times(&self.heard).into_iter().max().unwrap()
    }

    /// All that it has heard.
    pub(crate) fn received(&self) -> Vec<String> {
        times(&self.heard)
    }

    /// Its own address.
    pub(crate) fn address(&self) -> String {
        let address: SocketAddr = self.stream.local_addr().unwrap();

        address.to_string()
    }

    /// Closes the connection, and gives all that it has heard.
    pub(crate) fn leave(self) -> String {
        self.heard
    }
}

/// All times of day in a text, but those that stand twice.
fn times(text: &str) -> Vec<String> {
    let is_time = |part: &[u8]| {
        let shape = b"0000-00-00 00:00:00";
        part.iter().zip(shape).all(|(byte, shape)| if *shape == b'0' { byte.is_ascii_digit() } else { byte == shape })
    };
    let parts = text.as_bytes().windows(19).filter(|part| is_time(part));
    let mut times: Vec<String> = parts.map(|part| String::from_utf8_lossy(part).into_owned()).collect();
    times.dedup();

    times
}
