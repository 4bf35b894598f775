use std::{
    fs,
    num::NonZeroUsize,
    sync::{Mutex, MutexGuard, PoisonError, mpsc::channel},
    time::Duration,
};

use serde_json::json;
use tempfile::TempDir;

use super::{
    disk::{Extent, Failed, Published, Row},
    *,
};
use crate::{
    Feed, Key, Readers, Source, Start,
    batch::{BATCH_MESSAGES, Batch},
    keeper::Keeper,
    now::unix_millis,
};

const HISTORY: NonZeroUsize = NonZeroUsize::new(1_000).unwrap();
const SETTINGS: Settings = Settings { history: HISTORY, durable: false };
const DURABLE: Settings = Settings { durable: true, ..SETTINGS };

fn entry(text: &str) -> Entry {
    Entry::new(&json!({ "text": text })).unwrap()
}

fn keyed(text: &str, key: &str) -> Entry {
    entry(text).with_key(Some(key.parse::<Key>().unwrap()))
}

async fn publish(feed: &Feed, count: usize) -> Cursor {
    let mut newest = feed.status().await.unwrap().newest;
    for number in 0..count {
        newest = feed.publish(entry(&number.to_string())).await.unwrap().id;
    }

    newest
}

async fn newest(feed: &Feed) -> Cursor {
    feed.status().await.unwrap().newest
}

fn seqs(batch: &Batch) -> Vec<u64> {
    batch.messages.iter().map(|message| message.id.seq).collect()
}

/// All that comes after a place, batch by batch.
async fn all(feed: &Feed, start: Start) -> (bool, Vec<Arc<Message>>) {
    let mut batch = feed.since(start).await.unwrap();
    let gap = batch.gap;
    let mut messages = batch.messages.to_vec();

    while batch.more {
        batch = feed.since(Start::After(batch.next)).await.unwrap();
        assert!(!batch.gap);
        messages.extend(batch.messages.iter().cloned());
    }

    (gap, messages)
}

/// What is not synced is gone when the power is cut.
#[derive(Clone, Default)]
struct Forgetful(Arc<Mutex<Platters>>);

#[derive(Default)]
struct Platters {
    /// The next that is written ends the thread that writes.
    panics: bool,
    now: Image,
    synced: Image,
    durable: bool,
    is_full: bool,
    /// What readers see, so that they can be caught with what is not synced.
    held: Option<Arc<Held>>,
    /// How often it was synced.
    syncs: usize,
}

#[derive(Clone, Default)]
struct Image {
    life: Option<Life>,
    rows: Vec<Row>,
}

impl Forgetful {
    fn lock(&self) -> MutexGuard<'_, Platters> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A feed on it, in this boot.
    fn feed(&self, settings: Settings) -> Feed {
        self.lock().durable = settings.durable;
        let (held, store) = Store::on(self.clone(), settings).unwrap();
        self.lock().held = Some(Arc::clone(&held));

        Feed::of(held, settings.history, Keeper::Stored(store))
    }

    fn cut_the_power(&self) {
        let mut platters = self.lock();
        platters.now = platters.synced.clone();
        platters.now.life.as_mut().unwrap().boot = Some("another".to_owned()); // the next boot will not be that of this life
    }
}

impl Platters {
    fn sync(&mut self) {
        self.synced = self.now.clone();
        self.syncs += 1;
    }
}

impl Disk for Forgetful {
    fn life(&mut self) -> Result<Option<Life>, Failed> {
        Ok(self.lock().now.life.clone())
    }

    fn live(&mut self, life: &Life) -> Result<(), Failed> {
        let mut platters = self.lock();
        platters.now.life = Some(life.clone());
        platters.sync();

        Ok(())
    }

    fn extent(&mut self) -> Result<Extent, Failed> {
        let platters = self.lock();
        let rows = &platters.now.rows;

        Ok(rows
            .first()
            .zip(rows.last())
            .map_or(Extent::default(), |(first, last)| Extent { oldest: first.seq - 1, newest: last.seq }))
    }

    fn published(&mut self, key: &Key) -> Result<Option<Published>, Failed> {
        let platters = self.lock();
        let found = platters.now.rows.iter().find_map(|row| {
            let (known, digest) = row.key.as_ref()?;
            (known == key).then_some(Published { seq: row.seq, at: row.at, digest: *digest })
        });

        Ok(found)
    }

