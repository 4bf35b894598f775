//! What Linux knows about processes.

use std::{
    fs, io,
    time::{Duration, Instant},
};

/// The unit in which the kernel gives CPU times, in milliseconds: always a hundredth of a second.
const TICK: u64 = 10;
const CLIENTS: &str = "/proc/thread-self/stat";
const OWN: &str = "/proc/self/stat";

/// CPU time used, user and system together, up to a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    now: Instant,
    /// The time itself.
    pub(crate) span: Duration,
    /// By the server.
    pub(crate) server: Duration,
    /// By the one thread of the clients, which is the caller's.
    pub(crate) clients: Duration,
    /// By everything on the machine but the server and this process.
    pub(crate) others: Duration,
}

impl Usage {
    /// From the beginning until now.
    ///
    /// # Errors
    /// When this is not Linux, or the server has ended.
    pub(crate) fn now(server: u32) -> io::Result<Self> {
        let (server, own) = (cpu(&format!("/proc/{server}/stat"))?, cpu(OWN)?);

        let others = machine()?.saturating_sub(server + own);

        Ok(Self { now: Instant::now(), span: Duration::ZERO, server, clients: cpu(CLIENTS)?, others })
    }

    /// What was used since then.
    pub(crate) fn since(&self, before: &Self) -> Self {
        Self {
            span: self.now - before.now,
            server: self.server.saturating_sub(before.server),
            clients: self.clients.saturating_sub(before.clients),
            others: self.others.saturating_sub(before.others),
            ..*self
        }
    }
}

/// The memory that a process holds, in bytes.
///
/// # Errors
/// When this is not Linux, or the process has ended.
pub(crate) fn memory(id: u32) -> io::Result<u64> {
    let status = read(&format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or_else(strange)?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().map_err(|_| strange())?;

    Ok(kib * 1_024)
}

/// `utime` and `stime` of a process or thread (proc_pid_stat(5)); its name, in parentheses, may contain anything.
fn cpu(file: &str) -> io::Result<Duration> {
    let stat = read(file)?;
    let (_, fields) = stat.rsplit_once(')').ok_or_else(strange)?;

    sum(fields.split_whitespace().skip(11).take(2))
}

/// All processors' time but idle, waiting for a disk, and what a host took (proc_stat(5)).
fn machine() -> io::Result<Duration> {
    let stat = read("/proc/stat")?;
    let fields = stat.lines().next().unwrap_or_default().split_whitespace().skip(1).take(7).enumerate();

    sum(fields.filter(|(at, _)| ![3, 4].contains(at)).map(|(_, ticks)| ticks))
}

fn sum<'a>(ticks: impl Iterator<Item = &'a str>) -> io::Result<Duration> {
    let ticks: u64 = ticks.map(str::parse::<u64>).sum::<Result<_, _>>().map_err(|_| strange())?;

    Ok(Duration::from_millis(ticks * TICK))
}

fn read(file: &str) -> io::Result<String> {
    fs::read_to_string(file).map_err(|error| io::Error::new(error.kind(), format!("cannot read {file}: {error}")))
}

fn strange() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "this kernel's /proc looks different")
}
