//! SQLite below a store: one file and its log beside it, `FILE-wal` (<https://sqlite.org/wal.html>).
//!
//! With `locking_mode=EXCLUSIVE` no other process can open the file, and no shared memory is needed
//! (<https://sqlite.org/wal.html#use_of_wal_without_shared_memory>). With `synchronous=NORMAL` a commit is not synced, so a power cut may
//! take the last ones, whole; with `FULL` each is (<https://sqlite.org/pragma.html#pragma_synchronous>).

use std::{path::Path, time::Duration};

use bytestring::ByteString;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, Transaction, params};

use super::disk::{Disk, Extent, Failed, Life, Published, Row};
use crate::{
    key::{KNOWN_FOR, Key, MOST_KNOWN},
    now::unix_millis,
};

/// Whose file it is: `5way`, as `file` and other programs may read it (<https://sqlite.org/pragma.html#pragma_application_id>).
const APPLICATION: i32 = i32::from_be_bytes(*b"5way");
/// What is in it, and how.
const VERSION: i32 = 1;

/// The log beside it is cut to so much where it had to grow.
const LOG_BYTES: u32 = 16 << 20;
/// So many old messages go at most when new ones come: a history that was made shorter does not stop the newest.
const MOST_FORGOTTEN: u32 = 1_000;

const TABLES: &str = "
    CREATE TABLE life (one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL, clean INTEGER NOT NULL,
        durable INTEGER NOT NULL, boot TEXT);
    CREATE TABLE messages (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, event TEXT, json TEXT NOT NULL);
    CREATE TABLE keys (key TEXT PRIMARY KEY, seq INTEGER NOT NULL, at INTEGER NOT NULL, digest BLOB NOT NULL) WITHOUT ROWID;
    CREATE INDEX keys_by_age ON keys (at);
";

/// The file.
#[derive(Debug)]
pub(super) struct Sqlite {
    pub(super) connection: Connection,
    durable: bool,
    /// How many keys are known.
    pub(super) keys: usize,
}

impl Sqlite {
    /// Opens it, or makes it.
    pub(super) fn open(file: &Path, durable: bool) -> Result<Self, Failed> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(file, flags)?; // a path, and not a URI
        connection.busy_timeout(Duration::ZERO)?; // who has it keeps it
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection.pragma_update(None, "fullfsync", true)?; // else a Mac only says that it has synced
        connection.pragma_update(None, "checkpoint_fullfsync", true)?;
        let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
        if mode != "wal" {
            return Err(Failed::new("it cannot have a log beside it"));
        }
        connection.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
        make(&mut connection)?;
        let keys = connection.query_row("SELECT count(*) FROM keys", [], |row| row.get(0))?;
        let sqlite = Self { connection, durable, keys };
        sqlite.sync_commits(durable)?;

        Ok(sqlite)
    }

    fn sync_commits(&self, on: bool) -> Result<(), Failed> {
        Ok(self.connection.pragma_update(None, "synchronous", if on { "FULL" } else { "NORMAL" })?)
    }
}

/// Makes the tables of a new file, and knows one that is ours.
fn make(connection: &mut Connection) -> Result<(), Failed> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let number = |name| transaction.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let tables: u32 = transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match (number("application_id")?, number("user_version")?) {
        (APPLICATION, VERSION) => return Ok(()),
        (APPLICATION, version) => {
            return Err(Failed::new(format!("it is of version {version}, and this program knows version {VERSION}")));
        }
        (0, 0) if tables == 0 => {}
        _ => return Err(Failed::new("it is the database of another program")),
    }
    transaction.execute_batch(TABLES)?;
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", VERSION)?;

    Ok(transaction.commit()?)
}

impl Disk for Sqlite {
    fn life(&mut self) -> Result<Option<Life>, Failed> {
        let mut select = self.connection.prepare_cached("SELECT epoch, clean, durable, boot FROM life")?;
        let life = select.query_row([], |row| {
            Ok(Life { epoch: row.get(0)?, clean: row.get(1)?, durable: row.get(2)?, boot: row.get(3)? })
        });

        Ok(life.optional()?)
    }

