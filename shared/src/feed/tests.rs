use std::num::NonZeroUsize;

use super::*;

fn feed(history: usize) -> Feed {
    Feed::new(NonZeroUsize::new(history).unwrap())
}

async fn publish(feed: &Feed, text: &str) -> Cursor {
    let text = Text::try_from(text.to_owned()).unwrap();

    feed.publish(Kind::Message, text).await.unwrap().id
}

async fn publish_many(feed: &Feed, count: usize) {
    for _ in 0..count {
        publish(feed, "x").await;
    }
}

fn seqs(batch: &Batch) -> Vec<u64> {
    batch.messages.iter().map(|message| message.id.seq).collect()
}

/// Cancelled when it is dropped, so that no test leaves a reader behind.
fn stop() -> CancellationToken {
    CancellationToken::new()
}

#[tokio::test]
async fn ids_count_up_from_1_and_skip_none() {
    let feed = feed(10);

    publish_many(&feed, 3).await;

    assert_eq!(seqs(&feed.since(Start::Oldest)), [1, 2, 3]);
    assert_eq!(feed.status().newest.seq, 3);
    assert_eq!(feed.before_newest().seq, 2);
}

#[tokio::test]
async fn a_reader_joins_with_the_newest_message() {
    let feed = feed(10);
    publish_many(&feed, 3).await;

    let batch = feed.since(Start::Newest);

    assert_eq!((batch.gap, batch.more, seqs(&batch)), (false, false, vec![3]));
}

#[tokio::test]
async fn a_reader_that_was_cut_resumes_where_it_was() {
    let feed = feed(10);
    let seen = publish(&feed, "seen").await;
    publish_many(&feed, 2).await;

    let batch = feed.since(Start::After(seen));

    assert_eq!((batch.gap, batch.next.seq, seqs(&batch)), (false, 3, vec![2, 3]));
    assert!(feed.since(Start::After(batch.next)).is_empty());
}

#[tokio::test]
async fn a_reader_that_was_cut_before_the_first_message_misses_none() {
    let feed = feed(10);
    let start = feed.since(Start::Newest).next;
    publish_many(&feed, 2).await;

    let batch = feed.since(Start::After(start));

    assert_eq!((start.seq, batch.gap, seqs(&batch)), (0, false, vec![1, 2]));
}

#[tokio::test]
async fn a_reader_that_fell_behind_the_ring_is_told() {
    let feed = feed(2);
    let seen = publish(&feed, "seen").await;
    publish_many(&feed, 2).await;
    assert_eq!(seqs(&feed.since(Start::After(seen))), [2, 3], "still whole");
    publish_many(&feed, 1).await;

    let batch = feed.since(Start::After(seen));

    assert_eq!((batch.gap, seqs(&batch)), (true, vec![3, 4]));
}

#[tokio::test]
async fn a_cursor_of_another_epoch_or_of_the_future_gets_everything_and_a_gap() {
    let feed = feed(10);
    publish_many(&feed, 2).await;
    let here = feed.status().newest;

    for wrong in [Cursor { epoch: !here.epoch, seq: 1 }, Cursor { seq: 3, ..here }] {
        let batch = feed.since(Start::After(wrong));
        assert_eq!((batch.gap, seqs(&batch)), (true, vec![1, 2]), "{wrong}");
    }
    assert!(feed.since(Start::Lost).gap);
}

#[tokio::test]
async fn a_gap_is_told_even_if_nothing_is_held() {
    let feed = feed(10);

    let batch = feed.follow(Start::Lost, stop()).next().await.unwrap();

    assert_eq!((batch.gap, batch.next.seq, batch.messages.len()), (true, 0, 0));
}

#[tokio::test]
async fn a_batch_is_bounded_in_messages_and_bytes_and_says_that_there_is_more() {
    let feed = feed(1_000);
    publish_many(&feed, BATCH_MESSAGES + 1).await;

    let batch = feed.since(Start::Oldest);
    assert_eq!((batch.messages.len(), batch.more), (BATCH_MESSAGES, true));
    let rest = feed.since(Start::After(batch.next));
    assert_eq!((rest.messages.len(), rest.more), (1, false));

    for _ in 0..20 {
        publish(&feed, &"y".repeat(4_096)).await;
    }
    let batch = feed.since(Start::After(rest.next));
    assert_eq!((batch.messages.len(), batch.more), (8, true), "8 of 4 KiB make 32");
}

