//! What the run says at its end.
#![expect(clippy::print_stdout, reason = "the figures are what this is for")]

use std::{env, fs, thread::available_parallelism, time::Duration};

use jiff::ZonedDateTime;

use crate::{args::Load, proc::Usage, publisher::Published, tally::Tally};

/// Above this share of one processor, delays may be those of the clients' thread.
const SATURATED: f64 = 0.9;
/// Above this share of one processor, what else runs on the machine disturbs.
const DISTURBED: f64 = 0.1;
/// A publisher that took this much longer than it should did not keep its rate.
const LATE: f64 = 1.05;

/// The server's memory, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    pub(crate) empty: u64,
    pub(crate) full: u64,
    pub(crate) clients: u64,
}

/// A run that is over.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    pub(crate) load: &'a Load,
    pub(crate) published: Published,
    pub(crate) tally: &'a Tally,
    pub(crate) used: Usage,
}

impl Run<'_> {
    /// From the first publication to the last arrival. What is waited for in vain after that is no part of a rate.
    fn arrivals(&self) -> Duration {
        self.tally.last - self.tally.start
    }
}

/// What the figures depend on.
pub(crate) fn facts() {
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let cores = available_parallelism().map_or(0, usize::from);
    let command: Vec<_> = env::args().skip(1).collect();

    line("command", &format!("load {}", command.join(" ")));
    line("date", &ZonedDateTime::now().strftime("%Y-%m-%d %H:%M:%S %:z").to_string());
    line("machine", &format!("{cores} cores, Linux {}", kernel.trim()));
    if cfg!(debug_assertions) {
        warn("built without --release: these figures say little");
    }
}

/// What an idle client costs.
pub(crate) fn memory(memory: &Memory) {
    let kib = |bytes: u64| bytes as f64 / 1_024.0;
    let each = kib(memory.full.saturating_sub(memory.empty)) / memory.clients as f64;
    let (empty, full) = (kib(memory.empty) / 1_024.0, kib(memory.full) / 1_024.0);

    line("idle client", &format!("{each:.1} KiB of the server ({empty:.1} MiB before, {full:.1} MiB with all)"));
}

/// What arrived, when, and at what cost.
pub(crate) fn run(run: &Run<'_>) {
    let tally = run.tally;
    let published = run.published;
    let expected = published.count * run.load.clients();
    let each = |total: f64| total / tally.delivered.max(1) as f64;
    let rate = tally.delivered as f64 / run.arrivals().as_secs_f64().max(0.001);
    let ms = |quantile| tally.delays.value_at_quantile(quantile) as f64 / 1_000.0;

    line("published", &format!("{} in {:.1} s", published.count, published.span.as_secs_f64()));
    line("delivered", &format!("{} of {expected}, {rate:.0} a second", tally.delivered));
    line("lost", &expected.saturating_sub(tally.delivered).to_string());
    line("repeated", &tally.repeated.to_string());
    line("out of order", &tally.out_of_order.to_string());
    line("gaps told", &tally.gaps.to_string());
    line("delay", &format!("p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms", ms(0.5), ms(0.99), ms(1.0)));
    let json = published.json as f64 / published.count.max(1) as f64;
    line("bytes", &format!("{:.1} a delivery, both ways; the JSON alone {json:.1}", each(tally.bytes as f64)));
    line("server's CPU", &format!("{:.2} us a delivery", each(run.used.server.as_secs_f64() * 1e6)));
    shares(run);
    warnings(run);
}

fn shares(run: &Run<'_>) {
    let percent = |used, span| 100.0 * share(used, span);
    let (server, clients) = (percent(run.used.server, run.arrivals()), percent(run.used.clients, run.arrivals()));
    let others = percent(run.used.others, run.used.span);

    line("of one core", &format!("server {server:.0} %, clients {clients:.0} %, others {others:.0} %"));
}

fn warnings(run: &Run<'_>) {
    if share(run.used.clients, run.arrivals()) > SATURATED {
        warn("the clients' thread was saturated: the delays are those of the clients as well");
    }
    if share(run.used.others, run.used.span) > DISTURBED {
        warn("the machine was busy with something else");
    }
    if run.published.span.as_secs_f64() > LATE * f64::from(run.load.seconds) {
        warn("the publisher did not keep its rate");
    }
    if run.tally.broken > 0 {
        warn(&format!("{} connections broke", run.tally.broken));
    }
}

fn share(used: Duration, span: Duration) -> f64 {
    used.as_secs_f64() / span.as_secs_f64().max(0.001)
}

fn line(name: &str, value: &str) {
    println!("{name:14}{value}");
}

fn warn(text: &str) {
    line("WARNING", text);
}
