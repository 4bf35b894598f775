//! All that is asked for, each subject in its turn.

use std::{io, pin::pin};

use jiff::ZonedDateTime;

use super::{
    args::Args,
    checks::{self, Check},
    crowd,
    load::Load,
    machine::Machine,
    peers::{Peer, Subject},
    plan::{self, Plan},
    progress::Progress,
    results::{FORMAT, Measured, Results},
    round,
    server::Server,
};

/// Measures it. Where it is stopped before the end, what was measured until then is the result.
///
/// # Errors
/// When a server of ours does not come up, or it is stopped before anything was measured.
pub(crate) async fn all(args: &Args, plan: &Plan, stop: impl Future<Output = io::Result<()>>) -> io::Result<Results> {
    let mut stop = pin!(stop);
    let mut session = tokio::select! {
        session = Session::start(args, plan) => session?,
        stopped = &mut stop => {
            return stopped.and(Err(io::Error::other("stopped before anything was measured")));
        }
    };
    let stopped = tokio::select! {
        () = session.measure(plan) => None,
        stopped = &mut stop => Some(stopped),
    };
    if let Some(stopped) = stopped {
        stopped?;
        session.say("stopped before the end: not all is measured".to_owned());
    }
    session.results.subjects.iter_mut().for_each(Measured::sum_up);

    Ok(session.results)
}

/// Who is there, and what is known of them so far, in the same order.
struct Session {
    ours: Peer,
    subjects: Vec<Subject>,
    results: Results,
    progress: Progress,
}

impl Session {
    /// Asks each for some of the contract. One that does not come up is left out; of ours, each must.
    async fn start(args: &Args, plan: &Plan) -> io::Result<Self> {
        let ours = Peer::ours()?;
        let mut wanted = Vec::new();
        for peer in [&ours].into_iter().chain(args.peers.iter().flat_map(|chosen| &chosen.0)) {
            let rows = args.rows().into_iter().filter(|row| peer.has(row));
            wanted.extend(rows.map(|row| Subject { peer: peer.clone(), row }));
        }
        let steps = |subject: &Subject| plan.steps(subject.peer == ours);
        let progress = Progress::of(wanted.iter().map(steps).sum());
        let mut session = Self { ours: ours.clone(), subjects: Vec::new(), results: nothing_yet(), progress };
        for subject in wanted {
            session.progress.now(&format!("{}, checks", subject.name()));
            match check(&subject).await {
                Ok(checks) => {
                    session.results.subjects.push(Measured::of(&subject, checks));
                    session.subjects.push(subject);
                    session.progress.step();
                }
                Err(error) if subject.peer == ours => return Err(error),
                Err(error) => {
                    session.say(format!("{} is left out: {error}", subject.name()));
                    session.progress.leave_out(steps(&subject));
                }
            }
        }

        Ok(session)
    }

    async fn measure(&mut self, plan: &Plan) {
        for round in 1..=plan.rounds {
            self.round(&plan.base, round, |_| true).await;
        }
        for load in &plan.growth {
            self.round(load, 0, |is_ours| plan.grows(load, is_ours)).await;
        }
        for crowd in &plan.crowds {
            self.crowd(crowd).await;
        }
    }

    /// Of those that are wanted, as ours or as peers.
    async fn round(&mut self, load: &Load, round: u32, wanted: impl Fn(bool) -> bool) {
        let Load { clients, rate, size, .. } = load;
        for at in 0..self.subjects.len() {
            if !wanted(self.is_ours(at)) {
                continue;
            }
            let subject = &self.subjects[at];
            self.progress.now(&format!("{}, {clients} clients, {rate} a second, {size} bytes", subject.name()));
            match round::run(subject, load, round).await {
                Ok(run) => self.results.subjects[at].runs.push(run),
                Err(error) => self.say(format!("{}: a round failed: {error}", self.subjects[at].name())),
            }
            self.progress.step();
        }
    }

    async fn crowd(&mut self, crowd: &plan::Crowd) {
        for at in 0..self.subjects.len() {
            if !crowd.is_for(self.is_ours(at)) {
                continue;
            }
            let subject = &self.subjects[at];
            self.progress.now(&format!("{}, {} clients at the highest rate", subject.name(), crowd.load.clients));
            match crowd::measure(subject, &crowd.of(self.is_ours(at))).await {
                Ok(measured) => self.results.subjects[at].crowds.push(measured),
                Err(error) => self.say(format!("{}: a crowd failed: {error}", self.subjects[at].name())),
            }
            self.progress.step();
        }
    }

    fn is_ours(&self, at: usize) -> bool {
        self.subjects[at].peer == self.ours
    }

    /// At once, and in the result.
    fn say(&mut self, word: String) {
        self.progress.say(&word);
        self.results.words.push(word);
    }
}

async fn check(subject: &Subject) -> io::Result<Vec<Check>> {
    let server = Server::start(subject)?;

    checks::run(subject, server.address).await
}

fn nothing_yet() -> Results {
    let slow = "built without --release: the figures of time say little".to_owned();

    Results {
        format: FORMAT,
        command: command(""),
        date: ZonedDateTime::now().strftime("%Y-%m-%d %H:%M:%S %:z").to_string(),
        took_seconds: 0.0,
        machine: Machine::this(),
        words: if cfg!(debug_assertions) { vec![slow] } else { Vec::new() },
        subjects: Vec::new(),
    }
}

/// As it may be typed again, with what is to be built in.
pub(crate) fn command(features: &str) -> String {
    let words: Vec<String> = std::env::args().skip(1).collect();

    format!("cargo run --release {features}-- {}", words.join(" "))
}
