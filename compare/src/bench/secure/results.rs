//! What was measured, as it is written to `secure.json` and printed.

use std::fmt;

use serde::Serialize;

use super::bytes::Request;
use crate::{
    bench::{
        checks::Check,
        figures::{each, idle},
        line::Line,
        machine::Machine,
        results::noted,
        run::Run,
        spread::Spread,
        table::number,
    },
    transports::Row,
};

/// What a delivery by SSE may cost, times what it costs in the clear.
const GOALS: [(Line, f64); 3] = [(Line::Tls, 1.4), (Line::H2, 2.0), (Line::Shared, 0.3)];
/// The way that has goals.
const WAY: &str = "sse";

/// All of it.
#[derive(Debug, Serialize)]
pub(super) struct Secure {
    /// Of this form; another gets another number.
    pub(super) format: u32,
    pub(super) command: String,
    pub(super) date: String,
    pub(super) took_seconds: f64,
    pub(super) machine: Machine,
    /// What a reader must know, in words.
    pub(super) words: Vec<String>,
    /// Of single requests.
    pub(super) bytes: Vec<Request>,
    pub(super) goals: Vec<Goal>,
    pub(super) subjects: Vec<Measured>,
}

/// One way by one line.
#[derive(Debug, Serialize)]
pub(super) struct Measured {
    pub(super) transport: &'static str,
    pub(super) line: Line,
    /// How tables call the line.
    name: &'static str,
    pub(super) checks: Vec<Check>,
    figures: Option<Figures>,
    pub(super) runs: Vec<Run>,
}

/// Over the rounds.
#[derive(Clone, Copy, Debug, Serialize)]
struct Figures {
    /// The server's CPU for a delivery, in microseconds.
    cpu_us: Spread,
    /// The same, times that of the same round in the clear.
    times: Spread,
    /// What a client without news takes of the server's memory, in kB.
    memory_kb: Spread,
    /// For each delivery, both ways together, without what TLS adds.
    bytes: Spread,
    p50_ms: Spread,
    p99_ms: Spread,
}

/// What a delivery was to cost, times what it costs in the clear, and what it does.
#[derive(Debug, Serialize)]
pub(super) struct Goal {
    line: Line,
    wanted: f64,
    measured: f64,
}

impl Measured {
    pub(super) fn of(row: Row, line: Line) -> Self {
        let (transport, name) = (row.transport.name, line.name());

        Self { transport, line, name, checks: Vec::new(), figures: None, runs: Vec::new() }
    }

    pub(super) fn name(&self) -> String {
        format!("{}, {}", self.transport, self.name)
    }

    /// What follows from the rounds, beside those in the clear.
    fn sum_up(&mut self, clear: &[Run]) {
        let over = |value: fn(&Run) -> f64| Spread::of(self.runs.iter().map(value));
        let times = Spread::of(self.runs.iter().zip(clear).map(|(run, clear)| cpu(run) / cpu(clear)));

        self.figures = (|| {
            Some(Figures {
                cpu_us: over(cpu)?,
                times: times?,
                memory_kb: over(idle)?,
                bytes: over(|run| each(run, (run.bytes_up + run.bytes_down) as f64))?,
                p50_ms: over(|run| run.delay.p50 as f64 / 1e3)?,
                p99_ms: over(|run| run.delay.p99 as f64 / 1e3)?,
            })
        })();
    }
}

/// Of the server, for each delivery, in microseconds.
fn cpu(run: &Run) -> f64 {
    each(run, run.user_us + run.system_us)
}

impl Secure {
    /// What follows from all runs.
    pub(super) fn sum_up(&mut self) {
        let clear: Vec<_> = self.subjects.iter().filter(|one| one.line == Line::Clear).collect();
        let clear: Vec<_> = clear.into_iter().map(|one| (one.transport, one.runs.clone())).collect();
        for one in &mut self.subjects {
            let same = clear.iter().find(|(transport, _)| *transport == one.transport);
            one.sum_up(same.map_or(&[], |(_, runs)| runs));
        }
        let measured = |line| {
            let one = self.subjects.iter().find(|one| one.transport == WAY && one.line == line)?;
            Some(one.figures?.times.median)
        };
        let goal = |(line, wanted)| Some(Goal { line, wanted, measured: measured(line)? });
        self.goals = GOALS.into_iter().filter_map(goal).collect();
        let runs: Vec<&Run> = self.subjects.iter().flat_map(|one| &one.runs).collect();
        self.words.extend(noted(&runs));
    }
}

impl fmt::Display for Secure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}, {} processors\n\nbytes of a request and its answer:", self.date, self.machine.processors)?;
        for Request { transport, line, http, tcp } in &self.bytes {
            let [up, down, more_up, more_down] = [http[0], http[1], tcp[0], tcp[1]].map(number);
            let name = format!("{transport}, {}", line.name());
            writeln!(f, "{name:46} {up:>6} up {down:>6} down; with TLS {more_up} and {more_down}")?;
        }
        writeln!(f, "\nthe median of each, and CPU as often that in the clear (smallest - largest):")?;
        for one in &self.subjects {
            let Some(Figures { cpu_us, times, memory_kb, bytes, p50_ms, p99_ms }) = one.figures else { continue };
            let [cpu, memory, bytes, p50, p99] =
                [cpu_us, memory_kb, bytes, p50_ms, p99_ms].map(|spread| number(spread.median));
            let Spread { median, min, max } = times;
            let name = one.name();
            writeln!(
                f,
                "{name:46} CPU {cpu:>5} us, {median:.2} x ({min:.2} - {max:.2}); memory {memory:>5} kB; {bytes:>5} B; p50 {p50}, p99 {p99} ms"
            )?;
        }
        writeln!(f)?;
        for Goal { line, wanted, measured } in &self.goals {
            let is_met = if measured <= wanted { "met" } else { "missed" };
            writeln!(f, "{WAY}, {}: {wanted} x is wanted, {measured:.2} x is measured: {is_met}", line.name())?;
        }
        for word in &self.words {
            writeln!(f, "note: {word}")?;
        }
        Ok(())
    }
}
