//! The clients: cheap ones, since thousands of them share a machine with the server.
//!
//! Each is a task, and there are as many threads of them as processors. The clients of a thread have one buffer to read
//! into, and one tally. Between two reads a client holds only the beginning of what was cut.

mod connection;
mod decoder;
mod engine_io;
#[cfg(feature = "tls")]
mod streams;

use std::{
    fs, io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle, available_parallelism},
    time::{Duration, Instant},
};

use connection::Connection;
use tokio::{
    runtime,
    sync::oneshot,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use self::connection::Target;
use super::{
    http::status,
    line::Connector,
    load::Load,
    peers::{Follows, Subject},
    tally::Tally,
};

/// What may be read at once.
const BUFFER: usize = 256 * 1_024;
/// All clients are connected within this, or something is wrong.
const LIMIT: Duration = Duration::from_secs(60);

/// All clients of a run. They end when this is dropped.
#[derive(Debug)]
pub(crate) struct Clients {
    threads: Vec<Crew>,
    stop: CancellationToken,
    count: u64,
    waits: bool,
    has_sessions: bool,
    /// Of the feed that they follow.
    pub(crate) epoch: Arc<str>,
    /// How long it took until the server had them all.
    pub(crate) connected_in: Duration,
}

/// Those of one thread.
#[derive(Debug)]
struct Crew {
    shared: Arc<Mutex<Shared>>,
    /// The thread's, in /proc.
    folder: String,
    thread: Option<JoinHandle<()>>,
}

/// What all clients of a thread use, one at a time.
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
    pub(crate) async fn connect(subject: &Subject, load: &Load, address: SocketAddr) -> io::Result<Self> {
        let began = Instant::now();
        let Subject { row, peer } = subject;
        let (asks, connector) = (peer.plain_connector()?, peer.connector()?);
        let epoch: Arc<str> = status(address, &asks).await?.epoch.into();
        let stop = CancellationToken::new();
        let mut clients = Self {
            threads: Vec::new(),
            stop,
            count: load.clients.into(),
            waits: row.waits,
            has_sessions: peer.follows == Follows::Sessions,
            epoch: Arc::clone(&epoch),
            connected_in: Duration::ZERO,
        };
        let threads = available_parallelism().map_or(1, usize::from);
        let mut ready = Vec::new();
        for at in 0..threads {
            let target = Target {
                row: *row,
                follows: peer.follows,
                address,
                connector: connector.clone(),
                epoch: Arc::clone(&epoch),
                interval: load.interval,
            };
            let share = (at..load.clients as usize).step_by(threads).collect();
            let (crew, connected) = Crew::start(target, share, clients.stop.clone()).await?;
            clients.threads.push(crew);
            ready.push(connected);
        }
        let all = clients.all_ready(ready, address, &asks);
        timeout(LIMIT, all).await.map_err(|_| io::Error::other("not all clients were let in"))??;
        clients.connected_in = began.elapsed();

        Ok(clients)
    }

    /// Counts from now on. What broke before counts for ever.
    pub(crate) fn start_counting(&self) {
        for crew in &self.threads {
            let mut shared = lock(&crew.shared);
            let Tally { broken, broke, .. } = std::mem::replace(&mut shared.tally, Tally::new());
            shared.tally = Tally { broken, broke, ..Tally::new() };
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// What has arrived.
    pub(crate) fn tally(&self) -> Tally {
        let mut all = Tally::new();
        self.threads.iter().for_each(|crew| all.add(&lock(&crew.shared).tally));

        all
    }

    /// How many messages have been delivered.
    pub(crate) fn delivered(&self) -> u64 {
        self.threads.iter().map(|crew| lock(&crew.shared).tally.delivered).sum()
    }

    /// The threads' folders in /proc.
    pub(crate) fn folders(&self) -> Vec<String> {
        self.threads.iter().map(|crew| crew.folder.clone()).collect()
    }

    async fn all_ready(
        &self,
        ready: Vec<oneshot::Receiver<io::Result<()>>>,
        address: SocketAddr,
        asks: &Connector,
    ) -> io::Result<()> {
        for connected in ready {
            connected.await.map_err(io::Error::other)??;
        }
        while !self.are_ready(address, asks).await? {
            sleep(Duration::from_millis(5)).await;
        }

        Ok(())
    }

    /// Those that wait are seen by the server; of the others each had an answer.
    async fn are_ready(&self, address: SocketAddr, asks: &Connector) -> io::Result<bool> {
        let tally = self.tally();
        if tally.broken > 0 {
            let broke = tally.broke.unwrap_or_default();
            return Err(io::Error::other(format!("connections broke ({}: {broke})", tally.broken)));
        }
        if self.has_sessions && tally.joined < self.count {
            return Ok(false); // the server counts a client before it tells it so
        }
        let here = if self.waits { status(address, asks).await?.open } else { tally.answers };

        Ok(here >= self.count)
    }
}

impl Drop for Clients {
    fn drop(&mut self) {
        self.stop.cancel();
        for thread in self.threads.iter_mut().filter_map(|crew| crew.thread.take()) {
            thread.join().ok(); // a panic has been told
        }
    }
}

impl Crew {
    /// Starts a thread with these clients; the receiver tells when they are connected.
    async fn start(
        target: Target,
        share: Vec<usize>,
        stop: CancellationToken,
    ) -> io::Result<(Self, oneshot::Receiver<io::Result<()>>)> {
        let shared = Arc::new(Mutex::new(Shared { buffer: vec![0; BUFFER].into(), tally: Tally::new() }));
        let (connected, ready) = oneshot::channel();
        let (started, begun) = oneshot::channel();
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let all = Arc::clone(&shared);
        let thread = thread::spawn(move || {
            started.send(fs::read_link("/proc/thread-self")).ok(); // who starts it waits
            runtime.block_on(async {
                connected.send(connect(target, share, all).await).ok(); // or nobody wants to know
                stop.cancelled().await;
            });
        });
        let folder = begun.await.map_err(io::Error::other)??;

        Ok((Self { shared, folder: format!("/proc/{}", folder.display()), thread: Some(thread) }, ready))
    }
}

async fn connect(target: Target, share: Vec<usize>, shared: Arc<Mutex<Shared>>) -> io::Result<()> {
    #[cfg(feature = "tls")]
    if target.connector.line().is_h2() {
        return streams::connect(&target, &share, &shared).await;
    }
    for number in share {
        let connection = Connection::open(&target, number, Arc::clone(&shared)).await?;
        tokio::spawn(connection.follow());
    }

    Ok(())
}

/// No task holds this while it waits, and those of a thread come one after the other: it is nearly always free.
fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        bench::{garbage, peers::Chosen},
        transports::ALL,
    };

    /// A server may send what it wants: its clients break, each is counted, and none panics.
    #[tokio::test]
    async fn a_client_that_understands_nothing_is_counted_as_broken() {
        let load = Load { clients: 1, rate: 1, size: 100, seconds: 1, interval: Duration::ZERO };
        let subjects = ["x=x", "socket.io", "nchan"].map(|name| Chosen::read(name).unwrap().0.remove(0));

        for (peer, row) in subjects.iter().flat_map(|peer| ALL.iter().map(move |row| (peer, row))) {
            let subject = Subject { peer: peer.clone(), row: *row };
            for answer in garbage::answers() {
                let said = String::from_utf8_lossy(&answer[..answer.len().min(200)]).into_owned();
                let address = garbage::server(answer).await.unwrap();
                match Clients::connect(&subject, &load, address).await {
                    Err(error) => assert!(error.to_string().contains("broke"), "{}, {said}: {error}", subject.name()),
                    Ok(clients) => {
                        let broken = async {
                            while clients.tally().broken == 0 {
                                tokio::task::yield_now().await;
                            }
                        };
                        timeout(LIMIT, broken).await.unwrap_or_else(|_| panic!("{}, {said}", subject.name()));
                    }
                }
            }
        }
    }
}
