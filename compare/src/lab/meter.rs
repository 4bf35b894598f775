//! What has passed through a tap, by what it was for, and the wire log: the last of it, named.

use std::{
    collections::{HashMap, VecDeque},
    iter,
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
    tap::{Arrival, Arrivals, Piece, Place, Tap},
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
    entries: VecDeque<Arc<Entry>>,
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
        let look = watch_tap(tap.changes(), tap.arrivals(), Arc::clone(&record), changed.clone());
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
    pub fn since(&self, n: u64) -> Vec<Arc<Entry>> {
        let record = lock(&self.record);
        let from = record.entries.partition_point(|entry| entry.n <= n);

        record.entries.range(from..).cloned().collect()
    }

    /// Notifies that there are more entries.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }
}

/// A connection, how far it has been looked at, and what understands it.
struct Looked {
    arrival: Arrival,
    place: Place,
    dissector: Dissector,
}

/// What one look at a connection has shown.
#[derive(Default)]
struct Seen {
    /// With the time at which each passed.
    parts: Vec<(u64, Part)>,
    /// Bytes, up and down, that had gone before anybody looked.
    unseen: [u64; 2],
    /// Nothing more will come.
    over: bool,
}

async fn watch_tap(
    mut passes: watch::Receiver<()>,
    mut arrivals: Arrivals,
    record: Arc<Mutex<Record>>,
    changed: watch::Sender<()>,
) {
    let mut open = Vec::new();
    loop {
        let new = iter::from_fn(|| arrivals.try_next());
        open.extend(new.map(|arrival| Looked { arrival, place: Place::default(), dissector: Dissector::new() }));
        let mut any = false;
        open.retain_mut(|looked| {
            let seen = looked.look();
            any |= !seen.parts.is_empty();
            let is_open = !seen.over;
            seen.note(looked.arrival.connection.id(), &record);
            is_open
        });
        if any {
            changed.send_replace(());
        }
        sleep(PACE).await;
        if passes.changed().await.is_err() {
            return;
        }
    }
}

impl Looked {
    /// Looks at what has passed since the last time.
    fn look(&mut self) -> Seen {
        let mut seen = Seen::default();
        let ended = self.arrival.connection.facts().ended; // before its last bytes are read
        for Piece { direction, lost, at, bytes, .. } in self.arrival.connection.since(&mut self.place) {
            seen.unseen[usize::from(direction == Direction::Down)] += lost;
            let mut parts = self.dissector.lost(direction, usize::try_from(lost).unwrap_or(usize::MAX));
            parts.extend(self.dissector.pass(direction, &bytes));
            seen.parts.extend(parts.into_iter().map(|part| (at, part)));
        }
        if let Some((at, _)) = ended {
            let ends = [Direction::Up, Direction::Down].map(|direction| self.dissector.end(direction));
            seen.parts.extend(ends.into_iter().flatten().map(|part| (at, part)));
            seen.over = true;
        }

        seen
    }
}

impl Seen {
    /// Adds it to the record, which is locked only for that: what is costly has been done.
    fn note(self, connection: u64, record: &Mutex<Record>) {
        let shown: Vec<Shown> = self.parts.iter().map(|(_, part)| part.shown()).collect();
        let mut record = lock(record);
        for (all, more) in record.unseen.iter_mut().zip(self.unseen) {
            *all += more;
        }
        for ((at, part), shown) in self.parts.iter().zip(shown) {
            record.add(connection, *at, part, shown);
        }
        if self.over {
            record.asked.remove(&connection);
        }
    }
}

impl Record {
    fn add(&mut self, connection: u64, at: u64, part: &Part, shown: Shown) {
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
        let entry = Entry { n: self.next, connection, at, bytes: part.bytes.len(), shown };
        self.entries.push_back(Arc::new(entry));
    }
}
