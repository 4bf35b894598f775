//! One round after the other: each subject in its turn, on a server that is new each time.

use std::{
    io,
    time::{Duration, Instant},
};

use jiff::ZonedDateTime;
use tokio::time::sleep;

use super::{
    args::Args,
    checks,
    clients::Clients,
    crowd, figures,
    load::Load,
    machine::Machine,
    peers::{Peer, Subject},
    plan::Plan,
    proc::{Kernel, Usage, memory},
    progress::Progress,
    publisher::{Pace, Published, publish},
    results::{Delay, Measured, Memory, Results, Run},
    server::Server,
    tally::Tally,
    verdict::Shares,
};

/// Everything is connected: memory comes to rest.
const SETTLE: Duration = Duration::from_millis(700);
/// All is published: so long without an arrival, and what is missing is lost.
const SILENCE: Duration = Duration::from_secs(3);
/// So many messages go out before anything counts: caches are warm then, and no buffer is new.
const WARM_UP: u32 = 10;
/// A publisher that took this much longer than it should did not keep its rate.
const LATE: f64 = 1.1;

/// Measures all that is asked for.
///
/// # Errors
/// When a server of ours does not come up, or refuses a client.
pub(crate) async fn all(args: &Args, plan: &Plan) -> io::Result<Results> {
    let peers: Vec<Peer> = [Peer::ours()?].into_iter().chain(args.peers.iter().cloned()).collect();
    let subjects =
        peers.into_iter().flat_map(|peer| args.rows().into_iter().map(move |row| Subject { peer: peer.clone(), row }));
    let subjects: Vec<Subject> = subjects.collect();
    let progress = Progress::of(plan.steps() * subjects.len() as u64);
    let mut results = Results {
        format: 1,
        command: command(),
        date: ZonedDateTime::now().strftime("%Y-%m-%d %H:%M:%S %:z").to_string(),
        took_seconds: 0.0,
        machine: Machine::this(),
        words: Vec::new(),
        subjects: Vec::new(),
    };
    if cfg!(debug_assertions) {
        results.words.push("built without --release: the figures of time say little".to_owned());
    }

    let subjects = check(subjects, &progress, &mut results).await?;
    for round in 1..=plan.rounds {
        for (at, subject) in subjects.iter().enumerate() {
            one(subject, &plan.base, round, &progress, &mut results, at).await;
        }
    }
    for measured in &mut results.subjects {
        measured.figures = figures::of(&measured.runs);
    }
    for load in &plan.growth {
        for (at, subject) in subjects.iter().enumerate() {
            one(subject, load, 0, &progress, &mut results, at).await;
        }
    }
    for crowd in &plan.crowds {
        for (at, subject) in subjects.iter().enumerate() {
            progress.now(&format!("{}, {} clients at the highest rate", subject.name(), crowd.load.clients));
            match crowd::measure(subject, crowd).await {
                Ok(measured) => results.subjects[at].crowds.push(measured),
                Err(error) => failed(subject, &error, &progress, &mut results),
            }
            progress.step();
        }
    }
    words(&mut results);

    Ok(results)
}

/// As it may be typed again.
fn command() -> String {
    let words: Vec<String> = std::env::args().skip(1).collect();

    format!("cargo run --release -- {}", words.join(" "))
}

/// Asks each for some of the contract. One that does not come up is left out; of ours, each must.
async fn check(subjects: Vec<Subject>, progress: &Progress, results: &mut Results) -> io::Result<Vec<Subject>> {
    let ours = Peer::ours()?;
    let mut there = Vec::new();
    for subject in subjects {
        progress.now(&format!("{}, checks", subject.name()));
        let checked = match Server::start(&subject) {
            Ok(server) => checks::run(subject.row, server.address).await,
            Err(error) => Err(error),
        };
        progress.step();
        match checked {
            Ok(checks) => {
                let (peer, transport) = (subject.peer.name.clone(), subject.row.transport.name);
                let (figures, runs, crowds) = (Vec::new(), Vec::new(), Vec::new());
                results.subjects.push(Measured { peer, transport, checks, figures, runs, crowds });
                there.push(subject);
            }
            Err(error) if subject.peer == ours => return Err(error),
            Err(error) => {
                let word = format!("{} is left out: {error}", subject.name());
                progress.say(&word);
                results.words.push(word);
            }
        }
    }

    Ok(there)
}

async fn one(subject: &Subject, load: &Load, round: u32, progress: &Progress, results: &mut Results, at: usize) {
    let Load { clients, rate, size, .. } = load;
    progress.now(&format!("{}, {clients} clients, {rate} a second, {size} bytes", subject.name()));
    match run(subject, load, round).await {
        Ok(run) => results.subjects[at].runs.push(run),
        Err(error) => failed(subject, &error, progress, results),
    }
    progress.step();
}

fn failed(subject: &Subject, error: &io::Error, progress: &Progress, results: &mut Results) {
    let word = format!("{}: a round failed: {error}", subject.name());
    progress.say(&word);
    results.words.push(word);
}

