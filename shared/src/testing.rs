//! A running server for tests, and a raw connection to it.

#[cfg(feature = "tls")]
mod secure;
mod wire;

#[cfg(any(feature = "store", feature = "redis"))]
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{
    io,
    net::{SocketAddr, TcpStream},
    num::NonZeroUsize,
    sync::Arc,
    thread::{JoinHandle, spawn},
    time::{Duration, Instant},
};

use actix_web::rt::System;
use futures_executor::block_on;
use tokio_util::sync::CancellationToken;
pub use wire::{Sender, Wire};

#[cfg(feature = "tls")]
use crate::shell::certificate;
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

/// Names a folder: servers of tests speak TLS, and keep their certificate there.
#[cfg(feature = "tls")]
pub const TLS: &str = "FIVE_WAYS_TEST_TLS";

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
        #[cfg_attr(not(feature = "tls"), expect(unused_mut, reason = "only a server that speaks TLS is changed"))]
        let mut options = read(&transport, line.iter().chain(options)).expect("the test's options are good");
        #[cfg(feature = "tls")]
        if let Some(folder) = std::env::var_os(TLS).filter(|_| !options.tls.is_on()) {
            options.tls.self_signed = true;
            options.tls.folder = Some(folder.into());
        }

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
        #[cfg(feature = "tls")]
        certificate(&options.tls).expect("a certificate can be made"); // before a client looks for it
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
        self.speak(TcpStream::connect(self.address).expect("the server listens"))
    }

    /// Speaks as the server does on a connection to it.
    pub fn speak(&self, stream: TcpStream) -> Wire {
        #[cfg(feature = "tls")]
        if let Some(trust) = self.trust() {
            return Wire::trusting(stream, trust).expect("the server speaks TLS, and is trusted");
        }
        Wire::on(stream)
    }

    /// What a client trusts, where the server speaks TLS: its certificate, and no other. HTTP/1.1 is asked for.
    ///
    /// # Panics
    /// If there is no certificate.
    #[cfg(feature = "tls")]
    pub fn trust(&self) -> Option<Arc<rustls::ClientConfig>> {
        secure::trust(&self.options.tls)
    }

    /// The scheme of its addresses.
    pub fn scheme(&self) -> &'static str {
        self.options.scheme()
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
