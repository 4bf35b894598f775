//! Buffer: what goes to the client comes later, but all of it.

use compare::tap::{End, Fault, HOLD_BYTES, Limits, Place};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::{Instant, timeout},
};

use crate::{
    slow::slow,
    support::{Pair, Rig, SHORT, end_of, exactly, reset, rest, unix_millis, until_reset},
};

#[tokio::test]
async fn buffer_lets_nothing_pass_until_enough_has_gathered_and_then_all() {
    let rig = Rig::start().await;
    let Pair { mut client, mut server, connection } = rig.open().await;

    rig.tap.fault(Fault::Buffer);
    server.write_all(&[1; HOLD_BYTES - 2]).await.unwrap();
    server.write_all(&[2]).await.unwrap();
    client.write_all(b"up").await.unwrap();
    assert_eq!(exactly(&mut server, 2).await, b"up", "what goes up passes as always");
    let early = timeout(SHORT, client.read(&mut [0])).await;
    let before_the_last = unix_millis();
    server.write_all(&[3]).await.unwrap();
    let received = exactly(&mut client, HOLD_BYTES).await;

    assert!(early.is_err(), "{early:?}");
    assert_eq!(received, [&[1; HOLD_BYTES - 2][..], &[2, 3]].concat());
    let pieces = connection.since(&mut Place { up: 2, down: 0 });
    assert!(pieces.iter().all(|piece| piece.at >= before_the_last), "{pieces:?}");
}

#[tokio::test]
async fn buffer_lets_pass_what_it_holds_when_it_is_over() {
    let rig = Rig::with(Limits { buffer: SHORT, ..Limits::default() }).await;
    let Pair { mut client, mut server, .. } = rig.open().await;

    let begun = Instant::now();
    rig.tap.fault(Fault::Buffer);
    server.write_all(b"x").await.unwrap();
    let heard = exactly(&mut client, 1).await;

    assert_eq!(heard, b"x");
    assert!(begun.elapsed() >= SHORT, "{:?}", begun.elapsed());
    assert_eq!(rig.tap.faults(), []);
}

#[tokio::test]
async fn buffer_lets_pass_what_it_holds_when_the_server_closes() {
    let rig = Rig::start().await;
    let Pair { mut client, mut server, connection } = rig.open().await;

    rig.tap.fault(Fault::Buffer);
    server.write_all(b"the end").await.unwrap();
    server.shutdown().await.unwrap();
    let heard = rest(&mut client).await;
    client.shutdown().await.unwrap();

    assert_eq!(heard, b"the end");
    assert_eq!(end_of(&connection).await, End::Closed);
}

#[tokio::test]
async fn buffer_drops_what_it_holds_when_the_server_resets() {
    let rig = Rig::start().await;
    let Pair { mut client, mut server, connection } = rig.open().await;

    rig.tap.fault(Fault::Buffer);
    server.write_all(b"x").await.unwrap();
    reset(server);

    assert_eq!(until_reset(&mut client).await, b"");
    assert_eq!(connection.facts().down.bytes, 0, "what never passed is not counted");
}

#[tokio::test]
async fn buffer_and_slow_together_lose_nothing() {
    let seed: u64 = rand::random();
    eprintln!("seed {seed}");
    let mut dice = StdRng::seed_from_u64(seed);
    let rig = Rig::start().await;
    let Pair { mut client, server, .. } = rig.open().await;
    let (_open, mut to_tap) = server.into_split();

    let reading = tokio::spawn(async move { rest(&mut client).await });
    let mut sent: Vec<u8> = Vec::new();
    for number in 0..100 {
        match number % 20 {
            0 => rig.tap.fault(Fault::Buffer),
            10 => rig.tap.fault(slow(dice.random_range(100_000..1_000_000))),
            _ => {}
        }
        let piece: Vec<u8> = (0..dice.random_range(1..6_000)).map(|_| dice.random()).collect();
        to_tap.write_all(&piece).await.unwrap();
        sent.extend(piece);
    }
    to_tap.shutdown().await.unwrap();

    assert!(reading.await.unwrap() == sent);
}
