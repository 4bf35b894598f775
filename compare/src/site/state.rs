//! What the page shows, as one JSON.

use std::{
    fs,
    time::{Duration, SystemTime},
};

use serde::Serialize;
use shared::feed::Status;

use super::between::Shown;
use crate::{
    lab::{Answered, Figures, Laboratory, Outage, Testbed},
    tap::Fault,
};

/// What is over at once is shown for so long, or nobody would see it.
const SHOWN: Duration = Duration::from_secs(1);

/// All of it. Its form is that of `compare/assets/state.js`.
#[derive(Debug, Serialize)]
pub(super) struct State {
    /// Unix milliseconds.
    at: u64,
    epoch: String,
    /// The newest message's number: so many were published.
    published: u64,
    held: usize,
    rate: u32,
    size: usize,
    /// Of the whole process, and of those of the servers, in bytes.
    memory: Option<u64>,
    /// Whether what keeps the feed, a file or Redis, takes messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    reachable: Option<bool>,
    between: Shown,
    transports: Vec<Of>,
}

/// One of the five.
#[derive(Debug, Serialize)]
struct Of {
    name: &'static str,
    #[serde(flatten)]
    figures: Figures,
    /// Held requests, streams and sockets.
    readers: usize,
    /// More than one client asks.
    others: bool,
    /// In seconds, since the start.
    cpu: Option<f64>,
    /// The id of its process, where it has one of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    process: Option<u32>,
    /// What is answered through the proxy that stands between.
    #[serde(skip_serializing_if = "Option::is_none")]
    answered: Option<Answered>,
    faults: Vec<Lasting>,
    ago: Ago,
}

/// How long ago faults were over that are over at once, in milliseconds: what was published before may have come on the
/// line of before.
#[derive(Debug, Serialize)]
struct Ago {
    /// The connections were cut.
    cut: Option<u64>,
    /// The server was told to stop.
    stop: Option<u64>,
    /// It stood again.
    restart: Option<u64>,
    /// Its process died.
    #[serde(skip_serializing_if = "Option::is_none")]
    death: Option<u64>,
    /// Another stood.
    #[serde(skip_serializing_if = "Option::is_none")]
    kill: Option<u64>,
}

/// A fault that lasts.
#[derive(Debug, Serialize)]
struct Lasting {
    name: &'static str,
    /// In milliseconds, where it is known.
    left: Option<u64>,
}

impl State {
    /// Takes a while: it reads files of the system.
    pub(super) fn of(laboratory: &Laboratory, feed: &Status) -> Self {
        let setting = laboratory.setting();
        let between = laboratory.between();
        let of = |(at, testbed)| Of::testbed(testbed, between.answered.get(at).copied());
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();

        Self {
            at: since_1970.as_millis().try_into().unwrap_or(u64::MAX),
            epoch: format!("{:08x}", feed.newest.epoch),
            published: feed.newest.seq,
            held: feed.held,
            rate: setting.rate,
            size: setting.size,
            memory: memory(&laboratory.processes()),
            reachable: feed.reachable,
            transports: laboratory.testbeds().iter().enumerate().map(of).collect(),
            between: Shown::of(&between),
        }
    }
}

impl Of {
    fn testbed(testbed: &Testbed, answered: Option<Answered>) -> Self {
        let figures = testbed.figures();
        let readers = testbed.readers();
        let millis = |span: Duration| span.as_millis().try_into().ok();
        // Through a proxy, the server may keep one for a while who has left.
        let clients = if answered.is_some() { figures.askers } else { readers.max(figures.askers) };
        let shown = |name, ago: Option<Duration>| {
            let left = ago.and_then(|ago| SHOWN.checked_sub(ago))?;
            Some(Lasting { name, left: millis(left) })
        };
        let away = |name, outage: Outage| {
            if outage.lasts() { Some(Lasting { name, left: None }) } else { shown(name, outage.over()) }
        };
        let (restart, death) = (testbed.restart(), testbed.death().unwrap_or_default());
        let at_once = [shown("cut", testbed.cut()), away("restart", restart), away("kill", death)];
        let lasting =
            testbed.faults().into_iter().map(|active| Lasting { name: name(active.fault), left: millis(active.left) });

        Self {
            name: testbed.row().transport.name,
            figures,
            readers,
            others: clients > 1,
            cpu: testbed.cpu().map(|cpu| cpu.as_secs_f64()),
            process: testbed.process(),
            answered,
            faults: lasting.chain(at_once.into_iter().flatten()).collect(),
            ago: Ago {
                cut: testbed.cut().and_then(millis),
                stop: restart.began().and_then(millis),
                restart: restart.over().and_then(millis),
                death: death.began().and_then(millis),
                kill: death.over().and_then(millis),
            },
        }
    }
}

fn name(fault: Fault) -> &'static str {
    match fault {
        Fault::Cut => "cut",
        Fault::Silence => "silence",
        Fault::Refuse => "refuse",
        Fault::Slow(_) => "slow",
        Fault::Buffer => "buffer",
    }
}

/// The memory of this process and of those, where Linux says it.
fn memory(processes: &[u32]) -> Option<u64> {
    let others = processes.iter().filter_map(|id| resident(&id.to_string())); // one that has just ended has none

    Some(resident("self")? + others.sum::<u64>())
}

fn resident(process: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;

    Some(kib * 1_024)
}
