//! What stands between the taps and the servers: nothing, or a real proxy for each of the five.

mod ask;
mod switch;

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard},
};

use tokio::{
    sync::watch,
    task::{JoinHandle, spawn_blocking},
};
use tokio_util::sync::CancellationToken;

pub use self::ask::Answered;
use self::switch::{Standing, Switch};
use super::route::Route;
use crate::{
    lock::lock,
    proxies::{Form, Known},
    tap::Tap,
    transports::Row,
};

/// A proxy, and one of its configurations.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// Which.
    pub known: &'static Known,
    /// Its configuration.
    pub form: Form,
}

impl PartialEq for Choice {
    fn eq(&self, other: &Self) -> bool {
        (self.known.name, self.form) == (other.known.name, other.form)
    }
}

/// What stands between.
#[derive(Clone, Debug, Default)]
pub struct Between {
    /// What was wanted last. While it is not what stands, it is being started.
    pub wanted: Option<Choice>,
    /// What stands, and its version.
    pub stands: Option<(Choice, String)>,
    /// What is answered through it, of each of the five; none where nothing stands.
    pub answered: Vec<Answered>,
    /// Why what was wanted last does not stand.
    pub problem: Option<String>,
}

/// What there is of each of the five.
#[derive(Clone, Debug)]
pub(super) struct Side {
    pub(super) row: Row,
    pub(super) tap: Arc<Tap>,
    pub(super) route: Route,
}

/// Puts proxies between.
#[derive(Debug)]
pub(super) struct Control {
    wishes: watch::Sender<Option<Choice>>,
    seen: Arc<Mutex<Between>>,
    switching: Mutex<Option<JoinHandle<Vec<Standing>>>>,
}

impl Control {
    /// Nothing stands between at first. `changed` hears of what stands then, until `stop`.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub(super) fn start(sides: Vec<Side>, changed: watch::Sender<()>, stop: CancellationToken) -> Self {
        let (wishes, wanted) = watch::channel(None);
        let seen = Arc::<Mutex<Between>>::default();
        let switch = Switch::new(sides, wanted, Arc::clone(&seen), changed);
        let switching = Mutex::new(Some(tokio::spawn(switch.run(stop))));

        Self { wishes, seen, switching }
    }

    /// It is put between as soon as it can be; of several wishes, the last counts.
    pub(super) fn want(&self, choice: Option<Choice>) {
        let mut seen = self.seen();
        seen.wanted = choice;
        seen.problem = None;
        self.wishes.send_replace(choice);
    }

    pub(super) fn between(&self) -> Between {
        self.seen().clone()
    }

    /// Waits until all proxies have ended, after the stop.
    pub(super) async fn ended(&self) {
        let switching = lock(&self.switching).take();
        let Some(switching) = switching else { return };
        let ended = match switching.await {
            Ok(standing) => spawn_blocking(move || drop(standing)).await,
            Err(error) => Err(error),
        };
        if let Err(error) = ended {
            tracing::error!(%error, "a proxy may not have ended");
        }
    }

    fn seen(&self) -> MutexGuard<'_, Between> {
        lock(&self.seen)
    }
}

/// Why it cannot be started here.
fn not_found(known: &Known) -> io::Error {
    let (title, name) = (known.title, known.name);
    let text = format!("{title} is not on this machine: cargo run --release -- proxies --get {name}");

    io::Error::new(io::ErrorKind::NotFound, text)
}
