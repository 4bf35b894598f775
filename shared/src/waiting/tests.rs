use std::{
    pin::Pin,
    sync::{
        atomic::{AtomicUsize, Ordering::Relaxed},
        mpsc,
    },
    task::{Wake, Waker},
    thread,
    time::Duration,
};

use tokio::{
    runtime::Builder,
    task::yield_now,
    time::{Instant, advance},
};

use super::{
    worker::{LONGEST_REST, PORTION, SHORTEST_REST},
    *,
};
use crate::batch::BATCH_BYTES;

/// Counts how often somebody is woken.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

/// So many that wait after the place 0, and how often they were woken.
fn crowd(waiting: &Waiting, size: usize) -> (Vec<Waiter>, Arc<Count>) {
    crowd_after(waiting, 0, size)
}

fn crowd_after(waiting: &Waiting, place: u64, size: usize) -> (Vec<Waiter>, Arc<Count>) {
    let count = Arc::new(Count::default());
    let waker = Waker::from(Arc::clone(&count));
    let mut waiters: Vec<_> = (0..size).map(|_| waiting.join()).collect();
    for waiter in &mut waiters {
        assert!(waiter.poll_mark(place, &Context::from_waker(&waker)).is_pending());
    }

    (waiters, count)
}

fn publish(waiting: &Waiting, newest: u64) {
    waiting.published(newest, 1);
    waiting.wake();
}

fn woken(count: &Count) -> usize {
    count.0.load(Relaxed)
}

