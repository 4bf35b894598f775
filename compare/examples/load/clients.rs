//! The clients: cheap ones, since thousands of them share a machine with the server.
//!
//! Each is a task; all have one thread, one buffer to read into, and one tally. Between two reads a client holds only
//! the beginning of what was cut.

mod connection;
mod decoder;

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use compare::{
    client::{Channel, request},
    wire::HttpReader,
};
use connection::Connection;
use serde::Deserialize;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::{args::Load, tally::Tally};

/// What may be read at once.
const BUFFER: usize = 256 * 1_024;
/// All clients are connected within this, or something is wrong.
const LIMIT: Duration = Duration::from_secs(60);

/// All clients of a run.
#[derive(Debug)]
pub(crate) struct Clients {
    shared: Arc<Mutex<Shared>>,
}

/// What all clients use, one at a time.
#[derive(Debug)]
pub(crate) struct Shared {
    buffer: Box<[u8]>,
    tally: Tally,
}

impl Clients {
    /// Connects them all, from the feed's beginning on, and waits until the server has them.
    ///
    /// # Errors
    /// When one is refused.
    pub(crate) async fn connect(load: &Load, address: SocketAddr) -> io::Result<Self> {
        let shared = Shared { buffer: vec![0; BUFFER].into(), tally: Tally::new() };
        let clients = Self { shared: Arc::new(Mutex::new(shared)) };
        let epoch: Arc<str> = status(address).await?.epoch.into();
        for _ in 0..load.clients() {
            let connection = Connection::open(load, address, Arc::clone(&epoch), Arc::clone(&clients.shared)).await?;
            tokio::spawn(connection.follow());
        }

        let ready = async {
            while !clients.are_ready(load, address).await? {
                sleep(Duration::from_millis(50)).await;
            }
            Ok(clients)
        };
        timeout(LIMIT, ready).await.map_err(|_| io::Error::other("not all clients were let in"))?
    }

    /// Counts from now on. Gives the time from which the publisher's clock is to count.
    pub(crate) fn start_counting(&self) -> Instant {
        let mut shared = lock(&self.shared);
        shared.tally = Tally { broken: shared.tally.broken, ..Tally::new() };

        shared.tally.start
    }

    /// What has arrived.
    pub(crate) fn tally(&self) -> Tally {
        lock(&self.shared).tally.clone()
    }

    /// How many messages have been delivered.
    pub(crate) fn delivered(&self) -> u64 {
        lock(&self.shared).tally.delivered
    }

    /// Those that wait are seen by the server; of the others each had an answer.
    async fn are_ready(&self, load: &Load, address: SocketAddr) -> io::Result<bool> {
        let here = if load.transport.waits { status(address).await?.open } else { lock(&self.shared).tally.answers };

        Ok(here >= load.clients())
    }
}

/// What is needed of the health check.
#[derive(Deserialize)]
struct Status {
    epoch: String,
    open: u64,
}

async fn status(address: SocketAddr) -> io::Result<Status> {
    let mut stream = TcpStream::connect(address).await?;
    let ask = request("GET", &Channel::at(address), None, "", "");
    let ask = String::from_utf8_lossy(&ask).replacen("/messages", "/status", 1);
    stream.write_all(ask.as_bytes()).await?;
    let mut reader = HttpReader::default();
    let mut body = Vec::new();
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if reader.read(&bytes, |piece| body.extend_from_slice(piece))? {
            return Ok(serde_json::from_slice(&body)?);
        }
    }
}

/// No task holds this while it waits, and all have one thread: it is always free.
fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
