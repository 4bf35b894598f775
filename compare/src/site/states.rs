//! The state, made once for all who look, and only while somebody looks.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use actix_web::web::Bytes;
use shared::Unavailable;
use tokio::{
    sync::{Notify, watch},
    task::spawn_blocking,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::{event::event, state::State};
use crate::lab::Laboratory;

/// The state is made so often, and at once after a command and for who comes.
const PACE: Duration = Duration::from_millis(250);

/// Where each state goes. Clones are the same.
#[derive(Clone, Debug)]
pub(super) struct States {
    latest: watch::Sender<Made>,
    /// How many have come.
    came: Arc<AtomicU64>,
    come: Arc<Notify>,
}

/// A state, as an event.
#[derive(Debug, Default)]
struct Made {
    /// So many had come before it was made.
    after: u64,
    event: Bytes,
}

/// One who looks.
#[derive(Debug)]
pub(super) struct View {
    latest: watch::Receiver<Made>,
    /// The first state is one that was made after this one came: what was commanded before is in it.
    number: u64,
}

impl States {
    /// Makes them until `stop`.
    pub(super) fn start(laboratory: Laboratory, stop: CancellationToken) -> Self {
        let (latest, _) = watch::channel(Made::default());
        let states = Self { latest, came: Arc::default(), come: Arc::default() };
        let making = states.clone();
        tokio::spawn(async move { stop.run_until_cancelled(making.make_all(laboratory)).await });

        states
    }

    /// One more who looks.
    pub(super) fn view(&self) -> View {
        let view = View { latest: self.latest.subscribe(), number: self.came.fetch_add(1, Ordering::AcqRel) + 1 };
        self.come.notify_one();

        view
    }

    async fn make_all(&self, laboratory: Laboratory) {
        let mut commands = laboratory.commands();
        loop {
            let come = self.come.notified();
            if self.latest.receiver_count() == 0 {
                come.await;
                continue;
            }
            commands.mark_unchanged(); // before the state is made, or a command between the two is late
            let after = self.came.load(Ordering::Acquire);
            match make(&laboratory).await {
                Ok(event) => drop(self.latest.send_replace(Made { after, event })),
                Err(error) => tracing::debug!(%error, "no state"), // the page notices the silence
            }
            let wait = async {
                tokio::select! {
                    _command = commands.changed() => {}
                    () = come => {}
                }
            };
            timeout(PACE, wait).await.ok(); // nothing happened: the state is due
        }
    }
}

/// Makes it beside the workers, which must not wait: it reads files of the system, and takes locks.
async fn make(laboratory: &Laboratory) -> Result<Bytes, Unavailable> {
    let feed = laboratory.status().await?;
    let laboratory = laboratory.clone();
    let made = spawn_blocking(move || Bytes::from(event(&State::of(&laboratory, &feed)))).await;

    made.map_err(|_ended| Unavailable)
}

impl View {
    /// The next state, as an event; `None` when there will be none.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        let number = std::mem::take(&mut self.number);
        if number > 0 {
            return self.latest.wait_for(|made| made.after >= number).await.ok().map(|made| made.event.clone());
        }
        self.latest.changed().await.ok()?;

        Some(self.latest.borrow_and_update().event.clone())
    }
}
