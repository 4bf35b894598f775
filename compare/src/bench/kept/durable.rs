//! How many messages a second are synced before they are acknowledged, beside what the file system can do alone.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use futures_util::future::try_join_all;
use serde::Serialize;
use tokio::task::spawn_blocking;

use super::sse;
use crate::bench::{
    peers::{Peer, Subject},
    plan::SIZE,
    publisher::at_once,
    server::Server,
    spread::quantile,
};

/// What is written from one sync to the next, where the file system is alone: a page.
const PAGE: [u8; 4_096] = [0x5a; 4_096];

/// Many publishers at once, each of which waits for its answer.
#[derive(Debug, Serialize)]
pub(super) struct Durable {
    pub(super) publishers: u32,
    /// Messages a second that were answered.
    pub(super) acknowledged: f64,
    /// How long an answer took, in microseconds.
    pub(super) p50_us: u64,
    pub(super) p99_us: u64,
    /// A page is written and synced so often a second, by one program alone.
    pub(super) syncs: f64,
    /// Messages in one sync, as strace counts the server's calls, in a round of its own: it slows them. None where it is not there.
    pub(super) in_a_sync: Option<f64>,
}

impl Durable {
    /// Messages for each sync that the file system could do alone: not how many were in one sync.
    pub(super) fn to_a_sync(&self) -> f64 {
        self.acknowledged / self.syncs.max(f64::MIN_POSITIVE)
    }
}

/// Measures both, in the folder of this file.
///
/// # Errors
/// When the server does not come up, or does not answer; or the folder cannot be written to.
pub(super) async fn measure(ours: &Peer, file: &Path, publishers: u32, seconds: u32) -> io::Result<Durable> {
    let alone = file.with_extension("sync");
    let length = Duration::from_secs(seconds.into());
    let syncs = spawn_blocking(move || syncs(&alone, length)).await??;
    let peer = |file: &Path| ours.with(vec![format!("--store={}", file.display()), "--durable".to_owned()]);
    let server = Server::start(&Subject { peer: peer(file), row: sse() })?;
    let began = Instant::now();
    let answers = publish(server.address, publishers, length).await?;
    let span = began.elapsed();
    server.end()?;
    let (counts, traced) = (file.with_extension("calls"), file.with_extension("traced"));

    Ok(Durable {
        publishers,
        acknowledged: answers.len() as f64 / span.as_secs_f64(),
        p50_us: quantile(&answers, 0.5),
        p99_us: quantile(&answers, 0.99),
        syncs,
        in_a_sync: in_a_sync(&peer(&traced), &counts, publishers, length).await?,
    })
}

/// Publishes for so long, and says how long each answer took, in microseconds.
async fn publish(address: SocketAddr, publishers: u32, length: Duration) -> io::Result<Vec<u64>> {
    let published = try_join_all((0..publishers).map(|_| at_once(address, SIZE, length))).await?;

    Ok(published.into_iter().flat_map(|one| one.answers).collect())
}

/// Messages for each sync of the server. Only those calls are held up by strace.
async fn in_a_sync(peer: &Peer, counts: &Path, publishers: u32, length: Duration) -> io::Result<Option<f64>> {
    let words = ["strace", "-f", "--seccomp-bpf", "-c", "-U", "calls,name", "-e", "trace=fsync,fdatasync"];
    let strace = words.map(str::to_owned).into_iter().chain([format!("--output={}", counts.display())]);
    let Ok(server) = Server::start(&Subject { peer: peer.under(strace), row: sse() }) else { return Ok(None) };
    let answers = publish(server.address, publishers, length).await?;
    server.end()?;
    let table = fs::read_to_string(counts)?;
    let calls = |line: &str| match *line.split_whitespace().collect::<Vec<_>>() {
        [calls, "fsync" | "fdatasync"] => calls.parse::<u32>().ok(),
        _ => None,
    };
    let syncs: u32 = table.lines().filter_map(calls).sum();

    Ok((syncs > 0).then(|| answers.len() as f64 / f64::from(syncs)))
}

/// Syncs a second of one page after the other.
fn syncs(file: &Path, length: Duration) -> io::Result<f64> {
    let mut written = File::create(file)?;
    let began = Instant::now();
    let mut count = 0_u32;
    while began.elapsed() < length {
        written.write_all(&PAGE)?;
        written.sync_data()?;
        count += 1;
    }
    let rate = f64::from(count) / began.elapsed().as_secs_f64();
    fs::remove_file(file)?;

    Ok(rate)
}
