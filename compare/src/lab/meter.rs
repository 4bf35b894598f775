//! What has passed through a tap, by what it was for, and the wire log: the last of it, named.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use serde::Serialize;
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

use crate::{
    dissect::{Bytes, Direction, Dissector, Kind, Part, Shown, Totals, Weight},
    lock::lock,
    tap::{Connection, Place, Tap},
};

/// So many entries are kept to be looked at.
const KEPT: usize = 400;

/// What passed is looked at so often at most: what passes meanwhile is looked at together.
const PACE: Duration = Duration::from_millis(20);

/// Who has not asked for so long asks no more.
const ASKING: Duration = Duration::from_secs(3);

/// What has passed, in figures: a byte counts once it is known what it is for. They only grow, but for `connections` and
/// `askers`.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Figures {
    /// Up, by what it was for. What nobody could look at in time counts as overhead.
    pub up: Bytes,
    /// Down.
    pub down: Bytes,
    /// Requests for the channel, those that post a text included.
    pub requests: u64,
    /// Texts posted.
    pub posts: u64,
    /// Messages that went down.
    pub messages: u64,
    /// Connections ever.
    pub opened: u64,
    /// Connections now.
    pub connections: usize,
    /// Connections now on which the channel was asked for in the last seconds.
    #[serde(skip)]
    pub askers: usize,
}

/// An entry of the wire log: a part of what passed, as it is shown.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// The first is 1, the next 2.
    pub n: u64,
    /// The connection's id.
    pub connection: u64,
    /// When it passed, in Unix milliseconds.
    pub at: u64,
    /// How many bytes it is.
    pub bytes: usize,
    /// What it is.
    #[serde(flatten)]
    pub shown: Shown,
}

/// Looks at all that passes through a tap.
#[derive(Debug)]
pub struct Meter {
    tap: Arc<Tap>,
    record: Arc<Mutex<Record>>,
    changed: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Record {
    totals: Totals,
    entries: VecDeque<Entry>,
    next: u64,
    /// Bytes, up and down, that had gone before anybody looked, or that nobody understood since some had gone.
    unseen: [u64; 2],
    /// When the channel was last asked for, by the connection's id.
    asked: HashMap<u64, Instant>,
}

impl Meter {
    /// Looks until `stop`.
    pub(super) fn start(tap: Arc<Tap>, stop: CancellationToken) -> Self {
        let record = Arc::<Mutex<Record>>::default();
        let changed = watch::Sender::default();
        let look = watch_tap(Arc::clone(&tap), Arc::clone(&record), changed.clone());
        tokio::spawn(async move { stop.run_until_cancelled(look).await });

        Self { tap, record, changed }
    }

    /// What has passed.
    pub(super) fn figures(&self) -> Figures {
        let passed = self.tap.totals();
        let record = lock(&self.record);
        let Totals { up, down, requests, posts, messages, .. } = record.totals;
        let askers = record.asked.values().filter(|at| at.elapsed() < ASKING).count();
        let [unseen_up, unseen_down] = record.unseen;
        let with = |bytes: Bytes, unseen: u64| Bytes { overhead: bytes.overhead + unseen, ..bytes };

        Figures {
            up: with(up, unseen_up),
            down: with(down, unseen_down),
            requests,
            posts,
            messages,
            opened: passed.opened,
            connections: passed.open,
            askers,
        }
    }

    /// The entries after the one of this number that are still kept, oldest first.
    pub fn since(&self, n: u64) -> Vec<Entry> {
        let record = lock(&self.record);

        record.entries.iter().filter(|entry| entry.n > n).cloned().collect()
    }

    /// Notifies that there are more entries.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }
}

/// How far a connection has been looked at, and what understands it while it lasts.
#[derive(Default)]
struct Looked {
    place: Place,
    dissector: Dissector,
    over: bool,
}

async fn watch_tap(tap: Arc<Tap>, record: Arc<Mutex<Record>>, changed: watch::Sender<()>) {
    let mut passes = tap.changes();
    let mut looked = HashMap::<u64, Looked>::new();
    loop {
        let connections = tap.connections();
        looked.retain(|id, _| connections.iter().any(|connection| connection.id() == *id));
        let mut any = false;
        for connection in connections {
            let looked = looked.entry(connection.id()).or_default();
            if !looked.over {
                any |= look(&connection, looked, &mut lock(&record));
            }
        }
        if any {
            changed.send_replace(());
        }
        sleep(PACE).await;
        if passes.changed().await.is_err() {
            return;
        }
    }
}

/// Looks at what has passed since the last time; whether anything has.
fn look(connection: &Connection, looked: &mut Looked, record: &mut Record) -> bool {
    let before = record.next;
    let over = connection.facts().ended.is_some(); // before its last bytes are read
    for piece in connection.since(&mut looked.place) {
        let direction = piece.direction;
        record.unseen[usize::from(direction == Direction::Down)] += piece.lost;
        let mut parts = looked.dissector.lost(direction, usize::try_from(piece.lost).unwrap_or(usize::MAX));
        parts.extend(looked.dissector.pass(direction, &piece.bytes));
        parts.into_iter().for_each(|part| record.add(connection.id(), piece.at, &part));
    }
    if over {
        for direction in [Direction::Up, Direction::Down] {
            let at = connection.facts().ended.map_or(0, |(at, _)| at);
            looked.dissector.end(direction).into_iter().for_each(|part| record.add(connection.id(), at, &part));
        }
        record.asked.remove(&connection.id());
        looked.over = true;
    }

    record.next > before
}

impl Record {
    fn add(&mut self, connection: u64, at: u64, part: &Part) {
        self.totals.count(part);
        if part.kind == Kind::Raw && part.weight == Weight::Other {
            self.unseen[usize::from(part.direction == Direction::Down)] += part.bytes.len() as u64;
        }
        self.next += 1;
        if part.kind == Kind::RequestLine && part.weight != Weight::Other && part.bytes.starts_with(b"GET ") {
            self.asked.insert(connection, Instant::now());
        }
        if self.entries.len() == KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry { n: self.next, connection, at, bytes: part.bytes.len(), shown: part.shown() });
    }
}
