//! What Linux knows about processes, and about itself.

use std::{
    fs, io,
    time::{Duration, Instant},
};

/// The unit in which the kernel gives CPU times, in milliseconds: always a hundredth of a second.
const TICK: u64 = 10;
/// What the kernel counts sockets' memory in (`getconf PAGESIZE`), where it is not set otherwise.
const PAGE: u64 = 4_096;

/// CPU time used up to a moment, or between two.
#[derive(Clone, Debug)]
pub(crate) struct Usage {
    at: Instant,
    /// The time itself.
    pub(crate) span: Duration,
    /// By the server, in its own code.
    pub(crate) user: Duration,
    /// By the server, in the kernel.
    pub(crate) system: Duration,
    /// By each thread of the clients.
    pub(crate) clients: Vec<Duration>,
    /// By this process with what it has started and ended, the publisher above all.
    own: Duration,
    /// By all processes of this machine.
    tasks: Duration,
    /// The same with what the kernel did for none of them.
    pub(crate) busy: Duration,
    /// What there was, of all processors together.
    pub(crate) all: Duration,
}

impl Usage {
    /// From the beginning until now. The clients' threads are given by their folders in /proc.
    ///
    /// # Errors
    /// When this is not Linux, or the server has ended.
    pub(crate) fn now(server: u32, clients: &[String]) -> io::Result<Self> {
        let (user, system) = server_time(server)?;
        let own = own_time()?;
        let clients = clients.iter().map(|folder| on_cpu(folder)).collect::<io::Result<_>>()?;
        let [tasks, busy, all] = machine()?;

        Ok(Self { at: Instant::now(), span: Duration::ZERO, user, system, clients, own, tasks, busy, all })
    }

    /// What was used since then.
    pub(crate) fn since(&self, before: &Self) -> Self {
        let clients = self.clients.iter().zip(&before.clients).map(|(now, then)| now.saturating_sub(*then)).collect();

        Self {
            at: self.at,
            span: self.at - before.at,
            user: self.user.saturating_sub(before.user),
            system: self.system.saturating_sub(before.system),
            clients,
            own: self.own.saturating_sub(before.own),
            tasks: self.tasks.saturating_sub(before.tasks),
            busy: self.busy.saturating_sub(before.busy),
            all: self.all.saturating_sub(before.all),
        }
    }

    /// The server's, all of it.
    pub(crate) fn server(&self) -> Duration {
        self.user + self.system
    }

    /// By neither the server nor this process nor its publisher, whose time is given.
    pub(crate) fn others(&self, publisher: Duration) -> Duration {
        self.tasks.saturating_sub(self.server() + self.own + publisher)
    }
}

/// A process and all that it has started, as nginx its workers.
fn family(id: u32) -> Vec<u32> {
    let mut family = vec![id];
    let mut next = 0;
    while let Some(id) = family.get(next) {
        let threads = fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
        let children = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
        let children: Vec<u32> = children.flat_map(|ids| numbers(&ids)).collect();
        family.extend(children);
        next += 1;
    }

    family
}

