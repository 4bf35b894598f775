//! One of the five servers, in threads of this process.

use std::{
    io,
    net::TcpListener,
    thread::{self, JoinHandle},
    time::Duration,
};

use actix_web::{rt::System, web::ServiceConfig};
use shared::{
    Feed,
    shell::{self, Options, Site},
};
use tokio_util::sync::CancellationToken;

use super::threads::Threads;
use crate::transports::Row;

/// A server that runs.
#[derive(Debug)]
pub(super) struct Server {
    site: Site,
    stop: CancellationToken,
    threads: Threads,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Server {
    /// Starts one on the listener, which stays open when it ends. Its threads count with those given.
    pub(super) fn start(
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

        Ok(Self { site, stop, threads: threads.clone(), thread })
    }

    /// Held requests, streams and sockets.
    pub(super) fn open(&self) -> usize {
        self.site.open()
    }

    /// The CPU time of its threads.
    pub(super) fn cpu(&self) -> Option<Duration> {
        self.threads.cpu()
    }

    /// Tells it to stop, and gives what ends then.
    pub(super) fn stop(&mut self) -> Ending {
        self.stop.cancel();

        self.ending()
    }

    /// What ends after the stop.
    pub(super) fn ending(&mut self) -> Ending {
        Ending(self.thread.take())
    }
}

/// A server that will have ended: waiting for it takes the time of a graceful stop.
#[derive(Debug)]
pub(super) struct Ending(Option<JoinHandle<io::Result<()>>>);

impl Ending {
    pub(super) fn wait(self) {
        match self.0.map(JoinHandle::join) {
            Some(Ok(Err(error))) => tracing::error!(%error, "a server ended badly"),
            Some(Err(_panic)) => tracing::error!("a server panicked"),
            Some(Ok(Ok(()))) | None => {}
        }
    }
}
