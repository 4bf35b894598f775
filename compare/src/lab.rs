//! The laboratory: all five servers on one feed, each behind a tap that counts what passes and breaks its connections
//! on command; and, where one is wanted, a real proxy between the two.
//!
//! It runs the five crates' own routes, unchanged, and holds no server code of any of them. Where the feed is in memory, the
//! servers are in this process. Where it is in Redis, each is a process of its own; and where it is in a file, which only
//! one process may have, all five are one.

mod between;
mod generator;
mod ground;
mod line;
mod local;
mod meter;
mod outage;
mod process;
mod route;
mod server;
mod testbed;
mod threads;
mod worker;

use std::{io, net::TcpListener, sync::Arc};

pub use between::{Answered, Between, Choice};
use futures_util::future::{join_all, try_join_all};
pub use generator::{Generator, RATES, SIZES, Setting};
pub use meter::{Entry, Figures};
pub use outage::Outage;
pub use process::Program;
use shared::{
    Feed, Key, NotPublished, Unavailable,
    feed::Status,
    shell::{self, Kind, Note, Options, Text},
};
pub use testbed::{Fault, Testbed};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
pub use worker::serve;

use self::{between::Control, ground::Ground, local::Local, process::Process, testbed::Back};
use crate::{
    tap::Limits,
    transports::{ALL, Row},
};

/// Where the servers run, and what keeps their feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// In this process, and its memory.
    Here,
    /// Each in a process of its own, and Redis.
    Redis,
    /// All in one other process, and a file.
    File,
}

impl Home {
    fn of(options: &Options) -> Self {
        match (&options.redis, &options.store) {
            (Some(_), _) => Self::Redis,
            (None, Some(_)) => Self::File,
            (None, None) => Self::Here,
        }
    }
}

/// All five, and what they have in common. Clones are the same laboratory.
#[derive(Clone, Debug)]
pub struct Laboratory {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    home: Home,
    is_secure: bool,
    ground: Ground,
    /// Those of the servers, if they are not in this one.
    processes: Vec<Process>,
    generator: Generator,
    testbeds: Vec<Testbed>,
    control: Control,
    /// Something was commanded, or a fault began.
    commanded: watch::Sender<()>,
}

