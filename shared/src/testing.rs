//! A running server for tests, and a raw connection to it.

#[cfg(any(feature = "store", feature = "redis"))]
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    num::NonZeroUsize,
    sync::Arc,
    thread::{JoinHandle, spawn},
    time::{Duration, Instant},
};

use actix_web::rt::System;
use futures_executor::block_on;
use tokio_util::sync::CancellationToken;

use crate::{
    Cursor, Feed, Message, Start,
    feed::HISTORY,
    shell::{Kind, Note, Options, Site, Text, Transport, bind, read, routes, serve},
};

/// A generous limit for what takes milliseconds: a test that waits so long has failed.
pub const LIMIT: Duration = Duration::from_secs(20);

/// Names a folder: feeds of tests are kept there, in a file each, and not in memory.
#[cfg(feature = "store")]
pub const STORES: &str = "FIVE_WAYS_TEST_STORES";

/// Says where a Redis is: feeds of tests are kept there, each by a name of its own.
#[cfg(feature = "redis")]
pub const REDIS: &str = "FIVE_WAYS_TEST_REDIS";

/// A feed of its own for a test.
///
/// # Panics
/// Where it is to be kept in a file and cannot be.
pub fn feed(history: NonZeroUsize) -> Feed {
    #[cfg(feature = "store")]
    if let Some(folder) = std::env::var_os(STORES) {
        let file = std::path::Path::new(&folder).join(format!("{}.db", own_name()));
        let settings = crate::store::Settings { history, durable: false };
        return Feed::stored(&file, settings).expect("it can be kept in a file");
    }
    #[cfg(feature = "redis")]
    if let Ok(url) = std::env::var(REDIS) {
        return shared(url, crate::redis::Settings { history, name: own_name() });
    }

    Feed::new(history)
}

#[cfg(any(feature = "store", feature = "redis"))]
fn own_name() -> String {
    static MADE: AtomicUsize = AtomicUsize::new(0);

    format!("{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed))
}

/// It is followed by a runtime that outlives all servers.
#[cfg(feature = "redis")]
fn shared(url: String, settings: crate::redis::Settings) -> Feed {
    static RUNTIME: std::sync::LazyLock<tokio::runtime::Runtime> = std::sync::LazyLock::new(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a thread can be started")
    });
    let made = spawn(move || RUNTIME.block_on(Feed::shared(&url, settings))); // not in the caller's: it may be in a runtime itself

    made.join().expect("it does not panic").expect("Redis is there")
}