/// What must be said of all: each thing once, with how often it was so.
fn words(results: &mut Results) {
    for measured in &results.subjects {
        let failed = measured.checks.iter().filter(|check| !check.passed);
        let failed = failed.map(|check| {
            let seen = check.seen.as_deref().unwrap_or("it does not");
            format!("{}: a check failed: {}: {seen}", measured.name(), check.name)
        });
        results.words.extend(failed);
        let mut said: Vec<&String> = measured.runs.iter().flat_map(|run| &run.words).collect();
        said.sort_unstable();
        let of = measured.runs.len();
        for group in said.chunk_by(|one, other| one.split('(').next() == other.split('(').next()) {
            results.words.push(format!("{}: in {} of {of} rounds {}", measured.name(), group.len(), group[0]));
        }
    }
}

/// One round on a server of its own.
async fn run(subject: &Subject, load: &Load, round: u32) -> io::Result<Run> {
    let server = Server::start(subject)?;
    let before = (memory(server.id())?, Kernel::now()?);
    let clients = Clients::connect(subject.row, load, server.address).await?;
    sleep(SETTLE).await;
    let after = (memory(server.id())?, Kernel::now()?);
    let difference = |now: u64, then: u64| now.cast_signed() - then.cast_signed();
    let memory = Memory {
        server_before: before.0,
        server_with_all: after.0,
        kernel_waiting: difference(after.1.waiting, before.1.waiting),
        kernel_objects: difference(after.1.objects, before.1.objects),
    };
    let bench = Bench { server, clients, memory, setup: None };
    let setup = bench.clients.tally();
    let warm = Load { rate: WARM_UP, seconds: 1, ..*load };
    bench.publish(&warm, Pace::InTime, SILENCE).await?;

    let bench = Bench { setup: Some(setup), ..bench };
    Ok(Run { round, ..bench.publish(load, Pace::InTime, SILENCE).await? })
}

/// A server with all its clients.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) server: Server,
    pub(crate) clients: Clients,
    pub(crate) memory: Memory,
    /// What had passed when all were connected.
    pub(crate) setup: Option<Tally>,
}

impl Bench {
    /// Publishes, waits until all has arrived or nothing does any more, and says what came of it.
    pub(crate) async fn publish(&self, load: &Load, pace: Pace, silence: Duration) -> io::Result<Run> {
        let folders = self.clients.folders();
        self.clients.start_counting();
        let began = super::tally::now();
        let before = Usage::now(self.server.id(), &folders)?;
        let published = publish(load, pace, self.server.address).await?;
        let expected = published.count * u64::from(load.clients);
        let used = self.drain(expected, silence + load.interval, &folders).await?.since(&before);

        Ok(self.summed_up(load, pace, began, &published, &used))
    }

    /// Gives what was used until the last arrival: what is waited for in vain after that is no part of it.
    async fn drain(&self, expected: u64, silence: Duration, folders: &[String]) -> io::Result<Usage> {
        let mut used = Usage::now(self.server.id(), folders)?;
        let mut delivered = self.clients.delivered();
        let mut progress = Instant::now();

        while delivered < expected && progress.elapsed() < silence {
            sleep(Duration::from_millis(10)).await;
            let now = self.clients.delivered();
            if now > delivered {
                delivered = now;
                progress = Instant::now();
                used = Usage::now(self.server.id(), folders)?;
            }
        }
        Ok(used)
    }

    fn summed_up(&self, load: &Load, pace: Pace, began: u64, published: &Published, used: &Usage) -> Run {
        let tally = self.clients.tally();
        let setup = self.setup.as_ref();
        let expected = published.count * u64::from(load.clients);
        let lost = expected.saturating_sub(tally.delivered);
        let shares = Shares::of(used, published.cpu);
        let mut words = shares.words();
        if pace == Pace::InTime && published.span.as_secs_f64() > LATE * f64::from(load.seconds) + 0.05 {
            words.push("the publisher did not keep its rate".to_owned());
        }
        if lost > 0 {
            words.push(format!("messages were lost ({lost} of {expected})"));
        }
        words.extend(tally.broke.iter().map(|broke| format!("connections broke ({}: {broke})", tally.broken)));

        Run {
            round: 0,
            load: *load,
            published: published.count,
            expected,
            delivered: tally.delivered,
            lost,
            repeated: tally.repeated,
            out_of_order: tally.out_of_order,
            gaps: tally.gaps,
            broken: tally.broken,
            requests: tally.requests,
            bytes_up: tally.up,
            bytes_down: tally.down,
            setup_bytes_up: setup.map_or(0, |setup| setup.up),
            setup_bytes_down: setup.map_or(0, |setup| setup.down),
            json_bytes: published.json as f64 / published.count.max(1) as f64,
            connected_seconds: self.clients.connected_in.as_secs_f64(),
            memory: self.memory,
            delay: Delay::of(&tally),
            user_us: used.user.as_secs_f64() * 1e6,
            system_us: used.system.as_secs_f64() * 1e6,
            span_seconds: tally.last.saturating_sub(began) as f64 / 1e6,
            answers_us: published.answers.clone(),
            verdict: shares.verdict(),
            shares,
            words,
        }
    }
}

impl Delay {
    fn of(tally: &Tally) -> Self {
        let delays = &tally.delays;
        let buckets = delays.iter_log(100, 1.25);
        let histogram = buckets.map(|bucket| (bucket.value_iterated_to(), bucket.count_since_last_iteration()));

        Self {
            p50: delays.value_at_quantile(0.5),
            p95: delays.value_at_quantile(0.95),
            p99: delays.value_at_quantile(0.99),
            largest: delays.max(),
            histogram: histogram.collect(),
        }
    }
}
