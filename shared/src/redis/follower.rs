//! The one reader of the stream in a process: what it reads is in memory for all of the process's readers.

use std::{convert::Infallible, fmt, sync::Arc, time::Duration};

use redis::{Client, RedisError, aio::MultiplexedConnection, cmd};
use tokio::time::{Instant, sleep};

use super::{
    State,
    line::connect,
    names::Names,
    scripts::{Change, Fields, Look, Was, fields, seq_of},
};
use crate::{
    cursor::Cursor,
    held::Held,
    message::{Entry, Message},
};

/// Redis holds a read for so long while there is nothing; then the follower looks whether the epoch still stands. A stream that was
/// deleted, trimmed or renamed it would not tell (<https://github.com/redis/redis/issues/5625>).
const BLOCK: Duration = Duration::from_secs(1);
/// Longer than Redis holds a read.
const ANSWER: Duration = Duration::from_secs(5);
/// So many entries are read in one go.
const MOST_READ: usize = 512;
/// After a trouble it waits so long, and twice as long after each more,
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
/// at most so long, each time between half of it and all: all processes would knock together.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// An entry of the stream: its id and its fields.
type Raw = (String, Vec<Vec<u8>>);

/// Reads from one place to the next.
pub(super) struct Follower {
    client: Client,
    names: Names,
    held: Arc<Held>,
    state: Arc<State>,
}

/// Why it cannot go on.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Redis is away, or says no.
    Away(RedisError),
    /// The stream is not as we write it: somebody else wrote there, or deleted.
    Strange,
    /// Somebody here knows that the epoch does not stand any more.
    Told,
}

impl Follower {
    pub(super) fn new(client: Client, names: Names, held: Arc<Held>, state: Arc<State>) -> Self {
        Self { client, names, held, state }
    }

    /// Reads what is there; begins an epoch where there is none.
    pub(super) async fn begin(&self) -> Result<(), Trouble> {
        let mut line = connect(&self.client, ANSWER).await?;

        self.catch_up(&mut line).await
    }

    /// For as long as its task lives.
    pub(super) async fn run(self) {
        let mut pause = SHORTEST_PAUSE;
        loop {
            let began = Instant::now();
            let Err(trouble) = self.follow().await;
            let went_well = began.elapsed() > LONGEST_PAUSE;
            pause = if went_well { SHORTEST_PAUSE } else { (pause * 2).min(LONGEST_PAUSE) };
            match trouble {
                Trouble::Told if went_well => continue,
                Trouble::Told => {}
                Trouble::Strange => tracing::warn!(%trouble, "the feed is read anew"),
                Trouble::Away(_) => self.state.is_away(Some(&trouble)),
            }
            sleep(pause.mul_f64(rand::random_range(0.5..1.0))).await;
        }
    }

    /// Reads until there is trouble.
    async fn follow(&self) -> Result<Infallible, Trouble> {
        let mut line = connect(&self.client, ANSWER).await?;
        self.catch_up(&mut line).await?;
        self.state.is_away(None);
        let mut looked = Instant::now();
        loop {
            let (place, _) = self.held.newest();
            let read = tokio::select! {
                read = self.read(&mut line, place) => read?,
                () = self.state.look.notified() => return Err(Trouble::Told), // this line is held up by the read
            };
            let is_quiet = read.is_empty();
            match self.take(place, read) {
                Err(Trouble::Strange) => {
                    tracing::warn!("the stream has a hole, or what we did not write: it is read anew");
                    let (place, _) = self.held.newest();
                    self.load_or_begin(&mut line, place.epoch, place).await?;
                }
                taken => taken?,
            }
            if is_quiet || looked.elapsed() >= BLOCK {
                self.catch_up(&mut line).await?;
                looked = Instant::now();
            }
        }
    }

    /// What comes after this place; nothing after a while.
    async fn read(&self, line: &mut MultiplexedConnection, place: Cursor) -> Result<Vec<Raw>, Trouble> {
        let mut read = cmd("XREAD");
        read.arg("COUNT").arg(MOST_READ).arg("BLOCK").arg(BLOCK.as_millis() as u64);
        read.arg("STREAMS").arg(self.names.stream(place.epoch)).arg(format!("0-{}", place.seq));
        let read: Option<Vec<(String, Vec<Raw>)>> = read.query_async(line).await?;

        Ok(read.into_iter().flatten().flat_map(|(_, entries)| entries).collect())
    }

    /// Appends what was read after this place, unless its publisher has. Each id is the last and one more.
    fn take(&self, place: Cursor, read: Vec<Raw>) -> Result<(), Trouble> {
        let messages = messages(place, read)?;
        if let Some(newest) = messages.last().map(|message| message.id) {
            self.held.append_next(messages);
            self.state.has_brought(newest);
        }

        Ok(())
    }