    fn append(&mut self, rows: &[Row], forgotten: u64) -> Result<(), Failed> {
        let mut platters = self.lock();
        assert!(!platters.panics, "it panics");
        if platters.is_full {
            return Err(Failed::new("the disk is full"));
        }
        let seen = platters.held.as_ref().map_or(0, |held| held.extent().unwrap().0.seq);
        assert!(rows.iter().all(|row| row.seq > seen), "readers got what is not kept");
        platters.now.rows.extend_from_slice(rows);
        platters.now.rows.retain(|row| row.seq > forgotten);
        if platters.durable {
            platters.sync();
        }

        Ok(())
    }

    fn after(&mut self, place: u64, most: usize, _bytes: usize) -> Result<Vec<Row>, Failed> {
        Ok(self.lock().now.rows.iter().filter(|row| row.seq > place).take(most).cloned().collect())
    }
}

fn file(folder: &TempDir) -> std::path::PathBuf {
    folder.path().join("feed.db")
}

#[tokio::test]
async fn a_restart_is_no_gap_and_ids_and_keys_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let feed = Feed::stored(&file(&folder), SETTINGS).unwrap();
    let seen = publish(&feed, 3).await;
    let named = Entry::new(&json!({ "text": "Hello 😀\0" })).unwrap().with_event("greeting").unwrap();
    let greeting = feed.publish(named).await.unwrap();
    let once = feed.publish(keyed("once", "0123456789abcdef")).await.unwrap();
    feed.end().await;

    let feed = Feed::stored(&file(&folder), SETTINGS).unwrap();

    assert_eq!(newest(&feed).await, once.id);
    let batch = feed.since(Start::After(seen)).await.unwrap();
    assert_eq!((batch.gap, seqs(&batch)), (false, vec![4, 5]));
    assert_eq!((&batch.messages[0].json, &batch.messages[0].event), (&greeting.json, &greeting.event));
    let again = feed.publish(keyed("once", "0123456789abcdef")).await.unwrap();
    assert_eq!((again.id, &again.json), (once.id, &once.json));
    let other = feed.publish(keyed("other", "0123456789abcdef")).await.unwrap_err();
    assert_eq!(other, NotPublished::KeyReused);
    assert_eq!(publish(&feed, 1).await, Cursor { seq: 6, ..once.id });
    feed.end().await;
}

#[tokio::test]
async fn the_first_message_of_a_new_file_is_1() {
    let folder = tempfile::tempdir().unwrap();
    let feed = Feed::stored(&file(&folder), DURABLE).unwrap();

    assert_eq!((newest(&feed).await.seq, feed.status().await.unwrap().held), (0, 0));
    assert_eq!(publish(&feed, 1).await.seq, 1);
    feed.end().await;
}

#[tokio::test]
async fn a_process_that_ended_by_itself_lost_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let feed = Feed::stored(&file(&folder), SETTINGS).unwrap();
    let seen = publish(&feed, 5).await;
    let copy = tempfile::tempdir().unwrap();
    for name in ["feed.db", "feed.db-wal"] {
        fs::copy(folder.path().join(name), copy.path().join(name)).unwrap(); // as kill -9 leaves them
    }

    let again = Feed::stored(&file(&copy), SETTINGS).unwrap();

    assert_eq!(newest(&again).await, seen, "the same boot: nothing can be lost");
    again.end().await;
    feed.end().await;
}

#[tokio::test]
async fn who_is_far_behind_reads_from_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { history: NonZeroUsize::new(3 * MOST_HELD).unwrap(), ..SETTINGS };
    let feed = Feed::stored(&file(&folder), settings).unwrap();
    let start = newest(&feed).await;
    let count = MOST_HELD + 2 * BATCH_MESSAGES;
    let publishers = (0..8).map(|_| publish(&feed, count / 8));
    futures_util::future::join_all(publishers).await;

    let (gap, messages) = all(&feed, Start::After(start)).await;

    assert!(!gap);
    assert!(messages.iter().map(|message| message.id.seq).eq(1..=count as u64));
    assert_eq!(feed.status().await.unwrap().held, count);
    let batch = feed.since(Start::Oldest).await.unwrap();
    assert_eq!((batch.gap, batch.more, batch.messages.len()), (false, true, BATCH_MESSAGES));
    assert_eq!(batch.messages[0].json, messages[0].json);
    feed.end().await;
}

