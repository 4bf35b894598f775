//! Silence, sentence by sentence.

use std::time::Duration;

use compare::tap::{Connection, End, Fault, Limits};
use tokio::{
    io::AsyncWriteExt as _,
    net::TcpStream,
    time::{Instant, timeout},
};

use crate::support::{Pair, Rig, end_of, exactly, reset, rest, until, until_reset};

/// Time enough to do something meanwhile; if it is not, less is tested, but nothing fails.
const SILENCE: Duration = Duration::from_secs(1);

async fn rig() -> Rig {
    Rig::with(Limits { silence: SILENCE, ..Limits::default() }).await
}

/// Waits for the reset, before which nothing may come; gives when it came.
async fn lasted(stream: &mut TcpStream, begun: Instant) -> Duration {
    assert_eq!(until_reset(stream).await, b"");

    begun.elapsed()
}

fn passed(connection: &Connection) -> (u64, u64) {
    let facts = connection.facts();

    (facts.up.bytes, facts.down.bytes)
}

#[tokio::test]
async fn what_was_open_never_passes_a_byte_again_and_is_reset_at_its_end() {
    let rig = rig().await;
    let Pair { mut client, mut server, connection } = rig.open().await;
    client.write_all(b"before").await.unwrap();
    assert_eq!(exactly(&mut server, 6).await, b"before");

    let begun = Instant::now();
    rig.tap.fault(Fault::Silence);
    client.write_all(b"up").await.unwrap();
    server.write_all(b"down").await.unwrap();
    let lasted = tokio::join!(lasted(&mut client, begun), lasted(&mut server, begun));

    assert!(lasted.0 >= SILENCE && lasted.1 >= SILENCE, "they were reset after {lasted:?}");
    assert_eq!(passed(&connection), (6, 0));
    assert_eq!(end_of(&connection).await, End::Cut);
}

#[tokio::test]
async fn nothing_passes_of_what_was_in_flight() {
    let rig = rig().await;
    let Pair { mut client, mut server, connection } = rig.open().await;
    let piece = vec![7; 64 * 1_024];
    while let Ok(written) = timeout(Duration::from_millis(300), server.write(&piece)).await {
        written.unwrap();
    }

    rig.tap.fault(Fault::Silence);
    let before = passed(&connection);
    let received = until_reset(&mut client).await;

    assert!(received.len() as u64 <= before.1, "{} received, {} passed", received.len(), before.1);
    assert_eq!(passed(&connection), before, "though the client read, and more would fit");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_passes_any_more_once_it_has_begun() {
    let rig = rig().await;
    let mut pairs = Vec::new();
    for _ in 0..20 {
        let Pair { mut client, server, connection } = rig.open().await;
        tokio::spawn(write_on_and_on(server));
        let reading = tokio::spawn(async move { until_reset(&mut client).await.len() as u64 });
        pairs.push((reading, connection));
    }
    until("a flow on each", || pairs.iter().all(|(_, connection)| passed(connection).1 > 0)).await;

    rig.tap.fault(Fault::Silence);
    let before: Vec<_> = pairs.iter().map(|(_, connection)| passed(connection)).collect();

    for ((reading, connection), before) in pairs.into_iter().zip(before) {
        assert!(reading.await.unwrap() <= before.1);
        assert_eq!(passed(&connection), before);
    }
}

async fn write_on_and_on(mut server: TcpStream) {
    while server.write_all(&[7; 1_000]).await.is_ok() {}
}

#[tokio::test]
async fn one_whose_server_is_being_connected_to_is_not_closed() {
    let rig = rig().await;
    let Pair { mut client, mut server, .. } = rig.open().await; // the tap may not know yet that it is connected

    let begun = Instant::now();
    rig.tap.fault(Fault::Silence);
    let lasted = tokio::join!(lasted(&mut client, begun), lasted(&mut server, begun));

    assert!(lasted.0 >= SILENCE && lasted.1 >= SILENCE, "they were reset after {lasted:?}");
}

#[tokio::test]
async fn neither_an_end_nor_a_reset_passes() {
    let rig = rig().await;
    let (mut ended, reset_up, reset_down) = (rig.open().await, rig.open().await, rig.open().await);
    let connections = [&ended.connection, &reset_up.connection, &reset_down.connection].map(Clone::clone);
    let Pair { mut server, .. } = reset_up;
    let Pair { mut client, .. } = reset_down;

    let begun = Instant::now();
    rig.tap.fault(Fault::Silence);
    ended.client.shutdown().await.unwrap();
    reset(reset_up.client);
    reset(reset_down.server);
    let [ended, server, client] = [&mut ended.server, &mut server, &mut client].map(|stream| lasted(stream, begun));
    let lasted = tokio::join!(ended, server, client);

    assert!(<[_; 3]>::from(lasted).iter().all(|lasted| *lasted >= SILENCE), "the other side knew after {lasted:?}");
    for connection in connections {
        assert!(!connection.facts().up.finished);
        assert_eq!(end_of(&connection).await, End::Cut);
    }
}

#[tokio::test]
async fn new_connections_wait_and_pass_from_its_end_on() {
    let rig = rig().await;
    let begun = Instant::now();
    rig.tap.fault(Fault::Silence);

    let mut client = rig.connect().await;
    client.write_all(b"hello").await.unwrap();
    client.shutdown().await.unwrap();
    let mut server = rig.accept().await;
    let lasted = begun.elapsed();
    let up = rest(&mut server).await;
    server.write_all(b"good day").await.unwrap();

    assert!(lasted >= SILENCE, "the server was asked after {lasted:?}");
    assert_eq!(up, b"hello");
    assert_eq!(exactly(&mut client, 8).await, b"good day");
    assert_eq!(rig.tap.faults(), []);
}

#[tokio::test]
async fn one_that_waits_is_forgotten_by_the_next_silence() {
    let rig = rig().await;
    rig.tap.fault(Fault::Silence);
    let mut client = rig.connect().await;
    until("the connection", || rig.tap.totals().open == 1).await;

    let begun = Instant::now();
    rig.tap.fault(Fault::Silence);
    let lasted = lasted(&mut client, begun).await;

    assert!(lasted >= SILENCE, "it was reset after {lasted:?}");
    assert_eq!(end_of(&rig.tap.connections()[0]).await, End::Cut);
}
