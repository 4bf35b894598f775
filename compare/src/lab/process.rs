//! Servers in a process of their own, which is started again whenever it ends. It ends with the laboratory, and also when
//! that ends in any other way, since its input ends then.

mod running;
mod supervisor;

use std::{
    ffi::OsString,
    io,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use shared::{Key, NotPublished, Unavailable, feed::Status, shell::Note};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use self::supervisor::Supervisor;
use super::{
    line::{Answer, Look, Question},
    outage::Outage,
};
use crate::{lock::lock, transports::Row};

/// An answer takes no longer, or there is none…
const ANSWER: Duration = Duration::from_secs(5);
/// …and how it is, it says at once.
const LOOK: Duration = Duration::from_millis(500);
/// So many questions may wait.
const MOST_WAITING: usize = 4_096;

/// What is started: a program, and its words before and after those that name the servers, `--way NAME --next PORT` each.
#[derive(Clone, Debug)]
pub struct Program {
    /// The program.
    pub path: PathBuf,
    /// The words before.
    pub before: Vec<OsString>,
    /// The words after.
    pub after: Vec<OsString>,
}

/// The process, whichever it is now. Clones are the same.
#[derive(Clone, Debug)]
pub(super) struct Process {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    orders: mpsc::Sender<Order>,
    seen: Arc<Mutex<Seen>>,
    /// Where each of its servers listens.
    upstreams: Vec<watch::Receiver<Option<SocketAddr>>>,
    supervisor: Mutex<Option<JoinHandle<()>>>,
}

/// What is known of it.
#[derive(Debug, Default)]
struct Seen {
    /// Its id, while it serves.
    id: Option<u32>,
    restart: Outage,
    death: Outage,
    look: Look,
    /// The CPU time of each of its servers in the processes that it was before.
    before: Vec<Duration>,
}

#[derive(Debug)]
enum Order {
    Ask(Question, oneshot::Sender<Answer>),
    /// To end by itself.
    End,
    /// To be ended, as by `kill -9`.
    Kill,
}

impl Process {
    /// Starts a process with these servers, each with the port of the next of the five, and waits until it serves.
    ///
    /// # Errors
    /// One line that says why it cannot.
    pub(super) async fn start(program: &Program, servers: &[(Row, u16)], stop: &CancellationToken) -> io::Result<Self> {
        let (orders, receiver) = mpsc::channel(MOST_WAITING);
        let (told, upstreams): (Vec<_>, Vec<_>) = servers.iter().map(|_| watch::channel(None)).unzip();
        let seen = Arc::new(Mutex::new(Seen { before: vec![Duration::ZERO; servers.len()], ..Seen::default() }));
        let supervisor = Supervisor {
            program: program.clone(),
            servers: servers.to_vec(),
            upstreams: told,
            orders: receiver,
            seen: Arc::clone(&seen),
            stop: stop.clone(),
        };
        let running = supervisor.start().await?;
        let supervisor = Mutex::new(Some(tokio::spawn(supervisor.run(running))));
        let process = Self { inner: Arc::new(Inner { orders, seen, upstreams, supervisor }) };
        process.look().await;

        Ok(process)
    }

    /// Where the server of this number listens; None while none does.
    pub(super) fn upstream(&self, at: usize) -> watch::Receiver<Option<SocketAddr>> {
        self.inner.upstreams[at].clone()
    }

    /// The id that it has now; None while none serves.
    pub(super) fn id(&self) -> Option<u32> {
        self.seen().id
    }

    pub(super) fn restarted(&self) -> Outage {
        self.seen().restart
    }

    pub(super) fn died(&self) -> Outage {
        self.seen().death
    }

    /// Held requests, streams and sockets of the server of this number, when it was last looked at.
    pub(super) fn open(&self, at: usize) -> usize {
        self.seen().look.open.get(at).copied().unwrap_or_default()
    }

    /// The CPU time of the server of this number. It never decreases.
    pub(super) fn cpu(&self, at: usize) -> Option<Duration> {
        let seen = self.seen();
        let before = seen.before.get(at).copied().unwrap_or_default();
        let now = seen.look.cpu.get(at).copied().flatten();

        now.map(|now| before + now).or((!before.is_zero()).then_some(before))
    }

    /// It is stopped gracefully, and started again. While that lasts, another time does nothing.
    pub(super) fn restart(&self) {
        let mut seen = self.seen();
        if seen.id.is_some() && seen.restart.begin() && self.inner.orders.try_send(Order::End).is_err() {
            seen.restart.give_up();
        }
    }

    /// It is killed, and started again.
    pub(super) fn kill(&self) {
        let mut seen = self.seen();
        if seen.id.is_some() && seen.death.begin() && self.inner.orders.try_send(Order::Kill).is_err() {
            seen.death.give_up();
        }
    }

    /// Publishes to the feed that it keeps.
    pub(super) async fn publish(&self, note: &Note, key: Option<&Key>) -> Result<(), NotPublished> {
        let question = Question::Publish {
            kind: note.kind,
            text: note.text.as_str().to_owned(),
            key: key.map(|key| key.as_str().to_owned()),
        };
        match self.ask(question, ANSWER).await? {
            Answer::Published => Ok(()),
            Answer::KeyReused => Err(NotPublished::KeyReused),
            Answer::Unavailable | Answer::Look(_) => Err(Unavailable.into()),
        }
    }

    /// Sees how it is.
    pub(super) async fn look(&self) {
        self.ask(Question::Look, LOOK).await.ok(); // the answer is noted where it comes; without one, nothing new is known
    }

    /// The feed that it keeps, as it was last looked at.
    pub(super) fn feed(&self) -> Result<Status, Unavailable> {
        let seen = self.seen();
        let newest = seen.look.newest.ok_or(Unavailable)?;
        let reachable = if seen.id.is_some() { seen.look.reachable } else { Some(false) };

        Ok(Status { newest, held: seen.look.held, reachable, lasts: None })
    }

    /// Waits until it has ended, after the stop.
    pub(super) async fn ended(&self) {
        let supervisor = lock(&self.inner.supervisor).take();
        if let Some(supervisor) = supervisor
            && let Err(error) = supervisor.await
        {
            tracing::error!(%error, "a process may not have ended");
        }
    }

    async fn ask(&self, question: Question, limit: Duration) -> Result<Answer, Unavailable> {
        if self.id().is_none() {
            return Err(Unavailable);
        }
        let (answer, answered) = oneshot::channel();
        self.inner.orders.try_send(Order::Ask(question, answer)).map_err(|_full| Unavailable)?;

        match timeout(limit, answered).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) | Err(_) => Err(Unavailable), // it has ended, or is late
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        lock(&self.inner.seen)
    }
}
