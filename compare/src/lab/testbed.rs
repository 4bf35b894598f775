//! A testbed: one of the five servers, and the tap in front of it.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    num::NonZeroUsize,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use actix_web::{rt::System, web::ServiceConfig};
use shared::{
    Feed,
    shell::{self, Options, Site},
};
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use super::{
    meter::{Figures, Meter},
    threads::Threads,
};
use crate::{
    lock::lock,
    tap::{self, Active, Limits, Tap},
    transports::Row,
};

/// What can happen to a testbed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// To its connections.
    Tap(tap::Fault),
    /// Its server is stopped gracefully, and started again on the same feed. Its socket goes on listening meanwhile: new
    /// connections wait, and none is refused.
    Restart,
}

/// A server and its tap.
#[derive(Debug)]
pub struct Testbed {
    row: Row,
    tap: Arc<Tap>,
    meter: Meter,
    back: Arc<Back>,
    cut: Mutex<Option<Instant>>,
}

/// What stands behind the tap.
#[derive(Debug)]
struct Back {
    row: Row,
    feed: Feed,
    options: Options,
    listener: TcpListener,
    threads: Threads,
    stop: CancellationToken,
    server: Mutex<Server>,
    restarting: AtomicBool,
    stopped: Mutex<Option<Instant>>,
    restarted: Mutex<Option<Instant>>,
}

/// A server that runs.
#[derive(Debug)]
struct Server {
    site: Site,
    stop: CancellationToken,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Testbed {
    /// Starts the server on a port of its own, and the tap on the listener.
    pub(super) fn start(
        row: Row,
        listener: TcpListener,
        feed: Feed,
        options: Options,
        limits: Limits,
        stop: &CancellationToken,
    ) -> io::Result<Self> {
        let behind = shell::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let upstream = behind.local_addr()?;
        let mut options = options;
        options.workers = Some(NonZeroUsize::MIN);
        let threads = Threads::default();
        let server = Mutex::new(Server::start(&row, &behind, &feed, &options, &threads, stop)?);
        let tap = Arc::new(Tap::with(listener, upstream, limits)?);
        let meter = Meter::start(Arc::clone(&tap), stop.clone());
        let back = Back {
            row,
            feed,
            options,
            listener: behind,
            threads,
            stop: stop.clone(),
            server,
            restarting: AtomicBool::new(false),
            stopped: Mutex::default(),
            restarted: Mutex::default(),
        };

        Ok(Self { row, tap, meter, back: Arc::new(back), cut: Mutex::default() })
    }

    /// Its row in the table of the five.
    pub fn row(&self) -> &Row {
        &self.row
    }

    /// The tap in front of it.
    pub fn tap(&self) -> &Tap {
        &self.tap
    }

    /// What has passed, by what it was for, and the last of it.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// What has passed, in figures.
    pub fn figures(&self) -> Figures {
        self.meter.figures()
    }

    /// Held requests, streams and sockets of the channel.
    pub fn readers(&self) -> usize {
        self.back.server().site.open()
    }

    /// The CPU time of its server's threads; `None` where the system does not say.
    pub fn cpu(&self) -> Option<Duration> {
        self.back.threads.cpu()
    }

    /// The faults of its connections that last now.
    pub fn faults(&self) -> Vec<Active> {
        self.tap.faults()
    }

    /// Whether its server is being restarted.
    pub fn is_restarting(&self) -> bool {
        self.back.restarting.load(Ordering::Relaxed)
    }

    /// How long ago the connections were last cut.
    pub fn cut(&self) -> Option<Duration> {
        ago(&self.cut)
    }

    /// How long ago the server was last told to stop, to be started again.
    pub fn stopped(&self) -> Option<Duration> {
        ago(&self.back.stopped)
    }

    /// How long ago the server stood again after its last restart.
    pub fn restarted(&self) -> Option<Duration> {
        ago(&self.back.restarted)
    }

    /// Begins a fault, which ends by itself. While it restarts, another restart does nothing.
    pub(super) fn fault(&self, fault: Fault) {
        match fault {
            Fault::Tap(fault) => {
                self.tap.fault(fault);
                if fault == tap::Fault::Cut {
                    note_now(&self.cut);
                }
            }
            Fault::Restart => {
                if !self.back.restarting.swap(true, Ordering::Relaxed) {
                    note_now(&self.back.stopped);
                    let back = Arc::clone(&self.back);
                    spawn_blocking(move || back.restart());
                }
            }
        }
    }

    /// Waits until the server has ended.
    pub(super) async fn ended(&self) {
        let back = Arc::clone(&self.back);
        let ended = spawn_blocking(move || back.server().join()).await;
        if let Err(error) = ended {
            tracing::error!(%error, "a server ended badly");
        }
    }
}

fn note_now(when: &Mutex<Option<Instant>>) {
    *lock(when) = Some(Instant::now());
}

fn ago(when: &Mutex<Option<Instant>>) -> Option<Duration> {
    (*lock(when)).map(|when| when.elapsed())
}

impl Back {
    fn server(&self) -> MutexGuard<'_, Server> {
        lock(&self.server)
    }

    /// Takes the time that a graceful stop takes.
    fn restart(&self) {
        let (stop, thread) = {
            let mut server = self.server();
            (server.stop.clone(), server.thread.take())
        };
        stop.cancel();
        log_end(thread);
        let started = Server::start(&self.row, &self.listener, &self.feed, &self.options, &self.threads, &self.stop);
        match started {
            Ok(server) => {
                *self.server() = server;
                note_now(&self.restarted);
            }
            Err(error) => tracing::error!(%error, "{} did not start again", self.row.transport.name),
        }
        self.restarting.store(false, Ordering::Relaxed);
    }
}

impl Server {
    /// Starts one on the listener, which stays open when it ends.
    fn start(
        row: &Row,
        listener: &TcpListener,
        feed: &Feed,
        options: &Options,
        threads: &Threads,
        stop: &CancellationToken,
    ) -> io::Result<Self> {
        let listener = listener.try_clone()?;
        let stop = stop.child_token();
        let site = Site::new(row.transport, feed.clone(), stop.clone(), options.clone());
        let routes = {
            let (site, threads) = (site.clone(), threads.clone());
            move |config: &mut ServiceConfig| {
                threads.enlist();
                shell::routes(config, &site);
            }
        };
        let serving = shell::serve(listener, site.clone(), routes);
        let thread = thread::Builder::new().name(row.transport.name.to_owned());
        let thread = Some(thread.spawn(|| System::new().block_on(serving))?);

        Ok(Self { site, stop, thread })
    }

    fn join(&mut self) {
        log_end(self.thread.take());
    }
}

fn log_end(thread: Option<JoinHandle<io::Result<()>>>) {
    match thread.map(JoinHandle::join) {
        Some(Ok(Err(error))) => tracing::error!(%error, "a server ended badly"),
        Some(Err(_panic)) => tracing::error!("a server panicked"),
        Some(Ok(Ok(()))) | None => {}
    }
}