    /// Sees whether all is still as it was here, and else begins anew: what there is, in the epoch that stands.
    async fn catch_up(&self, line: &mut MultiplexedConnection) -> Result<(), Trouble> {
        let (place, last) = self.held.newest();
        let look = Look::at(line, &self.names, place).await?;
        let before = look.epoch;
        let stands = match before {
            Some(epoch) if epoch == place.epoch => match wrong(look, place, last.as_deref()) {
                None => return Ok(()),
                Some(Wrong::Behind) => true,
                Some(Wrong::Epoch) => false,
            },
            Some(epoch) => {
                let there = Look::at(line, &self.names, Cursor { epoch, seq: 0 }).await?;
                there.is_same && there.newest.is_some() && there.newest == there.last
            }
            None => false,
        };
        let stream = before.unwrap_or(place.epoch);
        let epoch = if stands {
            stream
        } else {
            let change = Change { before, stream, newest: place.seq, was: Was::Good };
            change.make(line, &self.names).await?.ok_or(Trouble::Strange)?
        };

        self.load_or_begin(line, epoch, place).await
    }

    /// Reads all that is kept; what is not as we write it gives way to a new epoch.
    async fn load_or_begin(&self, line: &mut MultiplexedConnection, epoch: u32, place: Cursor) -> Result<(), Trouble> {
        match self.load(line, epoch).await {
            Err(Trouble::Strange) => {
                let change = Change { before: Some(epoch), stream: epoch, newest: place.seq, was: Was::Strange };
                let epoch = change.make(line, &self.names).await?.ok_or(Trouble::Strange)?;
                self.load(line, epoch).await
            }
            loaded => loaded,
        }
    }

    /// Reads all that is kept of an epoch.
    async fn load(&self, line: &mut MultiplexedConnection, epoch: u32) -> Result<(), Trouble> {
        let newest = self.newest_of(line, epoch).await?; // before the rest: there may be more by then, and never less
        let stream = self.names.stream(epoch);
        let mut newest_first: Vec<Raw> = Vec::new();
        let mut until = "+".to_owned();
        while newest_first.len() < self.held.most() {
            let mut range = cmd("XREVRANGE");
            range.arg(&stream).arg(&until).arg("-").arg("COUNT").arg(MOST_READ);
            let read: Vec<Raw> = range.query_async(line).await?;
            let Some((oldest, _)) = read.last() else { break };
            until = format!("({oldest}");
            newest_first.extend(read);
        }
        self.newest_of(line, epoch).await?; // nobody has renamed it meanwhile
        newest_first.truncate(self.held.most());
        newest_first.reverse();
        let before = match newest_first.first() {
            Some((first, _)) => seq_of(first).and_then(|seq| seq.checked_sub(1)).ok_or(Trouble::Strange)?,
            None => newest,
        };
        let messages = messages(Cursor { epoch, seq: before }, newest_first)?;
        if before + (messages.len() as u64) < newest {
            return Err(Trouble::Strange);
        }
        self.held.begin(Cursor { epoch, seq: before }, messages);
        self.state.has_brought(self.held.newest().0);

        Ok(())
    }

    /// The newest id that was given in this epoch, if it stands.
    async fn newest_of(&self, line: &mut MultiplexedConnection, epoch: u32) -> Result<u64, Trouble> {
        let look = Look::at(line, &self.names, Cursor { epoch, seq: 0 }).await?;

        look.newest.filter(|_| look.epoch == Some(epoch)).ok_or(Trouble::Strange)
    }
}

/// What is not as it was here.
enum Wrong {
    /// What comes next is no longer kept.
    Behind,
    /// What was is not there any more, or is other than it was.
    Epoch,
}

/// Whether what is here is what is there.
fn wrong(look: Look, place: Cursor, last: Option<&Message>) -> Option<Wrong> {
    if !look.is_same || look.last != look.newest || look.last < Some(place.seq) {
        return Some(Wrong::Epoch);
    }
    let Some(last) = last else { return (look.last > Some(place.seq)).then_some(Wrong::Behind) };
    match message(place, look.entry) {
        Some(same) if same.json == last.json && same.event == last.event => None,
        Some(_other) => Some(Wrong::Epoch),
        None => Some(Wrong::Behind),
    }
}

/// These entries as messages. They follow a place without a hole.
fn messages(place: Cursor, read: Vec<Raw>) -> Result<Vec<Arc<Message>>, Trouble> {
    let message = |((id, raw), seq): (Raw, u64)| {
        let is_next = seq_of(&id) == Some(seq);

        message(Cursor { seq, ..place }, fields(raw)).filter(|_| is_next).ok_or(Trouble::Strange)
    };

    read.into_iter().zip(place.seq + 1..).map(message).collect()
}

/// An entry as a message, if we have written it.
fn message(id: Cursor, mut fields: Fields) -> Option<Arc<Message>> {
    let at = fields.remove("at")?.parse().ok()?;
    let entry = Entry::read(fields.remove("json")?, fields.remove("event")).ok()?;

    Some(entry.placed(id, at))
}

impl From<RedisError> for Trouble {
    fn from(error: RedisError) -> Self {
        Self::Away(error)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Away(error) => error.fmt(f),
            Self::Strange => {
                f.write_str("the stream is not as it was written: somebody wrote to it, or deleted from it")
            }
            Self::Told => f.write_str("the epoch does not stand any more"),
        }
    }
}