fn numbers(text: &str) -> Vec<u32> {
    text.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

/// What a server's processes took, each's own time and that in the kernel.
fn server_time(id: u32) -> io::Result<(Duration, Duration)> {
    let mut sum = process_time(id)?;
    for (user, system) in family(id).into_iter().skip(1).filter_map(|child| process_time(child).ok()) {
        sum = (sum.0 + user, sum.1 + system);
    }

    Ok(sum)
}

/// A process's own time and that in the kernel. Their sum is exact to the nanosecond, as its threads have it; how it is
/// divided the kernel says in hundredths of a second.
///
/// # Errors
/// When this is not Linux, or the process has ended.
pub(crate) fn process_time(id: u32) -> io::Result<(Duration, Duration)> {
    let [user, system] = stat(&format!("/proc/{id}/stat"))?;
    let threads = fs::read_dir(format!("/proc/{id}/task"))?;
    let exact: Duration = threads.flatten().filter_map(|thread| on_cpu(&thread.path().to_string_lossy()).ok()).sum();
    let share = user.as_secs_f64() / (user + system).as_secs_f64().max(f64::MIN_POSITIVE);
    let user = exact.mul_f64(share.clamp(0.0, 1.0));

    Ok((user, exact.saturating_sub(user)))
}

/// The first number of `schedstat`: nanoseconds on a CPU.
fn on_cpu(folder: &str) -> io::Result<Duration> {
    let text = read(&format!("{folder}/schedstat"))?;
    let nanoseconds = text.split(' ').next().and_then(|first| first.parse().ok()).ok_or_else(strange)?;

    Ok(Duration::from_nanos(nanoseconds))
}

/// `utime` and `stime` of a process (proc_pid_stat(5)); its name, in parentheses, may contain anything.
fn stat(file: &str) -> io::Result<[Duration; 2]> {
    let stat = read(file)?;
    let (_, fields) = stat.rsplit_once(')').ok_or_else(strange)?;
    let mut times = fields.split_whitespace().skip(11);
    let mut next = || times.next().and_then(|ticks| ticks.parse().ok()).map(ticks).ok_or_else(strange);

    Ok([next()?, next()?])
}

/// All processors' time: what processes used, the same with interrupts, and what there was. Waiting for a disk is idle, and
/// what a host took is none of it (proc_stat(5)).
fn machine() -> io::Result<[Duration; 3]> {
    let stat = read("/proc/stat")?;
    let fields = stat.lines().next().unwrap_or_default().split_whitespace().skip(1).take(7);
    let fields: Vec<u64> = fields.map(str::parse).collect::<Result<_, _>>().map_err(|_| strange())?;
    let &[user, nice, system, idle, disk, hard, soft] = &fields[..] else { return Err(strange()) };
    let tasks = user + nice + system;
    let busy = tasks + hard + soft;

    Ok([tasks, busy, busy + idle + disk].map(ticks))
}

/// The CPU time of this process.
///
/// # Errors
/// When this is not Linux.
pub(crate) fn own_time() -> io::Result<Duration> {
    Ok(stat("/proc/self/stat")?.iter().sum())
}

/// The memory that a process and all that it has started hold, in bytes.
///
/// # Errors
/// When this is not Linux, or the process has ended.
pub(crate) fn memory(id: u32) -> io::Result<u64> {
    let resident = |id| kib(&format!("/proc/{id}/status"), "VmRSS:");
    let children: u64 = family(id).into_iter().skip(1).filter_map(|child| resident(child).ok()).sum();

    Ok(resident(id)? + children)
}

/// What the kernel holds: of TCP, what waits in sockets, in bytes (`mem` in `sockstat`); and of all, its small objects
/// (`Slab` in `meminfo`), of which a socket is some.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kernel {
    pub(crate) waiting: u64,
    pub(crate) objects: u64,
}

impl Kernel {
    /// # Errors
    /// When this is not Linux.
    pub(crate) fn now() -> io::Result<Self> {
        let sockets = read("/proc/net/sockstat")?;
        let tcp = sockets.lines().find(|line| line.starts_with("TCP:")).ok_or_else(strange)?;
        let pages = tcp.split_whitespace().skip_while(|word| *word != "mem").nth(1);
        let pages: u64 = pages.and_then(|pages| pages.parse().ok()).ok_or_else(strange)?;

        Ok(Self { waiting: pages * PAGE, objects: kib("/proc/meminfo", "Slab:")? })
    }
}

/// A line of a file that counts kibibytes, in bytes.
fn kib(file: &str, name: &str) -> io::Result<u64> {
    let text = read(file)?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)).ok_or_else(strange)?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().map_err(|_| strange())?;

    Ok(kib * 1_024)
}

fn ticks(ticks: u64) -> Duration {
    Duration::from_millis(ticks * TICK)
}

fn read(file: &str) -> io::Result<String> {
    fs::read_to_string(file).map_err(|error| io::Error::new(error.kind(), format!("cannot read {file}: {error}")))
}

fn strange() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "this kernel's /proc looks different")
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn what_a_server_has_started_counts() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();

        let family = family(std::process::id());
        drop(child.stdin.take());
        child.wait().unwrap();

        assert!(family.contains(&child.id()), "{family:?} lacks {}", child.id());
    }
}
