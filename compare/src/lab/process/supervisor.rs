//! What starts a process again and again.

use std::{
    io,
    net::SocketAddr,
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    process::Command,
    sync::{mpsc, watch},
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use super::{
    Order, Program, Seen,
    running::{Running, is_over},
};
use crate::{
    lab::line::{Answer, Hello, Look, Numbered},
    lock::lock,
    transports::Row,
};

/// It is started no more often.
const PAUSE: Duration = Duration::from_secs(1);

/// Starts the process, again and again, and speaks with it.
#[derive(Debug)]
pub(super) struct Supervisor {
    pub(super) program: Program,
    pub(super) servers: Vec<(Row, u16)>,
    pub(super) upstreams: Vec<watch::Sender<Option<SocketAddr>>>,
    pub(super) orders: mpsc::Receiver<Order>,
    pub(super) seen: Arc<Mutex<Seen>>,
    pub(super) stop: CancellationToken,
}

impl Supervisor {
    /// Follows this one, and those after it, until the stop.
    pub(super) async fn run(mut self, mut running: Running) {
        loop {
            let next = Instant::now() + PAUSE;
            self.follow(&mut running).await;
            self.note_end();
            let status = running.reap().await;
            if self.stop.is_cancelled() {
                return;
            }
            tracing::info!(%status, "the process of {} has ended, and is started again", self.names());
            match self.start_again(next).await {
                Some(started) => running = started,
                None => return,
            }
        }
    }

    /// Asks and answers until it ends.
    async fn follow(&mut self, running: &mut Running) {
        loop {
            let (limit, is_asked) = (running.limit, running.questions.is_some());
            tokio::select! {
                line = running.lines.next_line() => match line {
                    Ok(Some(line)) => self.note(running, &line),
                    Ok(None) | Err(_) => return,
                },
                Some(order) = self.orders.recv() => match order {
                    Order::Ask(question, answer) => running.ask(question, answer),
                    Order::End => running.end(),
                    Order::Kill => running.kill(),
                },
                () = self.stop.cancelled(), if is_asked => running.end(),
                () = is_over(limit) => running.kill(),
            }
        }
    }

    /// It has answered.
    fn note(&self, running: &mut Running, line: &str) {
        let answer = match serde_json::from_str(line) {
            Ok(Numbered { number, what }) => running.asked.remove(&number).map(|asked| (asked, what)),
            Err(error) => return tracing::error!(%error, "not an answer"),
        };
        let Some((asked, what)) = answer else { return };
        if let Answer::Look(look) = &what {
            let mut seen = lock(&self.seen);
            let newest = look.newest.or(seen.look.newest);
            seen.look = Look { newest, ..look.clone() };
        }
        asked.send(what).ok(); // nobody waits any more
    }

    /// None serves any more.
    fn note_end(&self) {
        for upstream in &self.upstreams {
            upstream.send_replace(None);
        }
        let mut seen = lock(&self.seen);
        let Seen { id, restart, death, look, before } = &mut *seen;
        *id = None;
        look.open.clear();
        for (before, taken) in before.iter_mut().zip(look.cpu.drain(..)) {
            *before += taken.unwrap_or_default();
        }
        if !restart.lasts() && !self.stop.is_cancelled() {
            death.begin(); // by another's hand, if it was not ours
        }
    }

    /// Starts it until it serves, however often that fails; None after the stop.
    async fn start_again(&self, mut next: Instant) -> Option<Running> {
        let mut said = false;
        loop {
            let start = async {
                sleep_until(next).await;
                self.start().await
            };
            match self.stop.run_until_cancelled(start).await? {
                Ok(running) => return Some(running),
                Err(error) if !said => tracing::error!(%error, "the process of {} did not start again", self.names()),
                Err(_again) => {}
            }
            said = true;
            next = Instant::now() + PAUSE;
        }
    }

    /// Starts it, and waits until it serves.
    pub(super) async fn start(&self) -> io::Result<Running> {
        let Program { path, before, after } = &self.program;
        let mut command = Command::new(path);
        command.args(before);
        for (row, next) in &self.servers {
            command.args(["--way", row.transport.name, "--next", &next.to_string()]);
        }
        command.args(after).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let cannot = |error: io::Error| io::Error::other(format!("cannot start {}: {error}", path.display()));
        let mut running = Running::start(&mut command).map_err(cannot)?;
        let first = running.lines.next_line().await?;
        let hello = first.and_then(|line| serde_json::from_str(&line).ok());
        let addresses = match hello {
            Some(Hello::Serves(addresses)) if addresses.len() == self.upstreams.len() => addresses,
            Some(Hello::Serves(_)) => return Err(io::Error::other("it serves something else")),
            Some(Hello::Fails(why)) => return Err(io::Error::other(why)),
            None => return Err(cannot(io::Error::other("it ended at once"))),
        };
        {
            let mut seen = lock(&self.seen);
            seen.id = running.child.id();
            seen.restart.end();
            seen.death.end();
        }
        for (upstream, address) in self.upstreams.iter().zip(addresses) {
            upstream.send_replace(Some(address));
        }

        Ok(running)
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self.servers.iter().map(|(row, _)| row.transport.name).collect();

        names.join(", ")
    }
}