#[tokio::test]
async fn what_is_older_than_the_history_is_a_gap_also_after_a_restart_with_a_shorter_one() {
    let folder = tempfile::tempdir().unwrap();
    let settings = |history| Settings { history: NonZeroUsize::new(history).unwrap(), ..SETTINGS };
    let feed = Feed::stored(&file(&folder), settings(10)).unwrap();
    let first = publish(&feed, 1).await;
    publish(&feed, 11).await;
    let batch = feed.since(Start::After(first)).await.unwrap();
    assert_eq!((batch.gap, seqs(&batch)), (true, (3..=12).collect()));
    feed.end().await;

    let feed = Feed::stored(&file(&folder), settings(4)).unwrap();
    publish(&feed, 1).await;
    let batch = feed.since(Start::After(first)).await.unwrap();
    assert_eq!((batch.gap, seqs(&batch)), (true, (10..=13).collect()));
    assert_eq!(feed.status().await.unwrap().held, 4);
    feed.end().await;
}

#[tokio::test]
async fn with_durable_a_power_cut_loses_nothing_and_is_no_gap() {
    let disk = Forgetful::default();
    let feed = disk.feed(DURABLE);
    let seen = publish(&feed, 20).await;
    disk.cut_the_power();

    let feed = disk.feed(DURABLE);

    assert_eq!(newest(&feed).await, seen);
    assert!(!feed.since(Start::After(seen)).await.unwrap().gap);
}

#[tokio::test]
async fn without_durable_no_id_that_was_seen_is_given_again_after_a_power_cut() {
    let disk = Forgetful::default();
    let feed = disk.feed(SETTINGS);
    let seen = publish(&feed, 20).await;
    disk.cut_the_power();

    let feed = disk.feed(SETTINGS);

    assert_ne!(newest(&feed).await.epoch, seen.epoch);
    assert!(feed.since(Start::After(seen)).await.unwrap().gap, "it is told");
}

#[tokio::test]
async fn without_durable_what_was_closed_well_goes_on_after_a_boot() {
    let disk = Forgetful::default();
    let feed = disk.feed(SETTINGS);
    let seen = publish(&feed, 20).await;
    feed.end().await;
    disk.cut_the_power();

    assert_eq!(newest(&disk.feed(SETTINGS)).await, seen);
}

#[tokio::test]
async fn an_unclean_end_stands_on_the_disk_from_the_start() {
    let disk = Forgetful::default();
    let feed = disk.feed(SETTINGS);
    publish(&feed, 1).await;
    feed.end().await;
    let feed = disk.feed(SETTINGS);

    assert!(!disk.lock().synced.life.as_ref().unwrap().clean, "a power cut now is no clean end");
    drop(feed);
}

#[tokio::test]
#[expect(clippy::await_holding_lock, reason = "the disk is slow until all have asked")]
async fn many_publishers_share_a_sync() {
    let disk = Forgetful::default();
    let feed = disk.feed(DURABLE);
    let before = disk.lock().syncs;
    let guard = disk.lock();
    let publishers: Vec<_> = (0..100)
        .map(|number| {
            let feed = feed.clone();
            tokio::spawn(async move { feed.publish(entry(&number.to_string())).await.unwrap().id.seq })
        })
        .collect();
    for _ in 0..100 {
        tokio::task::yield_now().await; // all have asked
    }
    drop(guard);

    let mut ids = Vec::new();
    for publisher in publishers {
        ids.push(publisher.await.unwrap());
    }
    ids.sort_unstable();
    assert!(ids.into_iter().eq(1..=100));
    assert!(disk.lock().syncs - before <= 3, "{} syncs", disk.lock().syncs - before);
}

#[tokio::test]
async fn a_full_disk_refuses_and_then_takes_again_and_no_id_is_skipped() {
    let disk = Forgetful::default();
    let feed = disk.feed(DURABLE);
    let seen = publish(&feed, 1).await;
    disk.lock().is_full = true;
    assert_eq!(feed.publish(entry("lost")).await.unwrap_err(), NotPublished::Unavailable(Unavailable));
    assert!(feed.since(Start::After(seen)).await.unwrap().is_empty(), "reads go on, and nobody sees it");
    disk.lock().is_full = false;

    assert_eq!(publish(&feed, 1).await.seq, 2);
}

