//! All that was measured, as it is written to `results.json`.

use serde::Serialize;

use super::{
    checks::Check,
    figures::Figure,
    load::Load,
    machine::Machine,
    peers::{OURS, Subject},
    verdict::{Shares, Verdict},
};

/// All of it.
#[derive(Debug, Serialize)]
pub(crate) struct Results {
    /// Of this form; another gets another number.
    pub(crate) format: u32,
    pub(crate) command: String,
    pub(crate) date: String,
    pub(crate) took_seconds: f64,
    pub(crate) machine: Machine,
    /// What a reader must know, in words.
    pub(crate) words: Vec<String>,
    pub(crate) subjects: Vec<Measured>,
}

/// One way of one peer.
#[derive(Debug, Serialize)]
pub(crate) struct Measured {
    pub(crate) peer: String,
    pub(crate) transport: &'static str,
    pub(crate) checks: Vec<Check>,
    /// Of the rounds under the first load.
    pub(crate) figures: Vec<Figure>,
    /// The raw samples: each round, then one of each other load.
    pub(crate) runs: Vec<Run>,
    pub(crate) crowds: Vec<Crowd>,
}

impl Measured {
    /// So far only checked.
    pub(crate) fn of(subject: &Subject, checks: Vec<Check>) -> Self {
        let (peer, transport) = (subject.peer.name.clone(), subject.row.transport.name);

        Self { peer, transport, checks, figures: Vec::new(), runs: Vec::new(), crowds: Vec::new() }
    }

    /// It is one of the five, and no peer.
    pub(crate) fn is_ours(&self) -> bool {
        self.peer == OURS
    }

    /// How it is called in tables and plots.
    pub(crate) fn name(&self) -> String {
        if self.is_ours() { self.transport.to_owned() } else { format!("{} {}", self.peer, self.transport) }
    }

    /// A figure by its name.
    pub(crate) fn figure(&self, name: &str) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.name == name)
    }
}

/// One round.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Run {
    /// From 1 on; 0 where a load is measured once.
    pub(crate) round: u32,
    pub(crate) load: Load,
    pub(crate) published: u64,
    pub(crate) expected: u64,
    pub(crate) delivered: u64,
    pub(crate) lost: u64,
    pub(crate) repeated: u64,
    pub(crate) out_of_order: u64,
    /// How often a server told a client that messages are missing.
    pub(crate) gaps: u64,
    /// Connections that ended.
    pub(crate) broken: u64,
    pub(crate) requests: u64,
    pub(crate) bytes_up: u64,
    pub(crate) bytes_down: u64,
    /// Before the first message, of all clients.
    pub(crate) setup_bytes_up: u64,
    pub(crate) setup_bytes_down: u64,
    /// Of one message's JSON, on average.
    pub(crate) json_bytes: f64,
    /// Until the server had all clients.
    pub(crate) connected_seconds: f64,
    pub(crate) memory: Memory,
    /// In microseconds.
    pub(crate) delay: Delay,
    /// The server's CPU while messages went out, in microseconds.
    pub(crate) user_us: f64,
    pub(crate) system_us: f64,
    /// From the first text to the last arrival.
    pub(crate) span_seconds: f64,
    /// How long the answers to the publisher took, in microseconds, where it waited for them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) answers_us: Vec<u64>,
    pub(crate) shares: Shares,
    pub(crate) verdict: Verdict,
    pub(crate) words: Vec<String>,
}

/// What idle clients take, in bytes.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Memory {
    /// The server, resident, before the first client.
    pub(crate) server_before: u64,
    /// With all of them.
    pub(crate) server_with_all: u64,
    /// What waits in sockets of TCP more than before: of both ends, since both are on this machine.
    pub(crate) kernel_waiting: i64,
    /// What the kernel's small objects take more than before, a socket's among them: of both ends.
    pub(crate) kernel_objects: i64,
}

/// From publication to arrival, in microseconds.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Delay {
    pub(crate) p50: u64,
    pub(crate) p95: u64,
    pub(crate) p99: u64,
    pub(crate) largest: u64,
    /// How many deliveries took so long at most: each a bound and a count.
    pub(crate) histogram: Vec<(u64, u64)>,
}

/// What many clients leave to a publisher.
#[derive(Debug, Serialize)]
pub(crate) struct Crowd {
    pub(crate) clients: u32,
    /// Of a publisher that does not wait for answers.
    pub(crate) in_time: Highest,
    /// Of one that does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) waiting: Option<Highest>,
    /// A text each 25 ms, and how long its answer took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) posts: Option<Posts>,
}

/// The highest rate that was held.
#[derive(Debug, Serialize)]
pub(crate) struct Highest {
    /// Messages a second; 0 where none was held.
    pub(crate) rate: f64,
    /// Deliveries a second.
    pub(crate) deliveries: f64,
    pub(crate) p99_us: u64,
    pub(crate) verdict: Verdict,
    /// All that was tried.
    pub(crate) trials: Vec<Run>,
}

/// How long a POST's answer took, in microseconds.
#[derive(Debug, Serialize)]
pub(crate) struct Posts {
    pub(crate) p50: u64,
    pub(crate) p90: u64,
    pub(crate) p99: u64,
    pub(crate) run: Run,
}
