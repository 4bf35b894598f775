use std::num::NonZeroUsize;

use actix_web::{test::TestRequest, web::Bytes};
use serde_json::json;

use super::*;
use crate::{Reader, Readers, Source, batch::BATCH_MESSAGES};

fn feed(history: usize) -> Feed {
    Feed::new(NonZeroUsize::new(history).unwrap())
}

async fn publish(feed: &Feed, text: &str) -> Cursor {
    feed.publish(entry(text)).await.unwrap().id
}

fn entry(text: &str) -> Entry {
    Entry::new(&json!({ "text": text })).unwrap()
}

async fn publish_many(feed: &Feed, count: usize) {
    for _ in 0..count {
        publish(feed, "x").await;
    }
}

fn seqs(batch: &Batch) -> Vec<u64> {
    batch.messages.iter().map(|message| message.id.seq).collect()
}

async fn reader(feed: &Feed, start: Start) -> Reader {
    reader_of(feed, start, &Readers::new(100)).await
}

async fn reader_of(feed: &Feed, start: Start, readers: &Readers) -> Reader {
    let request = TestRequest::default().to_http_request();

    Source::new(feed.clone(), readers.clone()).follow(&request, start).await.unwrap()
}

async fn next(reader: &mut Reader) -> Option<Batch> {
    reader.next().await.unwrap()
}

/// A reader that has told its place.
async fn placed(feed: &Feed, start: Start) -> Reader {
    let mut reader = reader(feed, start).await;
    let place = next(&mut reader).await.unwrap();
    assert!(place.messages.is_empty(), "{place:?}");

    reader
}

async fn since(feed: &Feed, start: Start) -> Batch {
    feed.since(start).await.unwrap()
}

async fn newest(feed: &Feed) -> Cursor {
    feed.status().await.unwrap().newest
}

#[tokio::test]
async fn ids_count_up_from_1_and_skip_none() {
    let feed = feed(10);

    publish_many(&feed, 3).await;

    assert_eq!(seqs(&since(&feed, Start::Oldest).await), [1, 2, 3]);
    assert_eq!(newest(&feed).await.seq, 3);
    assert_eq!(feed.before_newest().await.unwrap().seq, 2);
}

#[tokio::test]
async fn a_full_history_says_how_long_it_lasts() {
    let feed = feed(10);
    let publish = |at| feed.inner.held.publish(|place| entry("x").placed(place, at)).unwrap().at;
    let lasts = async || feed.status().await.unwrap().lasts;

    assert_eq!(lasts().await, None);
    for second in 1..=9 {
        publish(1_000 * second);
        assert_eq!(lasts().await, None, "who began at the first has lost none yet");
    }
    publish(11_000);
    assert_eq!(lasts().await, Some(Duration::from_secs(10)));
    publish(0);
    assert_eq!(lasts().await, None, "the clock was set back");
    publish(u64::MAX);
    assert!(lasts().await > Some(Duration::from_secs(1_000)));
}

#[tokio::test]
async fn a_reader_joins_with_the_newest_message() {
    let feed = feed(10);
    publish_many(&feed, 3).await;

    let batch = since(&feed, Start::Newest).await;

    assert_eq!((batch.gap, batch.more, seqs(&batch)), (false, false, vec![3]));
}

#[tokio::test]
async fn a_reader_that_was_cut_resumes_where_it_was() {
    let feed = feed(10);
    let seen = publish(&feed, "seen").await;
    publish_many(&feed, 2).await;

    let batch = since(&feed, Start::After(seen)).await;

    assert_eq!((batch.gap, batch.next.seq, seqs(&batch)), (false, 3, vec![2, 3]));
    assert!(since(&feed, Start::After(batch.next)).await.is_empty());
}

#[tokio::test]
async fn a_reader_that_was_cut_before_the_first_message_misses_none() {
    let feed = feed(10);
    let start = since(&feed, Start::Newest).await.next;
    publish_many(&feed, 2).await;

    let batch = since(&feed, Start::After(start)).await;

    assert_eq!((start.seq, batch.gap, seqs(&batch)), (0, false, vec![1, 2]));
}

