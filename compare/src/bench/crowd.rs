//! Many clients, and what their server leaves to a publisher: how long a POST takes, and the highest rate.

use std::{io, time::Duration};

use super::{
    clients::Clients,
    load::Load,
    peers::Subject,
    plan,
    proc::memory,
    publisher::Pace,
    results::{Crowd, Highest, Posts},
    round::Bench,
    run::{Memory, Run},
    search::Search,
    server::Server,
    spread::quantile,
    verdict::Verdict,
};
use crate::transports::Row;

/// A message is late that takes longer, not counted what a client waits before it asks.
const LATE: Duration = Duration::from_secs(1);
/// So long without an arrival, and what is missing is lost.
const SILENCE: Duration = Duration::from_secs(1);
/// Texts a second while each answer is timed.
const POSTS: u32 = 40;
/// A publisher that waits is slowed so often at most.
const FLAT_OUT: usize = 3;
/// For how long, times the length of a trial.
const POSTS_FOR: u32 = 2;

/// Connects them once, and asks all of one server.
///
/// # Errors
/// When it does not come up, or hangs up.
pub(crate) async fn measure(subject: &Subject, crowd: &plan::Crowd) -> io::Result<Crowd> {
    let bench = start(subject, &crowd.load).await?;
    let (mut posts, mut waiting) = (None, None);
    if crowd.posts {
        posts = Some(time_posts(&bench, &crowd.load).await?);
        waiting = Some(flat_out(&bench, subject.row, &crowd.load).await?);
    }
    let in_time = highest(bench, subject, crowd).await?;

    Ok(Crowd { clients: crowd.load.clients, in_time, waiting, posts })
}

async fn start(subject: &Subject, load: &Load) -> io::Result<Bench> {
    let server = Server::start(subject)?;
    let empty = memory(server.id())?;
    let clients = Clients::connect(subject, load, server.address).await?;
    let all = memory(server.id())?;
    let memory = Memory { server_before: empty, server_with_all: all, kernel_waiting: 0, kernel_objects: 0 };

    Ok(Bench::new(subject, server, clients, memory, None))
}

async fn time_posts(bench: &Bench, load: &Load) -> io::Result<Posts> {
    let load = Load { rate: POSTS, seconds: POSTS_FOR * load.seconds, ..*load };
    let run = bench.publish(&load, Pace::Answered, SILENCE).await?;
    let [p50, p90, p99] = [0.5, 0.9, 0.99].map(|share| quantile(&run.answers_us, share));

    Ok(Posts { p50, p90, p99, run })
}

/// A publisher that waits sets its own rate: the server's answers do. Where messages are late then, it takes less.
async fn flat_out(bench: &Bench, row: Row, load: &Load) -> io::Result<Highest> {
    let mut run = bench.publish(load, Pace::AtOnce, SILENCE).await?;
    let mut trials = vec![run.clone()];
    while !run.is_held(row) && trials.len() < FLAT_OUT {
        let rate = (run.published as f64 / run.span_seconds.max(0.001) / 2.0).max(1.0) as u32;
        run = bench.publish(&Load { rate, ..*load }, Pace::Answered, SILENCE).await?;
        trials.push(run.clone());
    }
    let verdict = run.verdict;

    Ok(Highest::of(trials, row, verdict))
}

async fn highest(mut bench: Bench, subject: &Subject, crowd: &plan::Crowd) -> io::Result<Highest> {
    let mut search = Search::among(crowd.load.clients);
    let mut trials: Vec<Run> = Vec::new();
    while let Some(rate) = search.next()
        && trials.len() < crowd.trials as usize
    {
        let load = Load { rate, ..crowd.load };
        let run = match bench.publish(&load, Pace::InTime, SILENCE).await {
            Ok(run) => run,
            Err(error) if trials.is_empty() => return Err(error),
            Err(_) => break, // it gave up: that is more than it can do
        };
        let is_held = run.is_held(subject.row);
        search.note(rate, is_held);
        trials.push(run);
        if !is_held {
            drop(bench); // its clients are late, and stay so for a while
            bench = start(subject, &crowd.load).await?;
        }
    }
    let missed = trials.iter().filter(|run| !run.is_held(subject.row)).min_by_key(|run| run.load.rate);
    let verdict = missed.map_or(Verdict::Client, |run| run.verdict);

    Ok(Highest::of(trials, subject.row, verdict))
}

impl Run {
    /// Whether all came, and in time.
    fn is_held(&self, row: Row) -> bool {
        let late = if row.waits { LATE } else { LATE + self.load.interval };
        let late = u64::try_from(late.as_micros()).unwrap_or(u64::MAX);
        let kept = !self.words.iter().any(|word| word.contains("did not keep its rate"));

        self.lost == 0 && self.broken == 0 && kept && self.delay.p99 < late
    }
}

impl Highest {
    fn of(trials: Vec<Run>, row: Row, verdict: Verdict) -> Self {
        let held = trials.iter().filter(|run| run.is_held(row)).max_by_key(|run| run.published);
        let rate = |count: u64, run: &Run| count as f64 / run.span_seconds.max(0.001);

        Self {
            rate: held.map_or(0.0, |run| rate(run.published, run)),
            deliveries: held.map_or(0.0, |run| rate(run.delivered, run)),
            p99_us: held.map_or(0, |run| run.delay.p99),
            verdict,
            trials,
        }
    }
}