#[tokio::test]
async fn a_reader_starts_where_it_was_made_and_not_where_it_first_waits() {
    let feed = feed(10);
    publish_many(&feed, 2).await;
    let ahead = Cursor { seq: 3, ..feed.status().newest };
    let mut newest = feed.follow(Start::Newest, stop());
    let mut ahead = feed.follow(Start::After(ahead), stop());

    publish_many(&feed, 2).await;

    assert_eq!(seqs(&newest.next().await.unwrap()), [2, 3, 4]);
    assert!(ahead.next().await.unwrap().gap);
}

#[tokio::test]
async fn a_waiting_reader_is_woken() {
    let feed = feed(10);
    let waiting = feed.after(Start::Newest, stop());
    let mut waiting = std::pin::pin!(waiting);
    assert!(futures_util::poll!(waiting.as_mut()).is_pending());

    publish_many(&feed, 1).await;

    assert_eq!(seqs(&waiting.await.unwrap()), [1]);
}

#[tokio::test]
async fn the_first_wake_up_is_at_once_and_the_next_keep_the_pace() {
    let feed = feed(10);
    let mut reader = feed.follow(Start::Oldest, stop());
    publish_many(&feed, 1).await;
    assert!(futures_util::poll!(std::pin::pin!(reader.next())).is_ready());
    let mut waiting = std::pin::pin!(reader.next());
    assert!(futures_util::poll!(waiting.as_mut()).is_pending());

    publish_many(&feed, 3).await;

    assert_eq!(seqs(&waiting.await.unwrap()), [2, 3, 4], "one wake-up for three");
}

#[test]
fn a_wake_up_outlives_the_runtime_that_planned_it() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let (feed, publisher) = (feed(10), runtime());
    publisher.block_on(publish_many(&feed, 2));
    let mut reader = feed.follow(Start::After(feed.status().newest), stop());

    publisher.block_on(publish_many(&feed, 1));
    drop(publisher);

    assert_eq!(seqs(&runtime().block_on(reader.next()).unwrap()), [3]);
}

#[tokio::test]
async fn one_server_stops_and_the_readers_of_the_other_go_on() {
    let feed = feed(10);
    let (one, other) = (stop(), stop());
    let mut stopped = feed.follow(Start::Newest, one.clone());
    let mut going = feed.follow(Start::Newest, other);

    one.cancel();
    publish_many(&feed, 1).await;

    assert!(stopped.next().await.is_none());
    assert_eq!(seqs(&going.next().await.unwrap()), [1]);
}

#[tokio::test]
async fn a_closed_feed_takes_nothing_and_is_read_to_its_end() {
    let feed = feed(10);
    publish_many(&feed, 1).await;
    let mut reader = feed.follow(Start::Oldest, stop());

    feed.close();

    let text = Text::try_from("late".to_owned()).unwrap();
    assert_eq!(feed.publish(Kind::Message, text).await.unwrap_err(), Unavailable);
    assert_eq!(seqs(&reader.next().await.unwrap()), [1]);
    assert!(reader.next().await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_thousand_messages_from_several_tasks_reach_every_reader_once_and_in_order() {
    const PUBLISHERS: usize = 4;
    const EACH: usize = 2_500;
    let feed = feed(PUBLISHERS * EACH);
    let start = Start::After(feed.status().newest);
    let readers: Vec<_> = (0..64)
        .map(|_| {
            let mut reader = feed.follow(start, stop());
            tokio::spawn(async move {
                let mut seen = Vec::new();
                while seen.len() < PUBLISHERS * EACH {
                    let batch = reader.next().await.expect("nobody stops it");
                    assert!(!batch.gap);
                    seen.extend(seqs(&batch));
                }
                seen
            })
        })
        .collect();

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
