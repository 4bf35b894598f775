//! What was measured, as it is written to `kept.json` and printed.

use std::fmt;

use serde::Serialize;

use super::{durable::Durable, fleet::Trial};
use crate::bench::{machine::Machine, peers::Subject, run::Run, spread::Spread, table::number};

/// All of it.
#[derive(Debug, Serialize)]
pub(super) struct Kept {
    /// Of this form; another gets another number.
    pub(super) format: u32,
    pub(super) command: String,
    pub(super) date: String,
    pub(super) took_seconds: f64,
    pub(super) machine: Machine,
    /// The version of Redis.
    pub(super) redis: String,
    /// What a reader must know, in words.
    pub(super) words: Vec<String>,
    pub(super) alone: Vec<Alone>,
    pub(super) durable: Durable,
    pub(super) shared: Vec<Shared>,
    /// What a message costs Redis, by how many processes follow.
    pub(super) of_redis: Vec<Trial>,
}

/// One server, with its feed kept in one place.
#[derive(Debug, Serialize)]
pub(super) struct Alone {
    pub(super) keeper: &'static str,
    pub(super) runs: Vec<Run>,
}

/// Several processes on one Redis.
#[derive(Debug, Serialize)]
pub(super) struct Shared {
    peer: String,
    transport: &'static str,
    processes: usize,
    clients_each: u32,
    /// The highest rate at which all came, once and in time, in messages a second; 0 where none was held.
    highest: f64,
    /// At the usual rate.
    usual: Trial,
    trials: Vec<Trial>,
}

impl Alone {
    pub(super) fn of(keeper: &'static str) -> Self {
        Self { keeper, runs: Vec::new() }
    }

    /// The median delay, and that of the slowest hundredth.
    fn delays(&self) -> [f64; 2] {
        [self.delay(|run| run.delay.p50), self.delay(|run| run.delay.p99)]
    }

    /// The median over the rounds, in milliseconds.
    fn delay(&self, which: fn(&Run) -> u64) -> f64 {
        Spread::of(self.runs.iter().map(|run| which(run) as f64 / 1e3)).map_or(0.0, |spread| spread.median)
    }
}

impl Shared {
    pub(super) fn of(subject: &Subject, processes: usize, clients_each: u32, usual: Trial, trials: Vec<Trial>) -> Self {
        let held = trials.iter().filter(|trial| trial.is_held()).map(|trial| f64::from(trial.rate));

        Self {
            peer: subject.peer.name.clone(),
            transport: subject.row.transport.name,
            processes,
            clients_each,
            highest: held.fold(0.0, f64::max),
            usual,
            trials,
        }
    }
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let memory = self.alone.first().map_or([0.0; 2], Alone::delays);
        writeln!(f, "{}, {} processors, Redis {}\n", self.date, self.machine.processors, self.redis)?;
        for one in &self.alone {
            let [p50, p99] = one.delays();
            let [more, most] = [p50 - memory[0], p99 - memory[1]].map(number);
            let [p50, p99] = [p50, p99].map(number);
            writeln!(f, "{:14} delay p50 {p50} ms, p99 {p99} ms; added {more} and {most}", one.keeper)?;
        }
        let Durable { publishers, acknowledged, p50_us, p99_us, syncs, in_a_sync } = &self.durable;
        let [p50, p99] = [p50_us, p99_us].map(|us| number(*us as f64 / 1e3));
        let (acknowledged, syncs) = (number(*acknowledged), number(*syncs));
        writeln!(
            f,
            "\ndurable, {publishers} publishers: {acknowledged} acknowledged a second, p50 {p50} ms, p99 {p99} ms; the file system alone \
             syncs a page {syncs} times a second: {} messages for each of those",
            number(self.durable.to_a_sync())
        )?;
        if let Some(in_a_sync) = in_a_sync {
            writeln!(f, "{} messages in one sync of the server, as strace counts them", number(*in_a_sync))?;
        }
        writeln!(f, "\nseveral processes on one Redis:")?;
        for Shared { peer, transport, processes, clients_each, highest, usual, .. } in &self.shared {
            let [p50, p99] = [usual.p50_us, usual.p99_us].map(|us| number(us as f64 / 1e3));
            writeln!(
                f,
                "{peer} {transport}, {processes} × {clients_each} clients: {} messages a second; at {} p50 {p50} ms, p99 {p99} ms",
                number(*highest),
                usual.rate
            )?;
        }
        writeln!(f)?;
        for trial in &self.of_redis {
            writeln!(f, "Redis, {} processes: {} us of CPU a message", trial.processes, number(trial.redis_us))?;
        }
        for word in &self.words {
            writeln!(f, "note: {word}")?;
        }
        Ok(())
    }
}