/// Lets all that can go on do so, without any time passing.
async fn settle() {
    for _ in 0..100 {
        yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_lone_message_goes_out_at_once() {
    let waiting = Waiting::new(1_000);
    let mut waiter = waiting.join();
    let began = Instant::now();

    let (mark, ()) = tokio::join!(waiter.mark(0), async { publish(&waiting, 1) });

    assert_eq!((mark, began.elapsed()), (1, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn readers_are_woken_by_the_portion_and_others_have_their_turn_between() {
    let waiting = Waiting::new(1_000);
    let (_waiters, count) = crowd(&waiting, 3 * PORTION + 1);

    publish(&waiting, 1);
    let mut seen = vec![woken(&count)];
    while woken(&count) < 3 * PORTION + 1 {
        yield_now().await; // as a publisher's request waits for its turn
        seen.push(woken(&count));
    }

    assert!(seen.windows(2).all(|two| two[1] - two[0] <= PORTION), "{seen:?}");
    assert!(seen.len() > 4, "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn what_comes_in_the_rest_leaves_together_after_it() {
    let waiting = Waiting::new(1_000);
    let (mut waiters, count) = crowd(&waiting, 1);
    publish(&waiting, 1);
    settle().await;
    let waker = Waker::from(Arc::clone(&count));
    assert!(waiters[0].poll_mark(1, &Context::from_waker(&waker)).is_pending());

    for newest in 2..=4 {
        publish(&waiting, newest);
    }
    settle().await;
    assert_eq!(woken(&count), 1, "it rests");
    advance(SHORTEST_REST).await;
    settle().await;

    assert_eq!(woken(&count), 2, "once for three");
    assert!(matches!(waiters[0].poll_mark(1, &Context::from_waker(&waker)), Poll::Ready(4)));
}

/// Each that is woken keeps its worker busy for so long.
struct Slow(Duration);

impl Wake for Slow {
    fn wake(self: Arc<Self>) {
        let late = self.0;
        tokio::spawn(async move { advance(late).await });
    }
}

#[tokio::test(start_paused = true)]
async fn the_rest_is_as_long_as_the_round_and_never_longer_than_100_ms() {
    for (slow, rest) in [(1, SHORTEST_REST), (20, Duration::from_millis(20)), (1_000, LONGEST_REST)] {
        let waiting = Waiting::new(1_000);
        let waker = Waker::from(Arc::new(Slow(Duration::from_millis(slow))));
        let mut late = waiting.join();
        assert!(late.poll_mark(0, &Context::from_waker(&waker)).is_pending());
        let mut waiter = waiting.join();
        let began = Instant::now();
        publish(&waiting, 1);
        assert_eq!(waiter.mark(0).await, 1);

        publish(&waiting, 2); // while the round goes
        assert_eq!(waiter.mark(1).await, 2);

        let timers = Duration::from_millis(1); // they are no finer
        let expected = Duration::from_millis(slow) + rest;
        assert!((expected..=expected + timers).contains(&began.elapsed()), "{slow}: {:?}", began.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_rest_ends_when_a_batch_is_full() {
    for (history, full, bytes) in [(10_000, 256, 1), (1_000, 125, 1), (1, 1, 1), (1_000, 8, BATCH_BYTES / 8)] {
        let waiting = Waiting::new(history);
        let waker = Waker::from(Arc::new(Slow(LONGEST_REST)));
        let mut late = waiting.join();
        assert!(late.poll_mark(0, &Context::from_waker(&waker)).is_pending());
        let mut waiter = waiting.join();
        let began = Instant::now();
        publish(&waiting, 1);
        assert_eq!(waiter.mark(0).await, 1);

        for newest in 2..2 + full {
            waiting.published(newest, bytes);
            waiting.wake();
        }
        assert_eq!(waiter.mark(1).await, 1 + full);

        let took = began.elapsed() - LONGEST_REST; // that of the round
        assert!(took < SHORTEST_REST, "{history} {bytes}: {took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_takes_nothing_and_who_has_left_hold_nobody_up() {
    let waiting = Waiting::new(1_000);
    let (mut waiters, count) = crowd(&waiting, 3 * PORTION + 1);
    let mut last = waiters.pop().unwrap();

    publish(&waiting, 1);
    yield_now().await; // the first portion is woken, and none of it comes
    waiters.drain(..2 * PORTION).for_each(drop);

    assert_eq!(last.mark(0).await, 1);
    assert!(woken(&count) <= 2 * PORTION, "those that had left were not woken");
    let (_others, _) = crowd_after(&waiting, 1, 2 * PORTION);
    assert_eq!(last.worker.lock().slots.len(), 3 * PORTION + 1, "their slots are free");
}

#[tokio::test(start_paused = true)]
async fn who_has_read_already_is_not_woken() {
    let waiting = Waiting::new(1_000);
    let (mut waiters, count) = crowd(&waiting, 2);
    let waker = Waker::from(Arc::clone(&count));
    assert!(waiters[1].poll_mark(1, &Context::from_waker(&waker)).is_pending());

    publish(&waiting, 1);
    settle().await;

    assert_eq!(woken(&count), 1);
}

#[tokio::test(start_paused = true)]
async fn an_alarm_is_heard_at_once_and_once_also_by_who_waits_later() {
    let waiting = Waiting::new(1_000);
    let (mut waiters, count) = crowd(&waiting, 2 * PORTION);
    let mut later = waiting.join();

    waiting.alarm();

    assert_eq!(woken(&count), 2 * PORTION);
    let waker = Waker::noop();
    for waiter in [&mut waiters[0], &mut later] {
        assert!(waiter.poll_mark(0, &Context::from_waker(waker)).is_ready());
        assert!(waiter.poll_mark(0, &Context::from_waker(waker)).is_pending(), "it does not go round in circles");
    }
}

#[test]
fn without_a_runtime_all_are_woken_at_once() {
    let waiting = Waiting::new(1_000);
    let (_waiters, count) = crowd(&waiting, 2 * PORTION);

    publish(&waiting, 1);

    assert_eq!(woken(&count), 2 * PORTION);
}

#[test]
fn a_round_outlives_its_runtime_and_so_do_those_that_wait() {
    let waiting = Waiting::new(1_000);
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let (mut waiters, count) = runtime.block_on(async {
        let crowd = crowd(&waiting, 2 * PORTION);
        publish(&waiting, 1); // its round has no turn any more
        crowd
    });

    drop(runtime);
    assert_eq!(woken(&count), 2 * PORTION);
    let waker = Waker::from(Arc::clone(&count));
    assert!(waiters[0].poll_mark(1, &Context::from_waker(&waker)).is_pending());
    publish(&waiting, 2);

    assert_eq!(woken(&count), 2 * PORTION + 1, "also by a round that cannot begin");
}

#[test]
fn each_worker_is_woken_where_it_is_and_none_misses_the_last_message() {
    const WORKERS: usize = 4;
    const LAST: u64 = 2_000;
    let waiting = Arc::new(Waiting::new(1_000));
    let (here, come) = mpsc::channel();
    let workers: Vec<_> = (0..WORKERS)
        .map(|_| {
            let (waiting, here) = (Arc::clone(&waiting), here.clone());
            thread::spawn(move || {
                let follow = |mut waiter: Waiter| async move {
                    let mut place = 0;
                    while place < LAST {
                        let mark = waiter.mark(place).await;
                        assert!(mark > place, "woken for nothing");
                        place = mark;
                    }
                };
                Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
                    let all: Vec<_> = (0..PORTION + 1).map(|_| tokio::spawn(follow(waiting.join()))).collect();
                    here.send(waiting.join().worker.id()).unwrap();
                    for one in all {
                        one.await.unwrap();
                    }
                });
            })
        })
        .collect();
    let ids: Vec<_> = come.iter().take(WORKERS).collect();
    assert!(ids.iter().all(|id| ids.iter().filter(|other| *other == id).count() == 1), "{ids:?}");

    for newest in 1..=LAST {
        publish(&waiting, newest);
        if newest % 100 == 0 {
            thread::yield_now();
        }
    }

    for worker in workers {
        worker.join().unwrap();
    }
}

#[tokio::test]
async fn a_wait_that_is_dropped_loses_nothing() {
    let waiting = Waiting::new(1_000);
    let mut waiter = waiting.join();
    {
        let mut wait = std::pin::pin!(waiter.mark(0));
        assert!(futures_util::poll!(Pin::as_mut(&mut wait)).is_pending());
    }

    publish(&waiting, 1);

    assert_eq!(waiter.mark(0).await, 1);
}

#[test]
fn a_worker_where_nobody_waits_any_more_is_forgotten() {
    let waiting = Waiting::new(1_000);
    for _ in 0..3 {
        let runtime = Builder::new_current_thread().build().unwrap();
        runtime.block_on(async { drop(waiting.join()) });
    }

    assert_eq!(waiting.workers.read().unwrap().len(), 1);
}
