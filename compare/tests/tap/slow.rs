//! Slow: what goes to the clients comes piece by piece.

use std::num::NonZeroU32;

use compare::tap::{Fault, Limits};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::{Instant, timeout},
};

use crate::support::{Pair, Rig, SHORT, exactly, rest, soon};

pub(crate) fn slow(bytes_per_second: u32) -> Fault {
    Fault::Slow(NonZeroU32::new(bytes_per_second).unwrap())
}

#[tokio::test]
async fn slow_lets_so_many_bytes_a_second_pass_to_all_clients_together() {
    const RATE: u32 = 200_000;
    const EACH: usize = 50_000;
    let rig = Rig::start().await;
    let mut pairs = [rig.open().await, rig.open().await];

    let begun = Instant::now();
    rig.tap.fault(slow(RATE));
    for pair in &mut pairs {
        pair.server.write_all(&vec![7; EACH]).await.unwrap();
    }
    let [one, other] = &mut pairs;
    let mut received = [0; 2];
    let mut pieces = 0;
    let (mut some, mut more) = ([0; 4_096], [0; 4_096]);
    while received != [EACH; 2] {
        let more = async {
            tokio::select! {
                count = one.client.read(&mut some), if received[0] < EACH => (0, count.unwrap()),
                count = other.client.read(&mut more), if received[1] < EACH => (1, count.unwrap()),
            }
        };
        let (at, count) = soon("more", more).await;
        received[at] += count;
        pieces += 1;
        let due = (received[0] + received[1]) as f64 / f64::from(RATE);
        let now = begun.elapsed();
        assert!(now.as_secs_f64() >= due, "{received:?} after {now:?}");
    }

    eprintln!("{received:?} in {pieces} pieces and {:?}", begun.elapsed());
}

#[tokio::test]
async fn slow_comes_in_small_pieces_and_leaves_what_goes_up_alone() {
    const UP: usize = 1_024 * 1_024;
    let rig = Rig::start().await;
    let Pair { mut client, mut server, connection } = rig.open().await;

    rig.tap.fault(slow(1_000));
    server.write_all(&vec![7; 100_000]).await.unwrap();
    let mut first = vec![0; 4_096];
    let count = soon("the first piece", client.read(&mut first)).await.unwrap();
    let (mut from, mut to) = server.split();
    let up = vec![1; UP];
    let sent = async { client.write_all(&vec![1; UP]).await.unwrap() };
    let mut received = vec![0; UP];
    let (read, ()) = soon("all that went up", async { tokio::join!(from.read_exact(&mut received), sent) }).await;
    to.flush().await.unwrap();

    assert!(count <= 1_000, "{count} bytes at once");
    assert_eq!(read.unwrap(), UP);
    assert!(received == up);
    let facts = connection.facts();
    assert_eq!(facts.up.bytes, UP as u64);
    assert!(facts.down.bytes < 100_000, "100 seconds have not passed");
}

#[tokio::test]
async fn slow_keeps_backpressure_and_ends_by_itself() {
    const FAR_TOO_MUCH: usize = 100 * 1_024 * 1_024;
    let rig = Rig::with(Limits { slow: 5 * SHORT, ..Limits::default() }).await;
    let Pair { mut client, mut server, .. } = rig.open().await;

    rig.tap.fault(slow(1));
    let mut written = 0;
    let piece = vec![7; 64 * 1_024];
    while let Ok(count) = timeout(SHORT, server.write(&piece)).await {
        written += count.unwrap();
        assert!(written < FAR_TOO_MUCH, "{written} bytes went nowhere");
    }
    server.shutdown().await.unwrap();
    let received = rest(&mut client).await;

    assert_eq!(received.len(), written, "in seconds, not months");
    assert_eq!(rig.tap.faults(), []);
}

#[tokio::test]
async fn who_waits_for_his_turn_waits_no_more_when_slow_is_over() {
    const CLIENTS: usize = 60; // at a byte a second, longer than this test waits
    let rig = Rig::with(Limits { slow: SHORT, ..Limits::default() }).await;
    let mut pairs = Vec::new();
    for _ in 0..CLIENTS {
        pairs.push(rig.open().await);
    }

    rig.tap.fault(slow(1));
    for pair in &mut pairs {
        pair.server.write_all(b"x").await.unwrap();
    }
    let all = async {
        for pair in &mut pairs {
            assert_eq!(exactly(&mut pair.client, 1).await, b"x");
        }
    };
    soon("a byte for each", all).await;

    assert_eq!(rig.tap.faults(), []);
}
