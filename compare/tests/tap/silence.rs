//! Silence, sentence by sentence.

use std::time::Duration;

use compare::tap::{Connection, End, Fault, Limits};
use tokio::{io::AsyncWriteExt as _, time::Instant};

use crate::support::{Pair, Rig, end_of, exactly, reset, rest, until, until_reset};

/// Time enough to do something meanwhile; if it is not, less is tested, but nothing fails.
const SILENCE: Duration = Duration::from_secs(1);

async fn rig() -> Rig {
    Rig::with(Limits { silence: SILENCE, ..Limits::default() }).await
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
    let (down, up) = tokio::join!(until_reset(&mut client), until_reset(&mut server));
    let lasted = begun.elapsed();

    assert_eq!((up, down), (vec![], vec![]));
    assert!(lasted >= SILENCE, "it was reset after {lasted:?}");
    assert_eq!(passed(&connection), (6, 0));
    assert_eq!(end_of(&connection).await, End::Cut);
}

#[tokio::test]
async fn nothing_passes_of_what_was_on_its_way() {
    let rig = rig().await;
    let Pair { mut client, mut server, connection } = rig.open().await;
    let piece = vec![7; 64 * 1_024];
    while let Ok(written) = tokio::time::timeout(Duration::from_millis(300), server.write(&piece)).await {
        written.unwrap();
    }

    rig.tap.fault(Fault::Silence);
    let before = passed(&connection);
    let received = until_reset(&mut client).await;

    assert!(received.len() as u64 <= before.1, "{} received, {} passed", received.len(), before.1);
    assert_eq!(passed(&connection), before, "though the client read, and made room");
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
    tokio::join!(until_reset(&mut ended.server), until_reset(&mut server), until_reset(&mut client));
    let lasted = begun.elapsed();

    assert!(lasted >= SILENCE, "the other side knew after {lasted:?}");
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
    let received = until_reset(&mut client).await;
    let lasted = begun.elapsed();

    assert_eq!(received, b"");
    assert!(lasted >= SILENCE, "it was reset after {lasted:?}");
    assert_eq!(end_of(&rig.tap.connections()[0]).await, End::Cut);
}
