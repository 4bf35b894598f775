//! The laboratory: all five servers on one feed, each behind a tap that counts what passes and breaks its connections
//! on command.
//!
//! It runs the five crates' own routes, unchanged, and holds no server code of any of them.

mod generator;
mod meter;
mod testbed;
mod threads;

use std::{io, net::TcpListener, sync::Arc};

pub use generator::{Generator, RATES, SIZES, Setting};
pub use meter::{Entry, Figures};
use shared::{
    Feed, Key, NotPublished,
    shell::{Kind, Note, Options, Text},
};
pub use testbed::{Fault, Testbed};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{tap::Limits, transports::ALL};

/// All five, and what they have in common. Clones are the same laboratory.
#[derive(Clone, Debug)]
pub struct Laboratory {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    feed: Feed,
    generator: Generator,
    testbeds: Vec<Testbed>,
    /// Something was commanded, or a fault began.
    commanded: watch::Sender<()>,
}

impl Laboratory {
    /// Starts the five: each server on a loopback port of its own, and in front of it a tap on the listener of its turn.
    /// All run until `stop`; the feed outlives them.
    ///
    /// # Errors
    /// When one cannot start.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn start(
        feed: Feed,
        listeners: Vec<TcpListener>,
        options: &Options,
        limits: Limits,
        stop: &CancellationToken,
    ) -> io::Result<Self> {
        let ports: Vec<u16> =
            listeners.iter().map(|listener| Ok(listener.local_addr()?.port())).collect::<io::Result<_>>()?;
        let nexts = ports.into_iter().cycle().skip(1);
        let testbed = |((row, listener), next)| {
            let mut options = options.clone();
            options.next_port = Some(next);
            Testbed::start(row, listener, feed.clone(), options, limits, stop)
        };
        let testbeds = ALL.into_iter().zip(listeners).zip(nexts).map(testbed).collect::<io::Result<_>>()?;
        let generator = Generator::start(feed.clone(), stop.clone());

        Ok(Self { inner: Arc::new(Inner { feed, generator, testbeds, commanded: watch::Sender::default() }) })
    }

    /// The one feed.
    pub fn feed(&self) -> &Feed {
        &self.inner.feed
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
        self.feed().publish(Note { kind: Kind::Message, text }.entry().with_key(key)).await?;
        self.inner.commanded.send_replace(());

        Ok(())
    }

    /// Publishes so many ticks at once.
    ///
    /// # Errors
    /// [`NotPublished`] once the feed is closed.
    pub async fn burst(&self, count: usize) -> Result<(), NotPublished> {
        for _ in 0..count {
            Note { kind: Kind::Clock, text: generator::text(self.setting().size) }.publish(self.feed()).await?;
        }
        self.inner.commanded.send_replace(());

        Ok(())
    }

    /// Begins a fault, of the testbed of this name or of all. It ends by itself.
    pub fn fault(&self, fault: Fault, name: Option<&str>) {
        let wanted = |testbed: &&Testbed| name.is_none_or(|name| testbed.row().transport.name == name);
        self.testbeds().iter().filter(wanted).for_each(|testbed| testbed.fault(fault));
        self.inner.commanded.send_replace(());
    }

    /// Notifies that something was commanded.
    pub fn commands(&self) -> watch::Receiver<()> {
        self.inner.commanded.subscribe()
    }

    /// Waits until the servers have ended, which they do after the stop.
    pub async fn ended(&self) {
        for testbed in self.testbeds() {
            testbed.ended().await;
        }
    }
}