impl Laboratory {
    /// Starts the five: each server on a loopback port of its own, and in front of it a tap on the listener of its turn.
    /// All run until `stop`; the feed outlives them. Where the servers are processes of their own, they are this program.
    ///
    /// # Errors
    /// When one cannot start, or the feed cannot be used: one line that says why.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub async fn start(
        listeners: Vec<TcpListener>,
        options: &Options,
        limits: Limits,
        program: &Program,
        stop: &CancellationToken,
    ) -> io::Result<Self> {
        let ports: Vec<u16> =
            listeners.iter().map(|listener| Ok(listener.local_addr()?.port())).collect::<io::Result<_>>()?;
        let nexts = ports.into_iter().cycle().skip(1);
        let servers: Vec<(Row, u16)> = ALL.into_iter().zip(nexts).collect();
        let home = Home::of(options);
        let (ground, processes, backs) = begin(home, options, program, &servers, stop).await?;
        let testbed = |((row, listener), back)| Testbed::start(row, listener, back, limits, stop);
        let testbeds: Vec<Testbed> =
            ALL.into_iter().zip(listeners).zip(backs).map(testbed).collect::<io::Result<_>>()?;
        let generator = Generator::start(ground.clone(), stop.clone());
        let commanded = watch::Sender::default();
        let sides = testbeds.iter().map(Testbed::side).collect();
        let control = Control::start(sides, commanded.clone(), stop.clone());

        let is_secure = options.tls.is_on();
        let inner = Inner { home, is_secure, ground, processes, generator, testbeds, control, commanded };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Where the servers run, and what keeps their feed.
    pub fn home(&self) -> Home {
        self.inner.home
    }

    /// Whether the servers speak TLS: a tap sees its records then, and no answer that ends.
    pub fn is_secure(&self) -> bool {
        self.inner.is_secure
    }

    /// The ids of the processes of the servers that run, where that is not this one.
    pub fn processes(&self) -> Vec<u32> {
        self.inner.processes.iter().filter_map(Process::id).collect()
    }

    /// The one feed; None where another process keeps it in a file.
    pub fn feed(&self) -> Option<&Feed> {
        self.inner.ground.here()
    }

    /// The feed in figures; and how the servers are is known anew then.
    ///
    /// # Errors
    /// [`Unavailable`] when it cannot be read.
    pub async fn status(&self) -> Result<Status, Unavailable> {
        join_all(self.inner.processes.iter().map(Process::look)).await;

        self.inner.ground.status().await
    }

    /// The five, in the order of the article.
    pub fn testbeds(&self) -> &[Testbed] {
        &self.inner.testbeds
    }

    /// How fast the feed goes, and how long its texts are.
    pub fn setting(&self) -> Setting {
        self.inner.generator.setting()
    }

    /// Sets it.
    pub fn set(&self, setting: Setting) {
        self.inner.generator.set(setting);
        self.inner.commanded.send_replace(());
    }

    /// Publishes a message, with the key that it may have.
    ///
    /// # Errors
    /// [`NotPublished`] once the feed is closed, and where the key had another text.
    pub async fn say(&self, text: Text, key: Option<Key>) -> Result<(), NotPublished> {
        self.inner.ground.publish(Note { kind: Kind::Message, text }, key).await?;
        self.inner.commanded.send_replace(());

        Ok(())
    }

    /// Publishes so many ticks at once.
    ///
    /// # Errors
    /// [`NotPublished`] once the feed is closed.
    pub async fn burst(&self, count: usize) -> Result<(), NotPublished> {
        let size = self.setting().size;
        let tick = |_| self.inner.ground.publish(Note { kind: Kind::Clock, text: generator::text(size) }, None);
        try_join_all((0..count).map(tick)).await?; // where they are kept elsewhere, together
        self.inner.commanded.send_replace(());

        Ok(())
    }

    /// Begins a fault, of the testbed of this name or of all. It ends by itself.
    pub fn fault(&self, fault: Fault, name: Option<&str>) {
        let wanted = |testbed: &&Testbed| name.is_none_or(|name| testbed.row().transport.name == name);
        self.testbeds().iter().filter(wanted).for_each(|testbed| testbed.fault(fault));
        self.inner.commanded.send_replace(());
    }

    /// Puts a proxy between the taps and the servers, or takes it away. What is open is cut when another way leads on.
    pub fn put_between(&self, choice: Option<Choice>) {
        self.inner.control.want(choice);
        self.inner.commanded.send_replace(());
    }

    /// What stands between.
    pub fn between(&self) -> Between {
        self.inner.control.between()
    }

    /// Notifies that something was commanded, or that something else stands between.
    pub fn commands(&self) -> watch::Receiver<()> {
        self.inner.commanded.subscribe()
    }

    /// Waits until the servers have ended, which they do after the stop, and all that was published is kept; and the
    /// proxies.
    pub async fn ended(&self) {
        for testbed in self.testbeds() {
            testbed.ended().await;
        }
        self.inner.control.ended().await;
        self.inner.ground.end().await;
    }
}

/// The feed, and the servers on it.
async fn begin(
    home: Home,
    options: &Options,
    program: &Program,
    servers: &[(Row, u16)],
    stop: &CancellationToken,
) -> io::Result<(Ground, Vec<Process>, Vec<Back>)> {
    if home == Home::File {
        let process = Process::start(program, servers, stop).await?;
        if let Some(file) = &options.store {
            tracing::info!("the feed is kept in {}", file.display());
        }
        let backs = (0..servers.len()).map(|at| Back::There(process.clone(), at)).collect();
        return Ok((Ground::There(process.clone()), vec![process], backs));
    }
    let feed = shell::open_feed(options).await?;
    if home == Home::Redis {
        let starting = servers.chunks(1).map(|server| Process::start(program, server, stop));
        let processes = try_join_all(starting).await?;
        let backs = processes.iter().map(|process| Back::There(process.clone(), 0)).collect();
        return Ok((Ground::Here(feed), processes, backs));
    }
    let local = |(row, next): &(Row, u16)| {
        let mut options = options.clone();
        options.next_port = Some(*next);
        Ok(Back::Here(Arc::new(Local::start(*row, feed.clone(), options, stop.clone())?)))
    };
    let backs = servers.iter().map(local).collect::<io::Result<_>>()?;

    Ok((Ground::Here(feed), Vec::new(), backs))
}