#[tokio::test]
async fn a_reader_that_fell_behind_the_ring_is_told() {
    let feed = feed(2);
    let seen = publish(&feed, "seen").await;
    publish_many(&feed, 2).await;
    assert_eq!(seqs(&since(&feed, Start::After(seen)).await), [2, 3], "still whole");
    publish_many(&feed, 1).await;

    let batch = since(&feed, Start::After(seen)).await;

    assert_eq!((batch.gap, seqs(&batch)), (true, vec![3, 4]));
}

#[tokio::test]
async fn a_cursor_of_another_epoch_or_of_the_future_gets_everything_and_a_gap() {
    let feed = feed(10);
    publish_many(&feed, 2).await;
    let here = newest(&feed).await;

    for wrong in [Cursor { epoch: !here.epoch, seq: 1 }, Cursor { seq: 3, ..here }] {
        let batch = since(&feed, Start::After(wrong)).await;
        assert_eq!((batch.gap, seqs(&batch)), (true, vec![1, 2]), "{wrong}");
    }
    assert!(since(&feed, Start::Lost).await.gap);
}

#[tokio::test]
async fn a_gap_is_told_even_if_nothing_is_held() {
    let feed = feed(10);

    let batch = next(&mut reader(&feed, Start::Lost).await).await.unwrap();

    assert_eq!((batch.gap, batch.next.seq, batch.messages.len()), (true, 0, 0));
}

#[tokio::test]
async fn a_batch_is_bounded_in_messages_and_bytes_and_says_that_there_is_more() {
    let feed = feed(1_000);
    publish_many(&feed, BATCH_MESSAGES + 1).await;

    let batch = since(&feed, Start::Oldest).await;
    assert_eq!((batch.messages.len(), batch.more), (BATCH_MESSAGES, true));
    let rest = since(&feed, Start::After(batch.next)).await;
    assert_eq!((rest.messages.len(), rest.more), (1, false));

    for _ in 0..20 {
        publish(&feed, &"y".repeat(4_096)).await;
    }
    let batch = since(&feed, Start::After(rest.next)).await;
    assert_eq!((batch.messages.len(), batch.more), (8, true), "8 of 4 KiB make 32");
}

#[tokio::test]
async fn a_reader_starts_where_it_was_made_and_not_where_it_first_waits() {
    let feed = feed(10);
    publish_many(&feed, 2).await;
    let ahead = Cursor { seq: 3, ..newest(&feed).await };
    let mut newest = reader(&feed, Start::Newest).await;
    let mut ahead = reader(&feed, Start::After(ahead)).await;

    publish_many(&feed, 2).await;

    assert_eq!(next(&mut newest).await.unwrap().next.seq, 1);
    assert_eq!(seqs(&next(&mut newest).await.unwrap()), [2, 3, 4]);
    assert!(next(&mut ahead).await.unwrap().gap);
}

