//! A server in this process, which can be restarted.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    num::NonZeroUsize,
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use shared::{
    Feed,
    shell::{self, Options},
};
use tokio_util::sync::CancellationToken;

use super::{outage::Outage, server::Server, threads::Threads};
use crate::{lock::lock, transports::Row};

/// A server, and what it is started with.
#[derive(Debug)]
pub(super) struct Local {
    row: Row,
    feed: Feed,
    options: Options,
    listener: TcpListener,
    threads: Threads,
    stop: CancellationToken,
    server: Mutex<Server>,
    restart: Mutex<Outage>,
}

impl Local {
    /// Starts it on a loopback port of its own.
    pub(super) fn start(row: Row, feed: Feed, mut options: Options, stop: CancellationToken) -> io::Result<Self> {
        let listener = shell::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        options.workers = Some(NonZeroUsize::MIN);
        let threads = Threads::default();
        let server = Mutex::new(Server::start(&row, &listener, &feed, &options, &threads, &stop)?);

        Ok(Self { row, feed, options, listener, threads, stop, server, restart: Mutex::default() })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    pub(super) fn open(&self) -> usize {
        self.server().open()
    }

    pub(super) fn cpu(&self) -> Option<Duration> {
        self.threads.cpu()
    }

    pub(super) fn outage(&self) -> Outage {
        *lock(&self.restart)
    }

    /// A restart begins; false where one lasts.
    pub(super) fn begin_restart(&self) -> bool {
        lock(&self.restart).begin()
    }

    /// Does it. It takes the time that a graceful stop takes.
    pub(super) fn restart(&self) {
        let ending = self.server().stop();
        ending.wait();
        let started = Server::start(&self.row, &self.listener, &self.feed, &self.options, &self.threads, &self.stop);
        match started {
            Ok(server) => {
                *self.server() = server;
                lock(&self.restart).end();
            }
            Err(error) => {
                tracing::error!(%error, "{} did not start again", self.row.transport.name);
                lock(&self.restart).give_up();
            }
        }
    }

    /// Waits until it has ended.
    pub(super) fn ended(&self) {
        let ending = self.server().ending();
        ending.wait();
    }

    fn server(&self) -> MutexGuard<'_, Server> {
        lock(&self.server)
    }
}
