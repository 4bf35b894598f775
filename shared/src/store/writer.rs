//! The thread that has the file.

use std::{
    collections::VecDeque,
    mem::take,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
};

use tokio::sync::{mpsc, oneshot};

use super::{
    Request,
    disk::{Disk, Extent, Failed, Life, Published, Row},
};
use crate::{
    batch::{BATCH_BYTES, BATCH_MESSAGES},
    cursor::Cursor,
    held::Held,
    key::Key,
    message::{Entry, Message},
    now::unix_millis,
    unavailable::{NotPublished, Unavailable},
};

/// So many are kept together, and share one sync.
const MOST_TOGETHER: usize = 256;

/// So many messages more than the history are kept, where that is longer than what is in memory.
const MARGIN: u64 = 10_000;

/// Whom to answer.
type Publisher = oneshot::Sender<Result<Arc<Message>, NotPublished>>;
type Reader = oneshot::Sender<Result<Vec<Arc<Message>>, Unavailable>>;

/// Takes what is asked in turn: all that was published until now, then one who reads.
#[derive(Debug)]
pub(super) struct Writer<D> {
    disk: D,
    life: Life,
    newest: u64,
    /// So many messages are the history,
    history: u64,
    /// and so many more are kept: a reader of the oldest is not overtaken at once.
    margin: u64,
    /// What comes after this place is kept, whole.
    kept: u64,
    held: Arc<Held>,
    requests: mpsc::Receiver<Request>,
    publishers: Vec<(Entry, Publisher)>,
    readers: VecDeque<(Cursor, Reader)>,
    /// Who waits for the end.
    ends: Vec<oneshot::Sender<()>>,
    /// The last time something could be kept, or nothing was tried yet.
    takes: Arc<AtomicBool>,
}

impl<D: Disk> Writer<D> {
    pub(super) fn new(
        disk: D,
        life: Life,
        extent: Extent,
        history: u64,
        held: Arc<Held>,
        (requests, takes): (mpsc::Receiver<Request>, Arc<AtomicBool>),
    ) -> Self {
        Self {
            disk,
            life,
            newest: extent.newest,
            history,
            margin: if history > held.most() as u64 { MARGIN } else { 0 },
            kept: extent.oldest,
            held,
            requests,
            publishers: Vec::new(),
            readers: VecDeque::new(),
            ends: Vec::new(),
            takes,
        }
    }

    /// Brings what is kept after a place into memory.
    pub(super) fn fill(&mut self, from: u64) -> Result<(), Failed> {
        let mut place = from;
        let oldest = self.oldest(self.newest);
        while place < self.newest {
            let rows = self.rows(place, usize::MAX)?;
            place += rows.len() as u64;
            let messages: Vec<_> = rows.into_iter().map(|row| self.message(row)).collect();
            self.held.append(messages, oldest, self.kept);
        }

        Ok(())
    }

    /// Where the history begins, once this is the newest.
    fn oldest(&self, newest: u64) -> u64 {
        newest.saturating_sub(self.history).max(self.kept)
    }

    /// Until nobody is there any more who could ask.
    pub(super) fn run(mut self) {
        while let Some(request) = self.wait() {
            request.into_iter().for_each(|request| self.take(request));
            self.gather();
            self.publish();
            self.read();
        }
        if let Err(error) = self.life.end(&mut self.disk) {
            tracing::warn!(%error, "the store was not closed well");
        }
        drop(self.disk); // the file is closed before somebody hears of it
        for end in self.ends {
            end.send(()).ok(); // it waits no more
        }
    }

    /// The next request, or that none is there now, while readers wait; none after the end.
    fn wait(&mut self) -> Option<Option<Request>> {
        if self.readers.is_empty() { self.requests.blocking_recv().map(Some) } else { Some(None) }
    }

    fn take(&mut self, request: Request) {
        match request {
            Request::Publish(entry, publisher) => self.publishers.push((entry, publisher)),
            Request::Older(place, reader) => self.readers.push_back((place, reader)),
            Request::End(end) => {
                self.ends.push(end);
                self.requests.close(); // what was asked before is still answered
            }
        }
    }

    /// Takes what else was asked until now. Where several publish, those that are about to are let run first: they share the sync then,
    /// and on a machine with nothing else to do none waits.
    fn gather(&mut self) {
        let mut before = 0;
        loop {
            while self.publishers.len() < MOST_TOGETHER
                && let Ok(request) = self.requests.try_recv()
            {
                self.take(request);
            }
            let together = self.publishers.len();
            if together <= before.max(1) || together >= MOST_TOGETHER {
                return;
            }
            before = together;
            thread::yield_now();
        }
    }

