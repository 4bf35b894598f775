//! The figures of a way, of several rounds.

use serde::Serialize;

use super::{run::Run, spread::Spread, verdict::Verdict};

/// A figure: its spread over the rounds, and who was at the limit.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    #[serde(flatten)]
    pub(crate) spread: Spread,
    pub(crate) verdict: Verdict,
}

/// A name, a unit, and how it follows from a round.
type Kind = (&'static str, &'static str, fn(&Run) -> f64);

/// All, in the order of the tables.
pub(crate) const KINDS: [Kind; 22] = [
    ("delivered", "", |run| run.delivered as f64),
    ("lost", "", |run| run.lost as f64),
    ("repeated", "", |run| run.repeated as f64),
    ("out of order", "", |run| run.out_of_order as f64),
    ("delay p50", "ms", |run| run.delay.p50 as f64 / 1e3),
    ("delay p95", "ms", |run| run.delay.p95 as f64 / 1e3),
    ("delay p99", "ms", |run| run.delay.p99 as f64 / 1e3),
    ("delay, largest", "ms", |run| run.delay.largest as f64 / 1e3),
    ("bytes down", "B", |run| each(run, run.bytes_down as f64)),
    ("bytes up", "B", |run| each(run, run.bytes_up as f64)),
    ("bytes", "B", |run| each(run, (run.bytes_up + run.bytes_down) as f64)),
    ("requests", "", |run| each(run, run.requests as f64)),
    ("CPU, user", "µs", |run| each(run, run.user_us)),
    ("CPU, system", "µs", |run| each(run, run.system_us)),
    ("CPU", "µs", |run| each(run, run.user_us + run.system_us)),
    ("memory, server", "kB", idle),
    (KERNEL, "kB", |run| client(run, kernel_memory(run))),
    ("setup bytes down", "B", |run| client(run, run.setup_bytes_down as f64)),
    ("setup bytes up", "B", |run| client(run, run.setup_bytes_up as f64)),
    ("connecting", "ms", |run| client(run, run.connected_seconds * 1e3)),
    ("deliveries a second", "", |run| run.delivered as f64 / run.span_seconds.max(0.001)),
    ("clients' busiest thread", "%", |run| 100.0 * run.shares.clients.iter().copied().fold(0.0, f64::max)),
];

/// With fewer clients the kernel's memory moves more by itself than by them.
const TELLING: u32 = 5_000;
/// The figure of it.
const KERNEL: &str = "memory, kernel";

/// The figures of these rounds.
pub(crate) fn of(runs: &[Run]) -> Vec<Figure> {
    let verdict = Verdict::of_all(runs.iter().map(|run| run.verdict));
    let figure = |(name, unit, value): Kind| {
        if name == KERNEL && runs.iter().any(|run| run.load.clients < TELLING) {
            return None;
        }
        let spread = Spread::of(runs.iter().map(value))?;
        Some(Figure { name, unit, spread, verdict })
    };

    KINDS.into_iter().filter_map(figure).collect()
}

/// For each delivery.
pub(crate) fn each(run: &Run, total: f64) -> f64 {
    total / run.delivered.max(1) as f64
}

/// For each client.
fn client(run: &Run, total: f64) -> f64 {
    total / f64::from(run.load.clients)
}

/// What the server grew by, in kB.
fn server_memory(run: &Run) -> f64 {
    run.memory.server_with_all.saturating_sub(run.memory.server_before) as f64 / 1e3
}

/// The server's half of what the kernel grew by, in kB: the other ends are the clients'.
fn kernel_memory(run: &Run) -> f64 {
    (run.memory.kernel_objects + run.memory.kernel_waiting).max(0) as f64 / 2e3
}

/// What an idle client takes of the server's memory, in kB.
pub(crate) fn idle(run: &Run) -> f64 {
    client(run, server_memory(run))
}

/// What an idle client takes, in kB: the server's memory, and its half of the kernel's.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Idle {
    /// So many were there.
    pub(crate) clients: u32,
    pub(crate) server: f64,
    /// None where so few clients do not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kernel: Option<f64>,
}

/// By the number of clients, each the median of its rounds.
pub(crate) fn idle_by_clients(runs: &[Run]) -> Vec<Idle> {
    let mut counts: Vec<u32> = runs.iter().map(|run| run.load.clients).collect();
    counts.sort_unstable();
    counts.dedup();
    let median = |clients, part: fn(&Run) -> f64| {
        let same = runs.iter().filter(|run| run.load.clients == clients);
        Spread::of(same.map(part)).map_or(0.0, |spread| spread.median)
    };

    counts
        .into_iter()
        .map(|clients| Idle {
            clients,
            server: median(clients, idle),
            kernel: (clients >= TELLING).then(|| median(clients, |run| client(run, kernel_memory(run)))),
        })
        .collect()
}
