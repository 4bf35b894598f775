//! How many messages a second are synced before they are acknowledged, beside what the file system can do alone.

use std::{
    fs::{self, File},
    io::{self, Write as _},
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
    let peer = ours.with(vec![format!("--store={}", file.display()), "--durable".to_owned()]);
    let server = Server::start(&Subject { peer, row: sse() })?;
    let began = Instant::now();
    let publishing = (0..publishers).map(|_| at_once(server.address, SIZE, length));
    let published = try_join_all(publishing).await?;
    let span = began.elapsed();
    let answers: Vec<u64> = published.into_iter().flat_map(|one| one.answers).collect();

    Ok(Durable {
        publishers,
        acknowledged: answers.len() as f64 / span.as_secs_f64(),
        p50_us: quantile(&answers, 0.5),
        p99_us: quantile(&answers, 0.99),
        syncs,
    })
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
