//! The log, on standard output. A program must not stop where nobody reads what it says.

use std::{
    io::{self, IsTerminal, Write},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
        mpsc::channel,
    },
    thread::spawn,
    time::Duration,
};

use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{
    filter::Targets,
    fmt::{self, MakeWriter},
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

/// So many lines wait to be written, about a megabyte; what comes then is lost.
const WAITING: usize = 8_192;
/// In the end the lines that wait have so long to be written.
const LAST_LINES: Duration = Duration::from_secs(2);

/// Counts the lines that are lost; unset before there is a log.
static LOST: OnceLock<ErrorCounter> = OnceLock::new();

/// How many lines of the log of this process are lost.
pub(crate) fn lost() -> usize {
    LOST.get().map_or(0, ErrorCounter::dropped_lines)
}

/// The log, until it is dropped.
#[derive(Debug)]
pub struct Log(Option<WorkerGuard>);

impl Log {
    /// Logs what `RUST_LOG` says (`debug`, `sse=debug`, …), or else `usual`.
    pub(crate) fn start(usual: &str) -> Self {
        Self::on(io::stdout(), usual)
    }

    /// The same on standard error: of a process whose output another one reads.
    pub fn on_stderr(usual: &str) -> Self {
        Self::on(io::stderr(), usual)
    }

    fn on(output: impl Write + IsTerminal + Send + 'static, usual: &str) -> Self {
        let wanted = std::env::var("RUST_LOG").ok().and_then(|text| text.parse::<Targets>().ok());
        let targets = wanted.or_else(|| usual.parse().ok()).unwrap_or_default();
        // actix-http logs what clients send wrong as our error, and actix-server each start and stop in ten lines.
        let quiet = targets.with_target("actix_http", LevelFilter::OFF);
        let quiet = quiet.with_target("actix_server", tracing::Level::WARN);
        let is_terminal = output.is_terminal();
        let (lines, guard) = Lines::to(output, WAITING);
        LOST.get_or_init(|| lines.lost.clone());
        let layer = fmt::layer().with_target(false).with_ansi(is_terminal).with_writer(lines);
        tracing_subscriber::registry().with(layer).with(quiet).init();

        Self(Some(guard))
    }
}

impl Drop for Log {
    /// Waits for the last lines, but not for ever: where the queue is full, the guard prints to where nobody reads.
    fn drop(&mut self) {
        let guard = self.0.take();
        let (written, wait) = channel();
        spawn(move || {
            drop(guard);
            written.send(()).ok(); // nobody waits any more
        });
        wait.recv_timeout(LAST_LINES).ok(); // late or not, this is the end
    }
}

/// Writes lines from a thread of its own. Those that find no room are counted, and told with the next that does.
#[derive(Clone, Debug)]
struct Lines {
    queue: NonBlocking,
    lost: ErrorCounter,
    told: Arc<AtomicUsize>,
}

impl Lines {
    fn to(writer: impl Write + Send + 'static, waiting: usize) -> (Self, WorkerGuard) {
        let (queue, guard) = NonBlockingBuilder::default().buffered_lines_limit(waiting).finish(writer);
        let lost = queue.error_counter();

        (Self { queue, lost, told: Arc::default() }, guard)
    }

    fn untold(&self) -> usize {
        self.lost.dropped_lines().saturating_sub(self.told.load(Ordering::Relaxed))
    }
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let lost = self.lost.dropped_lines();
        let untold = self.untold();
        if untold > 0 {
            self.queue.write_all(
                format!("{untold} lines of the log are lost: they came faster than they were read\n").as_bytes(),
            )?;
            let is_told = self.lost.dropped_lines() == lost;
            self.told.fetch_add(if is_told { untold } else { 1 }, Ordering::Relaxed); // this one, which no one misses
        }

        self.queue.write(line)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.queue.flush()
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, SyncSender, sync_channel};

    use super::*;

    /// Takes a line when it is told to.
    struct Slow {
        may: Receiver<()>,
        written: Sender<String>,
    }

    impl Write for Slow {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            self.may.recv().ok(); // when nobody tells any more, all is taken
            self.written.send(String::from_utf8_lossy(line).into_owned()).ok();
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lost_lines_are_counted_and_told() {
        let (go_on, may): (SyncSender<()>, _) = sync_channel(0);
        let (written, lines) = channel();
        let (mut log, guard) = Lines::to(Slow { may, written }, 2);

        for _ in 0..10 {
            log.write_all(b"x\n").expect("it never fails");
        }
        let lost = log.untold();
        drop(go_on);
        for _ in 0..10 - lost {
            lines.recv().expect("what had room is written");
        }
        log.write_all(b"y\n").expect("it never fails");
        drop(guard);

        let rest: Vec<String> = lines.iter().take(2).collect();
        assert!((7..=8).contains(&lost), "two wait, and one may be on its way: {lost}");
        assert!(rest[0].starts_with(&format!("{lost} lines of the log are lost")) && rest[1] == "y\n", "{rest:?}");
    }
}