    /// Keeps all that was published, shows it to the readers, and answers, in this order.
    fn publish(&mut self) {
        let at = unix_millis();
        let mut new = New::default();
        let mut answers = Vec::new();
        for (entry, publisher) in take(&mut self.publishers) {
            answers.push((self.place(entry, at, &mut new), publisher));
        }
        if !new.rows.is_empty() {
            self.keep(new);
        }
        for (answer, publisher) in answers {
            let answer = if answer.seq > self.newest { Err(Unavailable.into()) } else { answer.says };
            publisher.send(answer).ok(); // it has gone
        }
    }

    /// The message that an entry is to be, or the one that it was.
    fn place(&mut self, entry: Entry, at: u64, new: &mut New) -> Answer {
        let key = entry.key.clone().map(|key| (key, entry.digest()));
        if let Some((key, digest)) = &key {
            match self.published(key, new) {
                Ok(Some(known)) if known.digest == *digest => {
                    return Answer { seq: known.seq, says: Ok(entry.placed(self.cursor(known.seq), known.at)) };
                }
                Ok(Some(known)) => return Answer { seq: known.seq, says: Err(NotPublished::KeyReused) },
                Ok(None) => {}
                Err(error) => return Answer { seq: 0, says: Err(cannot_read(&error).into()) },
            }
        }
        let seq = self.newest + new.rows.len() as u64 + 1;
        new.rows.push(Row { seq, at, event: entry.event.clone(), json: entry.json.clone(), key });
        let message = entry.placed(self.cursor(seq), at);
        new.messages.push(Arc::clone(&message));

        Answer { seq, says: Ok(message) }
    }

    /// What has this key: one text can also come twice in one go.
    fn published(&mut self, key: &Key, new: &New) -> Result<Option<Published>, Failed> {
        match new.published(key) {
            None => self.disk.published(key),
            known => Ok(known),
        }
    }

    /// Writes it down, and then shows it to the readers; or neither.
    fn keep(&mut self, new: New) {
        let newest = self.newest + new.rows.len() as u64;
        let kept = newest.saturating_sub(self.history.saturating_add(self.margin)).max(self.kept);
        let appended = self.disk.append(&new.rows, kept);
        self.note(appended.as_ref().err());
        if appended.is_ok() {
            (self.newest, self.kept) = (newest, kept);
            self.held.append(new.messages, self.oldest(newest), kept);
        }
    }

    /// Reads for the next who waits, and for all who wait at the same place.
    fn read(&mut self) {
        self.readers.retain(|(_, reader)| !reader.is_closed());
        let Some((place, _)) = self.readers.front() else { return };
        let place = *place;
        let read = match self.rows(place.seq, BATCH_BYTES) {
            Ok(rows) => Ok(rows.into_iter().map(|row| self.message(row)).collect::<Vec<_>>()),
            Err(error) => Err(cannot_read(&error)),
        };
        for (other, reader) in take(&mut self.readers) {
            if other == place {
                reader.send(read.clone()).ok(); // it has gone
            } else {
                self.readers.push_back((other, reader));
            }
        }
    }

    /// A batch of what comes after a place, without a hole. Nothing, where that is no longer kept.
    fn rows(&mut self, place: u64, bytes: usize) -> Result<Vec<Row>, Failed> {
        if place < self.kept {
            return Ok(Vec::new());
        }
        let rows = self.disk.after(place, BATCH_MESSAGES, bytes)?;
        let is_whole = rows.iter().zip(place + 1..).all(|(row, seq)| row.seq == seq && row.json.starts_with('{'));

        if is_whole && !rows.is_empty() { Ok(rows) } else { Err(Failed::new("a message is missing in it")) }
    }

    /// Says when it begins to fail, and when it works again; not each time.
    fn note(&self, error: Option<&Failed>) {
        let took = self.takes.swap(error.is_none(), Relaxed);
        match error {
            Some(error) if took => tracing::error!(%error, "the store takes nothing"),
            None if !took => tracing::info!("the store takes messages again"),
            _ => {}
        }
    }

    fn message(&self, row: Row) -> Arc<Message> {
        let entry = Entry { event: row.event, ..Entry::of(row.json) };

        entry.placed(self.cursor(row.seq), row.at)
    }

    fn cursor(&self, seq: u64) -> Cursor {
        Cursor { epoch: self.life.epoch, seq }
    }
}

/// What a publisher is told, once the message with this number is kept.
struct Answer {
    seq: u64,
    says: Result<Arc<Message>, NotPublished>,
}

/// What is to be kept next: rows, and the messages that they are.
#[derive(Default)]
struct New {
    rows: Vec<Row>,
    messages: Vec<Arc<Message>>,
}

impl New {
    /// What has this key.
    fn published(&self, key: &Key) -> Option<Published> {
        self.rows.iter().find_map(|row| match &row.key {
            Some((known, digest)) if known == key => Some(Published { seq: row.seq, at: row.at, digest: *digest }),
            _ => None,
        })
    }
}

fn cannot_read(error: &Failed) -> Unavailable {
    tracing::debug!(%error, "the store cannot be read"); // who asked says so, too

    Unavailable
}
