//! What is kept of a connection, and how readers follow it.

use std::{iter, pin::pin};

use compare::tap::{Direction, KEPT, Limits, Piece, Place};
use tokio::{io::AsyncWriteExt as _, time::timeout};

use crate::support::{Pair, Rig, SHORT, end_of, exactly, reset, rest, soon, unix_millis, until};

/// A byte for each place, so that what is read proves where it was.
fn pattern(from: usize, to: usize) -> Vec<u8> {
    (from..to).map(|place| (place ^ (place >> 8) ^ (place >> 16)) as u8).collect()
}

fn joined(pieces: &[Piece], direction: Direction) -> Vec<u8> {
    let of_it = pieces.iter().filter(|piece| piece.direction == direction);

    of_it.flat_map(|piece| piece.bytes.clone()).collect()
}

#[tokio::test]
async fn the_last_64_kib_of_each_direction_are_kept_and_what_nobody_has_read_within_the_budget() {
    const UP: usize = 3_000_000;
    const DOWN: usize = 300_001;
    let rig = Rig::with(Limits { unread: UP, ..Limits::default() }).await;
    let Pair { mut client, mut server, connection } = rig.open().await;

    let receiving = tokio::spawn(async move { (exactly(&mut server, UP).await, server) });
    client.write_all(&pattern(0, UP)).await.unwrap();
    let (_, mut server) = receiving.await.unwrap();
    let receiving = tokio::spawn(async move { (exactly(&mut client, DOWN).await, client) });
    server.write_all(&pattern(7, 7 + DOWN)).await.unwrap();
    let (_, _client) = receiving.await.unwrap();
    let mut place = Place::default();
    let pieces = connection.since(&mut place);

    let first = |direction| pieces.iter().find(|piece| piece.direction == direction).unwrap();
    let (up, down) = (first(Direction::Up), first(Direction::Down));
    assert!(joined(&pieces, Direction::Up) == pattern(0, UP));
    assert_eq!((up.offset, up.lost), (0, 0));
    let lost = down.lost as usize;
    assert!(joined(&pieces, Direction::Down) == pattern(7 + lost, 7 + DOWN));
    assert_eq!(lost, DOWN - 2 * KEPT, "what went up has taken all of the budget but so much");
    assert_eq!(place, Place { up: UP as u64, down: DOWN as u64 });
    assert_eq!(connection.since(&mut place), []);
    let pieces = connection.since(&mut Place::default());
    assert!(joined(&pieces, Direction::Up) == pattern(UP - KEPT, UP));
    assert!(joined(&pieces, Direction::Down) == pattern(7 + DOWN - KEPT, 7 + DOWN));
}

/// One who looks now and then would miss most of them: no more than two are kept.
#[tokio::test]
async fn who_follows_misses_no_connection_however_soon_it_ends() {
    const COUNT: u64 = 20;
    let rig = Rig::with(Limits { ended: 2, ..Limits::default() }).await;
    let early = rig.open().await;
    let mut arrivals = rig.tap.arrivals();

    for _ in 1..COUNT {
        let Pair { mut client, mut server, connection } = rig.open().await;
        client.write_all(b"hello").await.unwrap();
        drop(client);
        rest(&mut server).await;
        drop(server);
        end_of(&connection).await;
    }

    let followed: Vec<_> = iter::from_fn(|| arrivals.try_next()).collect();
    assert_eq!(followed.iter().map(|arrival| arrival.connection.id()).collect::<Vec<_>>(), Vec::from_iter(1..=COUNT));
    for arrival in &followed[1..] {
        let pieces = arrival.connection.since(&mut Place::default());
        assert_eq!(joined(&pieces, Direction::Up), b"hello");
    }
    drop(early);
}

/// What waits for who follows is bounded.
#[tokio::test]
async fn a_connection_that_nobody_has_looked_at_keeps_its_place() {
    let rig = Rig::with(Limits { open: 1, ..Limits::default() }).await;
    let mut arrivals = rig.tap.arrivals();
    let Pair { client, server, connection } = rig.open().await;
    drop((client, server));
    end_of(&connection).await;
    let mut next = pin!(rig.open());

    assert!(timeout(SHORT, &mut next).await.is_err(), "its place was given away");
    drop(arrivals.try_next());

    soon("the next connection", next).await;
}