#[tokio::test]
#[expect(clippy::await_holding_lock, reason = "the disk is slow until both have asked")]
async fn one_key_comes_twice_in_one_go_and_is_one_message() {
    let disk = Forgetful::default();
    let feed = disk.feed(SETTINGS);
    let guard = disk.lock();
    let two = [0; 2].map(|_| {
        let feed = feed.clone();
        tokio::spawn(async move { feed.publish(keyed("once", "0123456789abcdef")).await.unwrap().id })
    });
    tokio::task::yield_now().await;
    drop(guard);
    let [one, other] = two;

    assert_eq!(one.await.unwrap(), other.await.unwrap());
    assert_eq!(newest(&feed).await.seq, 1);
}

#[tokio::test]
async fn a_file_that_cannot_be_a_store_is_told_in_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let open = |file: &Path| Feed::stored(file, SETTINGS).map(|_| ()).unwrap_err().to_string();
    let file = file(&folder);
    let feed = Feed::stored(&file, SETTINGS).unwrap();
    assert!(open(&file).ends_with("as a store: another process has it open"), "{}", open(&file));
    publish(&feed, 50).await;
    feed.end().await;

    let text = folder.path().join("text");
    fs::write(&text, "no database, but some text ".repeat(100)).unwrap();
    assert!(open(&text).ends_with("it is no database"), "{}", open(&text));
    assert!(open(folder.path()).contains("unable to open"), "{}", open(folder.path()));
    assert!(open(&folder.path().join("no/folder")).contains("unable to open"));

    let connection = rusqlite::Connection::open(folder.path().join("other")).unwrap();
    connection.execute_batch("CREATE TABLE anything (number)").unwrap();
    drop(connection);
    assert!(open(&folder.path().join("other")).ends_with("it is the database of another program"));

    let connection = rusqlite::Connection::open(&file).unwrap();
    connection.pragma_update(None, "user_version", 7).unwrap();
    drop(connection);
    assert!(open(&file).ends_with("it is of version 7, and this program knows version 1"), "{}", open(&file));
}

#[tokio::test]
async fn a_file_that_is_cut_in_half_is_told_or_read_and_never_has_a_hole() {
    let folder = tempfile::tempdir().unwrap();
    let whole = file(&folder);
    let feed = Feed::stored(&whole, SETTINGS).unwrap();
    publish(&feed, 500).await;
    feed.end().await;
    let bytes = fs::read(&whole).unwrap();
    for part in 1..8 {
        let half = folder.path().join(format!("half{part}"));
        fs::write(&half, &bytes[..bytes.len() * part / 8]).unwrap();
        match Feed::stored(&half, SETTINGS) {
            Err(error) => assert!(error.to_string().contains("as a store: "), "{error}"),
            Ok(feed) => {
                let mut place = Start::Oldest;
                while let Ok(batch) = feed.since(place).await
                    && let Some(first) = batch.messages.first()
                {
                    assert!(seqs(&batch).into_iter().eq(first.id.seq..=batch.next.seq));
                    place = Start::After(batch.next);
                }
                feed.end().await;
            }
        }
    }
}

#[tokio::test]
async fn a_history_that_was_made_longer_begins_where_it_did() {
    let folder = tempfile::tempdir().unwrap();
    let settings = |history| Settings { history: NonZeroUsize::new(history).unwrap(), ..SETTINGS };
    let feed = Feed::stored(&file(&folder), settings(10)).unwrap();
    let first = publish(&feed, 1).await;
    publish(&feed, 20).await;
    feed.end().await;

    let feed = Feed::stored(&file(&folder), settings(1_000)).unwrap();
    publish(&feed, 1).await;

    let batch = feed.since(Start::After(first)).await.unwrap();
    assert_eq!((batch.gap, seqs(&batch)), (true, (12..=22).collect()));
    assert_eq!(feed.status().await.unwrap().held, 11);
    feed.end().await;
}