/// A server on a free port of the loopback address, with two workers and without a clock. It stops when it is dropped.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its feed.
    pub feed: Feed,
    /// Its stop token.
    pub stop: CancellationToken,
    transport: Transport,
    options: Options,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Server {
    /// A server on a feed of its own, with these options besides.
    pub fn start(transport: Transport, options: &[&str]) -> Self {
        Self::on(feed(HISTORY), transport, options)
    }

    /// A server on this feed.
    pub fn on(feed: Feed, transport: Transport, options: &[&str]) -> Self {
        let line = [transport.name, "--port", "0", "--tick", "0", "--workers", "2"];
        let options = read(&transport, line.iter().chain(options)).expect("the test's options are good");

        Self::at(SocketAddr::new(options.host, options.port), feed, transport, options)
    }

    /// Stops, and starts again at the same address on this feed.
    ///
    /// # Panics
    /// If the server does not end as it should.
    pub fn restart_on(mut self, feed: Feed) -> Self {
        self.end().expect("the server ends without an error");

        Self::at(self.address, feed, self.transport, self.options.clone())
    }

    fn at(address: SocketAddr, feed: Feed, transport: Transport, options: Options) -> Self {
        let listener = bind(address).expect("the port is free");
        let address = listener.local_addr().expect("it is bound");
        let stop = CancellationToken::new();
        let site = Site::new(transport, feed.clone(), stop.clone(), options.clone());
        let run = serve(listener, site.clone(), move |config| routes(config, &site));
        let thread = Some(spawn(|| System::new().block_on(run)));

        Self { address, feed, stop, transport, options, thread }
    }

    /// Publishes a message.
    pub fn publish(&self, text: &str) -> Arc<Message> {
        self.publish_as(Kind::Message, text)
    }

    /// Publishes a message of this kind.
    pub fn publish_as(&self, kind: Kind, text: &str) -> Arc<Message> {
        let text = Text::try_from(text.to_owned()).expect("the test's text is good");

        wait(Note { kind, text }.publish(&self.feed)).expect("the feed is open")
    }

    /// The id of the newest message, or `EPOCH.0`.
    pub fn newest(&self) -> Cursor {
        newest(&self.feed)
    }

    /// All messages that its feed holds.
    pub fn held(&self) -> Vec<Arc<Message>> {
        let mut held = Vec::new();
        let mut start = Start::Oldest;
        loop {
            let batch = wait(self.feed.since(start)).expect("it can be read");
            if batch.messages.is_empty() {
                return held;
            }
            start = Start::After(batch.next);
            held.extend(batch.messages.iter().cloned());
        }
    }

    /// Stops, and waits for the end.
    ///
    /// # Errors
    /// What the server ended with.
    pub fn stop(mut self) -> io::Result<()> {
        self.end()
    }

    /// A new connection.
    pub fn connect(&self) -> Wire {
        Wire::to(self.address)
    }

    /// Sends a request on a new connection and reads the answer to its end. The server is asked to close.
    pub fn ask(&self, request: &str) -> String {
        let mut wire = self.connect();
        wire.send(request.replacen("\r\n", "\r\nHost: localhost\r\nConnection: close\r\n", 1));

        wire.rest()
    }

    /// Waits until so many streams, held requests and sockets are open.
    pub fn until_open(&self, count: usize) {
        assert!(self.has_open(count), "{count} are not open");
    }

    /// Whether so many streams, held requests and sockets are open before [`LIMIT`] is over.
    pub fn has_open(&self, count: usize) -> bool {
        let since = Instant::now();
        let wanted = format!("\"open\":{count},");
        let answers = std::iter::repeat_with(|| self.ask("GET /status HTTP/1.1\r\n\r\n"));

        answers.take_while(|_| since.elapsed() < LIMIT).any(|status| status.contains(&wanted))
    }

    fn end(&mut self) -> io::Result<()> {
        self.stop.cancel();
        self.thread.take().map_or(Ok(()), |thread| thread.join().expect("the server does not panic"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end().ok(); // who wants to know calls `stop`
    }
}

/// Waits in this thread, also in one of a runtime. That one would let a task do so much in one turn, and then have it wait for the next.
fn wait<T>(future: impl Future<Output = T>) -> T {
    block_on(tokio::task::coop::unconstrained(future))
}

/// The id of a feed's newest message, or `EPOCH.0`.
pub fn newest(feed: &Feed) -> Cursor {
    wait(feed.status()).expect("it can be read").newest
}

/// A raw connection. Every wait ends after [`LIMIT`] with a panic that shows what has come.
#[derive(Debug)]
pub struct Wire {
    /// The connection itself.
    pub stream: TcpStream,
    pending: Vec<u8>,
}

impl Wire {
    /// A new connection.
    pub fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_read_timeout(Some(LIMIT)).expect("the limit is not zero");
        stream.set_nodelay(true).expect("the socket is open");

        Self { stream, pending: Vec::new() }
    }

    /// Sends bytes.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).expect("the server takes it");
    }

    /// Reads up to and including `end`, and gives it as text.
    pub fn until(&mut self, end: &str) -> String {
        let found = |bytes: &[u8]| bytes.windows(end.len()).position(|part| part == end.as_bytes());
        loop {
            if let Some(at) = found(&self.pending) {
                return text(self.pending.drain(..at + end.len()).collect());
            }
            assert!(self.more(), "closed before {end:?}: {}", String::from_utf8_lossy(&self.pending));
        }
    }

    /// Reads the head of an answer: its status line, then its headers in alphabetical order, without the date.
    pub fn head(&mut self) -> Vec<String> {
        let head = self.until("\r\n\r\n");
        let lines = head.trim_end().split("\r\n").filter(|line| !line.starts_with("date: "));
        let mut lines: Vec<String> = lines.map(str::to_owned).collect();
        lines[1..].sort_unstable();

        lines
    }

    /// Reads one chunk of a chunked body and gives what is in it; nothing is in the last.
    pub fn chunk(&mut self) -> String {
        let line = self.until("\r\n");
        let size = usize::from_str_radix(line.trim_end(), 16);
        let mut chunk = self.exactly(size.unwrap_or_else(|_| panic!("no size of a chunk: {line:?}")) + "\r\n".len());
        let data = chunk.drain(..chunk.len() - "\r\n".len()).collect();
        assert_eq!(chunk, b"\r\n", "the end of a chunk");

        text(data)
    }

    /// Reads so many bytes.
    pub fn exactly(&mut self, count: usize) -> Vec<u8> {
        while self.pending.len() < count {
            assert!(self.more(), "closed before {count} bytes: {:?}", self.pending);
        }
        self.pending.drain(..count).collect()
    }

    /// Reads until the server closes, and gives it as text.
    pub fn rest(&mut self) -> String {
        text(self.remaining())
    }

    /// Reads until the server closes.
    pub fn remaining(&mut self) -> Vec<u8> {
        while self.more() {}

        self.pending.drain(..).collect()
    }

    /// Reads what comes; false when the server has closed.
    fn more(&mut self) -> bool {
        let mut bytes = [0; 64 * 1_024];
        match self.stream.read(&mut bytes) {
            Ok(count) => {
                self.pending.extend_from_slice(&bytes[..count]);
                count > 0
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => true,
            Err(error) => panic!("{error} after {:?}", String::from_utf8_lossy(&self.pending)),
        }
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("the server writes UTF-8")
}
