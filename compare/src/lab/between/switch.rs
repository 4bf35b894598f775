//! Starts the proxies that are wanted, leads the taps through them, and ends those of before.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::{Arc, Mutex},
    thread,
};

use futures_util::future::try_join_all;
use tokio::sync::{oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::{
    Between, Choice, Side,
    ask::{Answered, ask},
    not_found,
};
use crate::{
    lock::lock,
    proxies::{Program, Proxy},
    tap::{Fault, Limits, Tap},
};

/// One task, so that wishes are met one after the other.
#[derive(Debug)]
pub(super) struct Switch {
    sides: Vec<Side>,
    wishes: watch::Receiver<Option<Choice>>,
    seen: Arc<Mutex<Between>>,
    changed: watch::Sender<()>,
    standing: Vec<Standing>,
}

/// A proxy that stands between.
#[derive(Debug)]
pub(super) struct Standing {
    proxy: Proxy,
    answered: Answered,
    /// It connects to this, which knows where the server is.
    _door: Arc<Tap>,
}

impl Switch {
    pub(super) fn new(
        sides: Vec<Side>,
        wishes: watch::Receiver<Option<Choice>>,
        seen: Arc<Mutex<Between>>,
        changed: watch::Sender<()>,
    ) -> Self {
        Self { sides, wishes, seen, changed, standing: Vec::new() }
    }

    /// Does so until the stop, and gives what stands then, to be ended.
    pub(super) async fn run(mut self, stop: CancellationToken) -> Vec<Standing> {
        stop.run_until_cancelled(self.obey()).await;

        self.standing
    }

    async fn obey(&mut self) {
        while self.wishes.changed().await.is_ok() {
            let wish = *self.wishes.borrow_and_update();
            let stands = lock(&self.seen).stands.as_ref().map(|(choice, _)| *choice);
            if wish == stands {
                continue;
            }
            let started = match wish {
                Some(choice) => {
                    start_all(choice, &self.sides).await.map(|(version, all)| (Some((choice, version)), all))
                }
                None => Ok((None, Vec::new())),
            };
            match started {
                Ok((_, unwanted)) if self.is_changed() => end(unwanted),
                Ok((stands, standing)) => self.lead_through(stands, standing),
                Err(error) => self.leave(&error),
            }
            self.changed.send_replace(());
        }
    }

    /// Whether something else is wanted by now.
    fn is_changed(&self) -> bool {
        self.wishes.has_changed().unwrap_or(false)
    }

    /// All that is open is cut, for it leads through what stood before.
    fn lead_through(&mut self, stands: Option<(Choice, String)>, standing: Vec<Standing>) {
        for (at, Side { tap, route, .. }) in self.sides.iter().enumerate() {
            route.put(standing.get(at).map(|standing| standing.proxy.address));
            tap.fault(Fault::Cut);
        }
        let mut seen = lock(&self.seen);
        seen.stands = stands;
        seen.answered = standing.iter().map(|standing| standing.answered).collect();
        drop(seen);
        end(std::mem::replace(&mut self.standing, standing));
    }

    /// What stands goes on.
    fn leave(&self, error: &io::Error) {
        let mut seen = lock(&self.seen);
        if self.is_changed() {
            return; // nobody wants it any more
        }
        seen.wanted = seen.stands.as_ref().map(|(choice, _)| *choice);
        seen.problem = Some(error.to_string());
    }
}

/// Starts one in front of each server; all, or none. Gives their version, too.
async fn start_all(choice: Choice, sides: &[Side]) -> io::Result<(String, Vec<Standing>)> {
    let find = move || {
        let program = choice.known.find().ok_or_else(|| not_found(choice.known))?;
        let version = program.version()?;
        io::Result::Ok((program, version))
    };
    let (program, version) = on_thread(find).await??;
    let standing = try_join_all(sides.iter().map(|side| start(choice, program.clone(), side))).await?;

    Ok((version, standing))
}

async fn start(choice: Choice, program: Program, side: &Side) -> io::Result<Standing> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let limits = Limits { ended: 0, unread: 0, ..Limits::default() }; // nobody looks at what passes there
    let door = Arc::new(Tap::following(listener, side.route.server(), limits)?);
    let (row, page) = (side.row, SocketAddr::from((Ipv4Addr::LOCALHOST, side.tap.address().port())));

    on_thread(move || {
        let proxy = Proxy::start(choice.known, &program, choice.form, door.address())?;
        let answered = ask(&row, proxy.address, page);
        Ok(Standing { proxy, answered, _door: door })
    })
    .await?
}

/// Ends them, which takes a while.
fn end(standing: Vec<Standing>) {
    if !standing.is_empty() {
        thread::spawn(move || drop(standing));
    }
}

/// Does something that takes long in a thread of its own: the program may end meanwhile, and does not wait for it.
async fn on_thread<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    let (sender, done) = oneshot::channel();
    thread::Builder::new().name("proxy".to_owned()).spawn(move || {
        sender.send(act()).ok(); // where nobody waits any more, it is dropped
    })?;

    done.await.map_err(io::Error::other)
}