#[tokio::test]
async fn a_history_that_was_made_much_shorter_is_cut_in_steps() {
    let folder = tempfile::tempdir().unwrap();
    let settings = |history| Settings { history: NonZeroUsize::new(history).unwrap(), ..SETTINGS };
    let feed = Feed::stored(&file(&folder), settings(5_000)).unwrap();
    futures_util::future::join_all((0..50).map(|_| publish(&feed, 100))).await;
    feed.end().await;

    let feed = Feed::stored(&file(&folder), settings(10)).unwrap();
    assert_eq!(feed.status().await.unwrap().held, 10, "at once");
    publish(&feed, 1).await;
    feed.end().await;

    let mut disk = Sqlite::open(&file(&folder), false).unwrap();
    assert_eq!(disk.extent().unwrap(), Extent { oldest: 1_001, newest: 5_001 });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_begins_at_the_oldest_of_a_full_history_is_not_overtaken() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { history: NonZeroUsize::new(MOST_HELD + 500).unwrap(), ..SETTINGS };
    let feed = Feed::stored(&file(&folder), settings).unwrap();
    futures_util::future::join_all((0..60).map(|_| publish(&feed, 200))).await;
    let publishers: Vec<_> = (0..20)
        .map(|_| {
            let feed = feed.clone();
            tokio::spawn(async move { while feed.publish(entry("x")).await.is_ok() {} })
        })
        .collect();

    let request = actix_web::test::TestRequest::default().to_http_request();
    let source = Source::new(feed.clone(), Readers::new(100));
    for _ in 0..20 {
        let mut reader = source.follow(&request, Start::Lost).await.unwrap();
        let mut gaps = 0;
        let mut place = None;
        for _ in 0..5 {
            let batch = reader.next().await.unwrap().unwrap();
            gaps += usize::from(batch.gap);
            let first = batch.messages.first().map(|message| message.id.seq);
            assert!(first.is_none_or(|first| place.is_none_or(|place: u64| first == place + 1)), "a hole");
            place = Some(batch.next.seq);
        }
        assert_eq!(gaps, 1);
    }

    feed.end().await;
    for publisher in publishers {
        publisher.await.unwrap();
    }
}

#[tokio::test]
async fn a_message_that_is_missing_is_told_and_not_read_over() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    let settings = Settings { history: NonZeroUsize::new(3 * MOST_HELD).unwrap(), ..SETTINGS };
    let feed = Feed::stored(&file, settings).unwrap();
    let start = newest(&feed).await;
    futures_util::future::join_all((0..60).map(|_| publish(&feed, 200))).await;
    feed.end().await;
    let delete = |seq: u64| {
        let connection = rusqlite::Connection::open(&file).unwrap();
        connection.execute("DELETE FROM messages WHERE seq = ?", [seq]).unwrap();
    };

    delete(10);
    let feed = Feed::stored(&file, settings).unwrap();
    for place in [0, 5, 9] {
        let read = feed.since(Start::After(Cursor { seq: place, ..start })).await;
        assert_eq!(read.unwrap_err(), Unavailable, "after {place}");
    }
    assert!(!feed.since(Start::After(Cursor { seq: 10, ..start })).await.unwrap().gap);
    feed.end().await;

    delete(11_900);
    let error = Feed::stored(&file, settings).map(|_| ()).unwrap_err().to_string();
    assert!(error.ends_with("as a store: a message is missing in it"), "{error}");
}

#[tokio::test]
async fn a_store_that_panics_is_told() {
    let disk = Forgetful::default();
    let feed = disk.feed(SETTINGS);
    let request = actix_web::test::TestRequest::default().to_http_request();
    let mut reader = Source::new(feed.clone(), Readers::new(1)).follow(&request, Start::Newest).await.unwrap();
    reader.next().await.unwrap();
    disk.lock().panics = true;

    assert_eq!(feed.publish(entry("x")).await.unwrap_err(), NotPublished::Unavailable(Unavailable));
    assert_eq!(reader.next().await.unwrap_err(), Unavailable);
    assert_eq!(feed.status().await.unwrap_err(), Unavailable);
    feed.end().await;
}

#[tokio::test]
async fn a_status_says_whether_messages_are_taken() {
    let disk = Forgetful::default();
    let feed = disk.feed(SETTINGS);
    let takes = async || feed.status().await.unwrap().reachable;
    assert_eq!(takes().await, Some(true));
    disk.lock().is_full = true;
    feed.publish(entry("x")).await.unwrap_err();
    assert_eq!(takes().await, Some(false));
    disk.lock().is_full = false;
    publish(&feed, 1).await;

    assert_eq!(takes().await, Some(true));
}

#[tokio::test]
#[expect(clippy::await_holding_lock, reason = "the disk is slow until both have asked")]
async fn a_key_of_what_was_not_kept_is_free() {
    let disk = Forgetful::default();
    let feed = disk.feed(SETTINGS);
    let mut guard = disk.lock();
    guard.is_full = true;
    let two = ["one", "other"].map(|text| {
        let feed = feed.clone();
        tokio::spawn(async move { feed.publish(keyed(text, "0123456789abcdef")).await.unwrap_err() })
    });
    tokio::task::yield_now().await;
    drop(guard);
    for publication in two {
        assert_eq!(publication.await.unwrap(), NotPublished::Unavailable(Unavailable));
    }
    disk.lock().is_full = false;

    assert!(feed.publish(keyed("other", "0123456789abcdef")).await.is_ok());
}