#[tokio::test]
async fn a_reader_that_follows_sees_every_byte_once_and_in_order() {
    const ROUNDS: usize = 200;
    const EACH: usize = 3_000;
    let rig = Rig::start().await;
    let Pair { mut client, mut server, connection } = rig.open().await;
    let mut place = Place::default();

    for round in 0..ROUNDS {
        let (from, to) = (round * EACH, (round + 1) * EACH);
        client.write_all(&pattern(from, to)).await.unwrap();
        exactly(&mut server, EACH).await;
        let pieces = connection.since(&mut place);

        assert!(pieces.iter().all(|piece| piece.lost == 0), "round {round}");
        assert!(joined(&pieces, Direction::Up) == pattern(from, to), "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_is_late_learns_how_much_it_lost() {
    const BYTES: usize = 4_000_000;
    let rig = Rig::start().await;
    let Pair { mut client, mut server, connection } = rig.open().await;
    let sending = tokio::spawn(async move { client.write_all(&pattern(0, BYTES)).await });
    let receiving = tokio::spawn(async move { exactly(&mut server, BYTES).await });

    let mut changes = rig.tap.changes();
    let mut place = Place::default();
    let mut lost = 0;
    let mut read = 0;
    while read + lost < BYTES {
        soon("a change", changes.changed()).await.unwrap();
        for piece in connection.since(&mut place) {
            lost += piece.lost as usize;
            let at = piece.offset as usize;
            assert_eq!(at, read + lost);
            assert!(piece.bytes == pattern(at, at + piece.bytes.len()), "at {at}");
            read += piece.bytes.len();
        }
    }

    eprintln!("{read} bytes read, {lost} lost");
    assert_eq!(read + lost, BYTES);
    sending.await.unwrap().unwrap();
    receiving.await.unwrap();
}

#[tokio::test]
async fn questions_and_answers_are_kept_in_their_order() {
    let rig = Rig::start().await;
    let Pair { mut client, mut server, connection } = rig.open().await;

    for round in 0..50 {
        client.write_all(format!("question {round:2}").as_bytes()).await.unwrap();
        exactly(&mut server, 11).await;
        server.write_all(format!("answer {round:2}").as_bytes()).await.unwrap();
        exactly(&mut client, 9).await;
    }
    let pieces = connection.since(&mut Place::default());

    let kept: Vec<_> = pieces.iter().map(|piece| String::from_utf8(piece.bytes.clone()).unwrap()).collect();
    let expected: Vec<_> =
        (0..50).flat_map(|round| [format!("question {round:2}"), format!("answer {round:2}")]).collect();
    assert_eq!(kept, expected);
    assert!(pieces.is_sorted_by_key(|piece| piece.at));
    assert!(pieces.iter().all(|piece| piece.at >= connection.facts().opened));
}

#[tokio::test]
async fn what_passes_later_is_another_piece() {
    let rig = Rig::start().await;
    let Pair { mut client, mut server, connection } = rig.open().await;

    for _ in 0..3 {
        client.write_all(b"x").await.unwrap();
        exactly(&mut server, 1).await;
        let passed = unix_millis();
        until("the next millisecond", || unix_millis() > passed).await;
    }
    let pieces = connection.since(&mut Place::default());

    assert_eq!(pieces.iter().map(|piece| piece.offset).collect::<Vec<_>>(), [0, 1, 2]);
    assert!(pieces.windows(2).all(|two| two[0].at < two[1].at), "{pieces:?}");
}

#[tokio::test]
async fn connections_that_ended_stay_readable_and_the_oldest_go_first() {
    let rig = Rig::with(Limits { ended: 2, ..Limits::default() }).await;
    let mut open = rig.open().await;
    let mut all = Vec::new();

    for number in 0..4 {
        let Pair { mut client, mut server, connection } = rig.open().await;
        client.write_all(&[number]).await.unwrap();
        client.shutdown().await.unwrap();
        rest(&mut server).await;
        reset(server);
        end_of(&connection).await;
        all.push(connection);
    }
    open.client.write_all(b"x").await.unwrap();
    exactly(&mut open.server, 1).await;

    let ids: Vec<_> = rig.tap.connections().iter().map(|connection| connection.id()).collect();
    assert_eq!(ids, [1, 4, 5], "what is open is never forgotten");
    assert_eq!(rig.tap.totals().up, 5, "nor what passed");
    for (number, connection) in all.iter().enumerate() {
        assert_eq!(connection.since(&mut Place::default())[0].bytes, [number as u8]);
    }
}

#[tokio::test]
async fn readers_are_notified_of_what_comes_passes_and_ends() {
    let rig = Rig::start().await;
    let mut changes = rig.tap.changes();

    let Pair { mut client, mut server, connection } = rig.open().await;
    soon("it came", changes.changed()).await.unwrap();
    client.write_all(b"x").await.unwrap();
    exactly(&mut server, 1).await;
    soon("it passed", changes.changed()).await.unwrap();
    let peer = client.local_addr().unwrap();
    reset(client);
    while connection.facts().ended.is_none() {
        soon("it ended", changes.changed()).await.unwrap();
    }

    assert_eq!((connection.facts().id, connection.facts().peer), (1, peer));
}
