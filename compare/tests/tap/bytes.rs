//! What passes: unchanged, counted, and no faster than it is read.

use std::{sync::Arc, time::Duration};

use compare::tap::{Direction, End, Limits, Tap};
use rand::{Rng as _, RngExt as _, SeedableRng as _, rngs::StdRng};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::Barrier,
    task::JoinSet,
    time::timeout,
};

use crate::support::{Pair, Rig, end_of, exactly, rest, soon};

const MIB: usize = 1_024 * 1_024;

#[tokio::test(flavor = "multi_thread")]
async fn bytes_pass_unchanged_in_both_directions_at_once_and_whoever_has_them_finds_them_counted() {
    const BYTES: usize = 4 * MIB;
    let seed: u64 = rand::random();
    eprintln!("seed {seed}");
    let rig = Rig::start().await;
    let Pair { client, server, connection } = rig.open().await;
    let (from_tap, to_tap) = client.into_split();
    let (from_tap_too, to_tap_too) = server.into_split();
    let tap = Arc::new(rig.tap);

    let mut tasks = JoinSet::new();
    tasks.spawn(write_random(to_tap, seed, BYTES));
    tasks.spawn(write_random(to_tap_too, seed + 1, BYTES));
    tasks.spawn(read_random(from_tap_too, seed, Arc::clone(&tap), Direction::Up));
    tasks.spawn(read_random(from_tap, seed + 1, Arc::clone(&tap), Direction::Down));
    let moved = soon("all bytes", tasks.join_all()).await;

    assert_eq!(moved, [BYTES; 4]);
    assert_eq!(end_of(&connection).await, End::Closed);
    let facts = connection.facts();
    let totals = tap.totals();
    assert_eq!((facts.up.bytes, facts.down.bytes), (BYTES as u64, BYTES as u64));
    assert_eq!((totals.up, totals.down), (BYTES as u64, BYTES as u64));
    assert_eq!((totals.opened, totals.open), (1, 0));
}

/// Random bytes in writes of random sizes, then the end.
async fn write_random(mut to: OwnedWriteHalf, seed: u64, count: usize) -> usize {
    let (mut content, mut dice) = (StdRng::seed_from_u64(seed), StdRng::seed_from_u64(!seed));
    let mut bytes = vec![0; count];
    content.fill_bytes(&mut bytes);

    let mut left = &bytes[..];
    while !left.is_empty() {
        let magnitude = dice.random_range(0..17);
        let (piece, later) = left.split_at(dice.random_range(1..=1 << magnitude).min(left.len()));
        to.write_all(piece).await.unwrap();
        left = later;
    }
    to.shutdown().await.unwrap();

    count
}

/// The same bytes, in reads of random sizes, to the end.
async fn read_random(mut from: OwnedReadHalf, seed: u64, tap: Arc<Tap>, direction: Direction) -> usize {
    let (mut content, mut dice) = (StdRng::seed_from_u64(seed), StdRng::seed_from_u64(!seed / 2));
    let mut received = Vec::new();
    loop {
        let magnitude = dice.random_range(0..17);
        let mut piece = vec![0; dice.random_range(1..=1 << magnitude)];
        let count = from.read(&mut piece).await.unwrap();
        if count == 0 {
            break;
        }
        received.extend_from_slice(&piece[..count]);
        let totals = tap.totals();
        let counted = if direction == Direction::Up { totals.up } else { totals.down };
        assert!(received.len() as u64 <= counted, "{} received, {counted} counted", received.len());
    }

    let mut sent = vec![0; received.len()];
    content.fill_bytes(&mut sent);
    assert!(received == sent, "seed {seed}: {direction:?} came something else");
    received.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_connections_at_once_each_get_their_own() {
    const CLIENTS: usize = 200;
    const BYTES: usize = 10_000;
    let Rig { tap, listener } = Rig::with(Limits { ended: 10, ..Limits::default() }).await;
    let all_open = Arc::new(Barrier::new(CLIENTS));
    tokio::spawn(async move {
        loop {
            let (server, _) = listener.accept().await.unwrap();
            tokio::spawn(echo(server));
        }
    });

    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let address = tap.address();
        let all_open = Arc::clone(&all_open);
        clients.spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let sent = [&number.to_be_bytes()[..], &vec![number as u8; BYTES]].concat();
            stream.write_all(&sent).await.unwrap();
            let mut received = vec![0; sent.len()];
            stream.read_exact(&mut received).await.unwrap();
            all_open.wait().await;
            (stream, sent == received)
        });
    }
    let clients = soon("all echoes", clients.join_all()).await;
    let open = tap.totals();
    let connections = tap.connections().len();
    for (mut client, _) in clients.into_iter().inspect(|(_, same)| assert!(same)) {
        client.shutdown().await.unwrap();
        assert_eq!(rest(&mut client).await, b"");
    }

    let bytes = (CLIENTS * (size_of::<usize>() + BYTES)) as u64;
    assert_eq!((open.opened, open.open, open.up, open.down), (200, 200, bytes, bytes));
    assert_eq!(connections, 200);
    crate::support::until("the ends", || tap.totals().open == 0).await;
    assert_eq!((tap.totals().up, tap.totals().down), (bytes, bytes), "also of those forgotten");
    assert_eq!(tap.connections().len(), 10);
}

async fn echo(mut stream: TcpStream) {
    let (mut from, mut to) = stream.split();

    tokio::io::copy(&mut from, &mut to).await.unwrap();
    to.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_stops_the_server() {
    /// More than four sockets hold.
    const FAR_TOO_MUCH: usize = 100 * MIB;
    let rig = Rig::start().await;
    let Pair { mut client, mut server, connection } = rig.open().await;

    let mut written = 0;
    let piece = vec![7; 64 * 1_024];
    // A busy machine may stop it too early: then less is tested, but nothing fails.
    while let Ok(count) = timeout(Duration::from_millis(500), server.write(&piece)).await {
        written += count.unwrap();
        assert!(written < FAR_TOO_MUCH, "{written} bytes went nowhere");
    }
    let passed = connection.facts().down.bytes;
    server.shutdown().await.unwrap();
    let received = rest(&mut client).await;

    eprintln!("{written} bytes written, of which {passed} had passed");
    assert!(passed < written as u64);
    assert_eq!(received.len(), written);
    assert_eq!(connection.facts().down.bytes, written as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_byte_passes_at_once() {
    let rig = Rig::start().await;
    let Pair { mut client, mut server, .. } = rig.open().await;

    for number in 0..=255 {
        client.write_all(&[number]).await.unwrap();
        assert_eq!(exactly(&mut server, 1).await, [number]);
        server.write_all(&[number, number]).await.unwrap();
        assert_eq!(exactly(&mut client, 2).await, [number; 2]);
    }
}