#[tokio::test]
async fn a_reader_tells_its_place_and_once_more_when_it_is_up_to_date() {
    let feed = feed(300);
    publish_many(&feed, 300).await;
    let mut reader = reader(&feed, Start::Oldest).await;
    let mut told = Vec::new();

    for count in 0..4 {
        let batch = next(&mut reader).await.unwrap();
        told.push((batch.gap, batch.more, batch.next.seq, batch.messages.len()));
        assert_eq!(reader.place(), batch.next);
        if count == 1 {
            publish_many(&feed, 1).await; // it was not pending: it does not put the end off
        }
    }

    let expected = [(false, true, 0, 0), (false, true, 256, 256), (false, false, 301, 45), (false, false, 301, 0)];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_reader_that_fell_behind_tells_gap_and_place_in_one_piece() {
    let feed = feed(2);
    let mut reader = placed(&feed, Start::Newest).await;
    publish_many(&feed, 4).await;

    let place = next(&mut reader).await.unwrap();
    let messages = next(&mut reader).await.unwrap();
    let up_to_date = next(&mut reader).await.unwrap();

    assert_eq!((place.gap, place.more, place.next.seq, place.messages.len()), (true, true, 2, 0));
    assert_eq!((messages.gap, seqs(&messages)), (false, vec![3, 4]));
    assert_eq!((up_to_date.gap, up_to_date.more, up_to_date.next.seq), (false, false, 4));
}

#[tokio::test]
async fn an_entry_with_a_key_is_published_once_also_where_it_comes_twice_at_once() {
    let feed = feed(2);
    let keyed = |text, key: &str| entry(text).with_key(Some(key.parse().unwrap()));
    let key = "0123456789abcdef";

    let all = (0..8).map(|_| feed.publish(keyed("one", key)));
    let answers = futures_util::future::join_all(all).await;

    let first = answers[0].as_ref().unwrap();
    for answer in &answers {
        let answer = answer.as_ref().unwrap();
        assert_eq!((answer.id, &answer.json), (first.id, &first.json));
    }
    assert_eq!(feed.publish(keyed("two", key)).await.unwrap_err(), NotPublished::KeyReused);
    assert_eq!(newest(&feed).await.seq, 1);
    assert_eq!(feed.publish(keyed("one", "fedcba9876543210")).await.unwrap().id.seq, 2, "another key");
    publish_many(&feed, 3).await;
    assert_eq!(feed.publish(keyed("one", key)).await.unwrap().json, first.json, "also where it is held no more");
    assert_eq!(newest(&feed).await.seq, 5);
}

#[tokio::test]
async fn a_waiting_reader_is_woken() {
    let feed = feed(10);
    let mut reader = placed(&feed, Start::Newest).await;
    let mut waiting = std::pin::pin!(next(&mut reader));
    assert!(futures_util::poll!(waiting.as_mut()).is_pending());

    publish_many(&feed, 1).await;

    assert_eq!(seqs(&waiting.await.unwrap()), [1]);
}

#[tokio::test]
async fn the_first_wake_up_is_at_once_and_the_next_keep_the_pace() {
    let feed = feed(10);
    let mut reader = placed(&feed, Start::Oldest).await;
    publish_many(&feed, 1).await;
    assert!(futures_util::poll!(std::pin::pin!(next(&mut reader))).is_ready());
    let mut waiting = std::pin::pin!(next(&mut reader));
    assert!(futures_util::poll!(waiting.as_mut()).is_pending());

    publish_many(&feed, 3).await;

    assert_eq!(seqs(&waiting.await.unwrap()), [2, 3, 4], "one wake-up for three");
}

#[tokio::test(start_paused = true)]
async fn who_is_woken_reads_to_the_mark_and_shares_it_and_who_is_new_reads_to_the_newest() {
    fn count(batch: &Batch) -> Bytes {
        batch.messages.len().to_string().into()
    }
    let feed = feed(10);
    let mut woken = [placed(&feed, Start::Newest).await, placed(&feed, Start::Newest).await];
    let all = woken.each_mut().map(|reader| reader.next());
    let all = futures_util::future::join_all(all);
    let mut new = reader(&feed, Start::Newest).await;

    let publish = async {
        publish_many(&feed, 2).await;
        tokio::task::yield_now().await; // the round has begun, and moved the mark
        publish_many(&feed, 1).await;
    };
    let (batches, ()) = tokio::join!(all, publish);
    let batches: Vec<_> = batches.into_iter().map(|batch| batch.unwrap().unwrap()).collect();

    assert_eq!(seqs(&batches[0]), [1, 2]);
    assert_eq!(batches[0].encoded(count).as_ptr(), batches[1].encoded(count).as_ptr(), "the same bytes");
    assert!(next(&mut new).await.unwrap().more);
    assert_eq!(seqs(&next(&mut new).await.unwrap()), [1, 2, 3]);
    assert_eq!(seqs(&next(&mut woken[0]).await.unwrap()), [3], "in the next round");
    assert_eq!(seqs(&next(&mut woken[1]).await.unwrap()), [3]);
}

#[tokio::test]
async fn polls_after_the_same_place_share_what_is_encoded_until_there_is_more() {
    fn count(batch: &Batch) -> Bytes {
        batch.messages.len().to_string().into()
    }
    let feed = feed(10);
    publish_many(&feed, 3).await;
    let after = Start::After(Cursor { seq: 1, ..newest(&feed).await });

    let (one, two) = (since(&feed, after).await, since(&feed, after).await);
    assert_eq!(one.encoded(count).as_ptr(), two.encoded(count).as_ptr());
    publish_many(&feed, 1).await;
    let three = since(&feed, after).await;
    assert_eq!((seqs(&three), &*three.encoded(count)), (vec![2, 3, 4], &b"3"[..]));

    let lost = Start::After(Cursor { epoch: !three.next.epoch, seq: 1 });
    for _ in 0..2 {
        assert!(since(&feed, lost).await.gap, "told to each");
    }
}

#[test]
fn a_wake_up_outlives_the_runtime_that_planned_it() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let (feed, publisher) = (feed(10), runtime());
    publisher.block_on(publish_many(&feed, 2));
    let mut reader = publisher.block_on(async { placed(&feed, Start::After(newest(&feed).await)).await });

    publisher.block_on(publish_many(&feed, 1));
    drop(publisher);

    assert_eq!(seqs(&runtime().block_on(next(&mut reader)).unwrap()), [3]);
}