    fn live(&mut self, life: &Life) -> Result<(), Failed> {
        let Life { epoch, clean, durable, boot } = life;
        self.sync_commits(true)?; // the log is synced as a whole, with all that was written before
        let mut write = self
            .connection
            .prepare_cached("INSERT OR REPLACE INTO life (one, epoch, clean, durable, boot) VALUES (1, ?, ?, ?, ?)")?;
        write.execute(params![epoch, clean, durable, boot])?;
        drop(write);

        self.sync_commits(self.durable)
    }

    fn extent(&mut self) -> Result<Extent, Failed> {
        let mut select = self
            .connection
            .prepare_cached("SELECT (SELECT min(seq) FROM messages), (SELECT max(seq) FROM messages)")?;
        let extent = select.query_row([], |row| {
            let (first, newest): (Option<u64>, Option<u64>) = (row.get(0)?, row.get(1)?);
            Ok(first.zip(newest).map(|(first, newest)| Extent { oldest: first.saturating_sub(1), newest }))
        })?;

        Ok(extent.unwrap_or_default())
    }

    fn published(&mut self, key: &Key) -> Result<Option<Published>, Failed> {
        let mut select =
            self.connection.prepare_cached("SELECT seq, at, digest FROM keys WHERE key = ? AND at >= ?")?;
        let known = select.query_row(params![key.as_str(), oldest_known()], |row| {
            Ok(Published { seq: row.get(0)?, at: row.get(1)?, digest: row.get(2)? })
        });

        Ok(known.optional()?)
    }

    fn append(&mut self, rows: &[Row], forgotten: u64) -> Result<(), Failed> {
        let added = rows.iter().filter(|row| row.key.is_some()).count();
        let mut keys = self.keys;
        let transaction = self.connection.transaction()?;
        if added > 0 {
            let gone = transaction.prepare_cached("DELETE FROM keys WHERE at < ?")?.execute([oldest_known()])?;
            keys = keys.saturating_sub(gone) + added;
        }
        insert(&transaction, rows)?;
        let surplus = keys.saturating_sub(MOST_KNOWN);
        if surplus > 0 {
            let forget = "DELETE FROM keys WHERE key IN (SELECT key FROM keys ORDER BY at, seq LIMIT ?)";
            keys -= transaction.prepare_cached(forget)?.execute([surplus])?;
        }
        let forget = "DELETE FROM messages WHERE seq <= min(?, (SELECT min(seq) FROM messages) + ?)";
        transaction.prepare_cached(forget)?.execute(params![forgotten, MOST_FORGOTTEN])?;
        transaction.commit()?;
        self.keys = keys;

        Ok(())
    }

    fn after(&mut self, place: u64, most: usize, bytes: usize) -> Result<Vec<Row>, Failed> {
        let mut select = self
            .connection
            .prepare_cached("SELECT seq, at, event, json FROM messages WHERE seq > ? ORDER BY seq LIMIT ?")?;
        let mut found = select.query(params![place, most])?;
        let mut rows = Vec::new();
        let mut read = 0;
        while read < bytes
            && let Some(row) = found.next()?
        {
            let event: Option<String> = row.get(2)?;
            let json: String = row.get(3)?;
            read += json.len();
            rows.push(Row { seq: row.get(0)?, at: row.get(1)?, event: event.map(ByteString::from), json, key: None });
        }

        Ok(rows)
    }
}

fn insert(transaction: &Transaction<'_>, rows: &[Row]) -> Result<(), Failed> {
    let mut message = transaction.prepare_cached("INSERT INTO messages (seq, at, event, json) VALUES (?, ?, ?, ?)")?;
    let mut key =
        transaction.prepare_cached("INSERT OR REPLACE INTO keys (key, seq, at, digest) VALUES (?, ?, ?, ?)")?;
    for row in rows {
        message.execute(params![row.seq, row.at, row.event.as_deref(), row.json])?;
        if let Some((known, digest)) = &row.key {
            key.execute(params![known.as_str(), row.seq, row.at, digest])?;
        }
    }

    Ok(())
}

/// When a key was published that is just still known, in Unix milliseconds.
fn oldest_known() -> u64 {
    unix_millis().saturating_sub(KNOWN_FOR.as_millis().try_into().unwrap_or(u64::MAX))
}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::new("another process has it open"),
            Some(ErrorCode::NotADatabase) => Self::new("it is no database"),
            Some(ErrorCode::DatabaseCorrupt) => Self::new("it is damaged"),
            Some(ErrorCode::DiskFull) => Self::new("the disk is full"),
            _ => Self::new(error),
        }
    }
}
