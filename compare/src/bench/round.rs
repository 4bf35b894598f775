//! One round, on a server of its own.

use std::{
    cell::Cell,
    io,
    path::PathBuf,
    time::{Duration, Instant},
};

use tokio::time::sleep;

use super::{
    clients::Clients,
    load::Load,
    peers::{Subject, Takes},
    proc::{Kernel, Usage, memory},
    publisher::{Pace, Published, To, publish},
    run::{Delay, Memory, Run},
    server::Server,
    tally::{Tally, now},
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

/// Starts it, connects, warms up, and measures.
///
/// # Errors
/// When the server does not come up, refuses a client, or answers the publisher no more.
pub(crate) async fn run(subject: &Subject, load: &Load, round: u32) -> io::Result<Run> {
    let server = Server::start(subject)?;
    let before = (memory(server.id())?, Kernel::now()?);
    let clients = Clients::connect(subject, load, server.address).await?;
    let setup = clients.tally();
    sleep(SETTLE).await;
    let after = (memory(server.id())?, Kernel::now()?);
    let difference = |now: u64, then: u64| now.cast_signed() - then.cast_signed();
    let memory = Memory {
        server_before: before.0,
        server_with_all: after.0,
        kernel_waiting: difference(after.1.waiting, before.1.waiting),
        kernel_objects: difference(after.1.objects, before.1.objects),
    };
    let bench = Bench::new(subject, server, clients, memory, Some(setup));
    let warm = Load { rate: WARM_UP, seconds: 1, ..*load };
    bench.publish(&warm, Pace::InTime, SILENCE).await?;

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
    takes: Takes,
    certificate: Option<PathBuf>,
    published: Cell<u64>,
}

impl Bench {
    pub(crate) fn new(
        subject: &Subject,
        server: Server,
        clients: Clients,
        memory: Memory,
        setup: Option<Tally>,
    ) -> Self {
        let (takes, certificate) = (subject.peer.takes, subject.peer.certificate.clone());

        Self { server, clients, memory, setup, takes, certificate, published: Cell::new(0) }
    }

    /// Publishes, waits until all has arrived or nothing does any more, and says what came of it.
    pub(crate) async fn publish(&self, load: &Load, pace: Pace, silence: Duration) -> io::Result<Run> {
        let folders = self.clients.folders();
        self.clients.start_counting();
        let began = now();
        let before = Usage::now(self.server.id(), &folders)?;
        let to = To {
            address: self.server.address,
            takes: self.takes,
            certificate: self.certificate.as_deref(),
            epoch: &self.clients.epoch,
            published: self.published.get(),
        };
        let published = publish(load, pace, to).await?;
        self.published.set(self.published.get() + published.count);
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
            let arrived = self.clients.delivered();
            if arrived > delivered {
                delivered = arrived;
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
        let words = words(load, pace, published, &tally, &shares);

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

/// What a reader must know of a round.
fn words(load: &Load, pace: Pace, published: &Published, tally: &Tally, shares: &Shares) -> Vec<String> {
    let expected = published.count * u64::from(load.clients);
    let lost = expected.saturating_sub(tally.delivered);
    let mut words = shares.words();
    if pace == Pace::InTime && published.span.as_secs_f64() > LATE * f64::from(load.seconds) + 0.05 {
        words.push("the publisher did not keep its rate".to_owned());
    }
    if lost > 0 {
        words.push(format!("messages were lost ({lost} of {expected})"));
    }
    words.extend(tally.broke.iter().map(|broke| format!("connections broke ({}: {broke})", tally.broken)));

    words
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
