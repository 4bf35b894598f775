//! What one round gave.

use serde::{Deserialize, Serialize};

use super::{
    load::Load,
    verdict::{Shares, Verdict},
};

/// One round.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) answers_us: Vec<u64>,
    pub(crate) shares: Shares,
    pub(crate) verdict: Verdict,
    pub(crate) words: Vec<String>,
}

/// What idle clients take, in bytes.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
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
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Delay {
    pub(crate) p50: u64,
    pub(crate) p95: u64,
    pub(crate) p99: u64,
    pub(crate) largest: u64,
    /// How many deliveries took so long at most: each a bound and a count.
    pub(crate) histogram: Vec<(u64, u64)>,
}