#[tokio::test]
async fn one_server_stops_and_the_readers_of_the_other_go_on() {
    let feed = feed(10);
    let one = Readers::new(1);
    let mut stopped = reader_of(&feed, Start::Newest, &one).await;
    let mut going = placed(&feed, Start::Newest).await;

    one.stop();
    publish_many(&feed, 1).await;

    assert!(next(&mut stopped).await.is_none());
    assert_eq!(seqs(&next(&mut going).await.unwrap()), [1]);
}

#[tokio::test]
async fn a_closed_feed_takes_nothing_and_is_read_to_its_end() {
    let feed = feed(10);
    publish_many(&feed, 1).await;
    let mut reader = placed(&feed, Start::Oldest).await;

    feed.close();

    assert_eq!(feed.publish(entry("late")).await.unwrap_err(), Unavailable.into());
    assert_eq!(seqs(&next(&mut reader).await.unwrap()), [1]);
    assert!(!next(&mut reader).await.unwrap().more, "it is up to date");
    assert!(next(&mut reader).await.is_none());
}

#[cfg(feature = "testing")]
#[tokio::test]
async fn a_reader_is_told_when_the_feed_cannot_be_read_and_loses_no_place() {
    let feed = feed(10);
    let mut reader = placed(&feed, Start::Newest).await;
    let mut waiting = std::pin::pin!(reader.next());
    assert!(futures_util::poll!(waiting.as_mut()).is_pending());

    feed.fail();

    assert_eq!(waiting.await.unwrap_err(), Unavailable);
    assert_eq!(feed.since(Start::Oldest).await.unwrap_err(), Unavailable);
    assert_eq!(feed.publish(entry("x")).await.unwrap_err(), Unavailable.into());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_thousand_messages_from_several_tasks_reach_every_reader_once_and_in_order() {
    const PUBLISHERS: usize = 4;
    const EACH: usize = 2_500;
    let feed = feed(PUBLISHERS * EACH);
    let start = Start::After(newest(&feed).await);
    let mut following = Vec::new();
    for _ in 0..64 {
        following.push(reader(&feed, start).await);
    }
    let read = following.into_iter().map(|reader| tokio::spawn(read_so_many(reader, PUBLISHERS * EACH)));
    let readers: Vec<_> = read.collect();

    let publishers: Vec<_> = (0..PUBLISHERS)
        .map(|_| {
            let feed = feed.clone();
            tokio::spawn(async move {
                for count in 0..EACH {
                    publish(&feed, "x").await;
                    if count % 7 == 0 {
                        tokio::task::yield_now().await; // lets readers in between, so that many wake-ups happen
                    }
                }
            })
        })
        .collect();
    for publisher in publishers {
        publisher.await.unwrap();
    }

    let all: Vec<u64> = (1..=(PUBLISHERS * EACH) as u64).collect();
    for reader in readers {
        let seen = tokio::time::timeout(Duration::from_secs(60), reader).await.unwrap().unwrap();
        assert!(seen == all, "lost, repeated or reordered");
    }
}

async fn read_so_many(mut reader: Reader, count: usize) -> Vec<u64> {
    let mut seen = Vec::new();
    while seen.len() < count {
        let batch = next(&mut reader).await.expect("nobody stops it");
        assert!(!batch.gap);
        seen.extend(seqs(&batch));
    }
    seen
}