#[test]
fn an_epoch_goes_on_wherever_no_id_can_come_twice() {
    let life = |clean, durable, boot: Option<&str>| Life { epoch: 7, clean, durable, boot: boot.map(str::to_owned) };
    for (before, boot, goes_on) in [
        (life(true, false, Some("a")), Some("b"), true),
        (life(true, false, None), None, true),
        (life(false, true, Some("a")), Some("b"), true),
        (life(false, true, None), None, true),
        (life(false, false, Some("a")), Some("a"), true),
        (life(false, false, Some("a")), Some("b"), false),
        (life(false, false, Some("a")), None, false),
        (life(false, false, None), Some("b"), false),
        (life(false, false, None), None, false),
    ] {
        let mut disk = Forgetful::default();
        disk.lock().now.life = Some(before.clone());

        let now = Life::begin_in(boot.map(str::to_owned), &mut disk, false).unwrap();

        assert_eq!(now.epoch == 7, goes_on, "{before:?} in {boot:?}");
        assert_eq!((now.clean, now.durable), (false, false));
        assert_eq!(disk.lock().synced.life.as_ref(), Some(&now));
    }
}

fn row(seq: u64, at: u64) -> Row {
    let key = format!("a-key-of-{seq:010}").parse().unwrap();

    Row { seq, at, event: None, json: "{}".to_owned(), key: Some((key, [0; 32])) }
}

#[test]
fn a_key_is_known_for_ten_minutes_and_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut disk = Sqlite::open(&file(&folder), false).unwrap();
    let now = unix_millis();
    let old = now - 11 * 60 * 1_000;
    disk.append(&(1..=100).map(|seq| row(seq, old)).collect::<Vec<_>>(), 0).unwrap();
    assert_eq!(disk.published(&row(1, old).key.unwrap().0).unwrap(), None);

    let again: Vec<Row> = (1..=100).map(|seq| Row { seq: seq + 100, ..row(seq, now) }).collect();
    disk.append(&again, 0).unwrap();

    let known = disk.published(&again[0].key.as_ref().unwrap().0).unwrap().unwrap();
    assert_eq!((known.seq, disk.keys), (101, 100));
}

#[tokio::test]
async fn a_disk_of_sqlite_that_is_full_refuses_and_takes_again() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Sqlite::open(&file(&folder), true).unwrap();
    disk.connection.pragma_update(None, "max_page_count", 16).unwrap();
    let (held, store) = Store::on(disk, DURABLE).unwrap();
    let feed = Feed::of(held, HISTORY, Keeper::Stored(store));
    let mut last = 0;
    let refused = loop {
        match feed.publish(entry(&"x".repeat(2_000))).await {
            Ok(message) => last = message.id.seq,
            Err(refused) => break refused,
        }
    };
    assert_eq!(refused, NotPublished::Unavailable(Unavailable));
    assert_eq!(newest(&feed).await.seq, last);
    feed.end().await;

    let feed = Feed::stored(&file(&folder), DURABLE).unwrap();
    assert_eq!(newest(&feed).await.seq, last, "nothing is lost, and nothing more is there");
    assert_eq!(publish(&feed, 1).await.seq, last + 1);
    feed.end().await;
}

#[tokio::test]
async fn a_name_is_a_file_whatever_it_looks_like() {
    let folder = tempfile::tempdir().unwrap();
    for name in [":memory:", "file:x?mode=memory"] {
        let file = folder.path().join(name);
        let feed = Feed::stored(&file, SETTINGS).unwrap();
        publish(&feed, 1).await;
        feed.end().await;

        assert!(file.exists(), "{name}");
    }
}

#[test]
fn a_feed_outlives_the_runtime_that_made_it() {
    let folder = tempfile::tempdir().unwrap();
    let feed = Feed::stored(&file(&folder), SETTINGS).unwrap();
    fn run(task: impl Future<Output = u64>) -> u64 {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(task)
    }

    assert_eq!(run(async { publish(&feed, 1).await.seq }), 1);
    let (done, ended) = channel();
    let again = feed.clone();
    std::thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async { again.end().await });
        done.send(()).ok();
    });
    ended.recv_timeout(Duration::from_secs(20)).unwrap();
    assert_eq!(run(async { u64::from(feed.publish(entry("late")).await.is_err()) }), 1);
}
