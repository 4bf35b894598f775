//! How connections end, and the tap itself.

use std::{
    io,
    net::{Shutdown, SocketAddr},
    time::Duration,
};

use compare::tap::{Direction, End, Fault, Limits};
use socket2::SockRef;
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, TcpStream},
    runtime::Handle,
    time::timeout,
};

use crate::support::{Pair, Rig, SHORT, end_of, exactly, reset, rest, soon, tap, until, until_reset};

#[tokio::test]
async fn an_end_of_one_direction_leaves_the_other_open() {
    for client_first in [true, false] {
        let rig = Rig::start().await;
        let Pair { client, server, connection } = rig.open().await;
        let (mut first, mut second) = if client_first { (client, server) } else { (server, client) };

        first.write_all(b"bye").await.unwrap();
        first.shutdown().await.unwrap();
        let last = rest(&mut second).await;
        let facts = connection.facts();
        second.write_all(b"one more").await.unwrap();
        let more = exactly(&mut first, 8).await;
        second.shutdown().await.unwrap();
        let end = rest(&mut first).await;

        assert_eq!((&last[..], &more[..], &end[..]), (&b"bye"[..], &b"one more"[..], &b""[..]));
        assert_eq!((facts.up.finished, facts.down.finished, facts.ended), (client_first, !client_first, None));
        assert_eq!(end_of(&connection).await, End::Closed);
    }
}

#[tokio::test]
async fn a_reset_stays_a_reset() {
    let rig = Rig::start().await;
    let mut one = rig.open().await;
    let mut other = rig.open().await;

    reset(one.client);
    reset(other.server);

    assert_eq!(until_reset(&mut one.server).await, b"");
    assert_eq!(until_reset(&mut other.client).await, b"");
    assert_eq!(end_of(&one.connection).await, End::Reset(Direction::Up));
    assert_eq!(end_of(&other.connection).await, End::Reset(Direction::Down));
}

#[tokio::test]
#[cfg_attr(windows, ignore = "there it shows only when the server writes")]
async fn a_reset_after_an_end_is_noticed_though_nothing_is_said() {
    let rig = Rig::start().await;
    let Pair { mut client, mut server, connection } = rig.open().await;

    client.shutdown().await.unwrap();
    let end = rest(&mut server).await;
    reset(client);

    assert_eq!(end, b"");
    assert_eq!(end_of(&connection).await, End::Reset(Direction::Up));
    let error = server.write(b"x").await.unwrap_err().kind();
    assert!(matches!(error, io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset), "{error}");
}

#[tokio::test]
#[cfg_attr(windows, ignore = "there it shows only when the server reads")]
async fn a_reset_is_noticed_while_the_other_side_reads_nothing() {
    let rig = Rig::start().await;
    let Pair { mut client, mut server, connection } = rig.open().await;
    let piece = vec![7; 64 * 1_024];
    while let Ok(written) = timeout(Duration::from_millis(500), client.write(&piece)).await {
        written.unwrap();
    }

    reset(client);

    assert_eq!(end_of(&connection).await, End::Reset(Direction::Up));
    assert!(!until_reset(&mut server).await.is_empty(), "what was in flight");
}

#[tokio::test]
async fn where_no_server_listens_a_client_is_reset_and_the_next_server_gets_the_next() {
    let Rig { tap, listener } = Rig::start().await;
    let upstream = listener.local_addr().unwrap();
    drop(listener);

    let mut client = TcpStream::connect(tap.address()).await.unwrap();
    until_reset(&mut client).await;
    let unreachable = tap.connections().pop().unwrap();
    let rig = Rig { listener: listen_again(upstream).await, tap };
    let Pair { mut client, mut server, connection } = rig.open().await;
    client.write_all(b"x").await.unwrap();

    assert_eq!(end_of(&unreachable).await, End::Unreachable);
    assert_eq!(exactly(&mut server, 1).await, b"x");
    assert_eq!((unreachable.id(), connection.id()), (1, 2));
}

/// Another test may use the port for its connection for a moment.
async fn listen_again(address: SocketAddr) -> TcpListener {
    let mut listener = None;
    until("the port", || {
        listener = std::net::TcpListener::bind(address).ok();
        listener.is_some()
    })
    .await;
    let listener = listener.unwrap();
    listener.set_nonblocking(true).unwrap();

    TcpListener::from_std(listener).unwrap()
}

#[tokio::test]
async fn a_tap_that_is_dropped_leaves_nothing_behind() {
    let Rig { tap, listener } = Rig::start().await;
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let address = tap.address();
    let rig = Rig { tap, listener };
    let mut pairs = [rig.open().await, rig.open().await, rig.open().await];
    pairs[1].client.shutdown().await.unwrap();
    SockRef::from(&pairs[2].server).shutdown(Shutdown::Write).unwrap();
    let before = tasks();

    drop(rig.tap);
    for (number, pair) in pairs.iter_mut().enumerate() {
        assert_eq!(end_of(&pair.connection).await, End::Cut, "connection {number}");
    }

    assert_eq!(before, 4);
    until_reset(&mut pairs[0].client).await;
    until_reset(&mut pairs[0].server).await;
    until("the tasks' end", || tasks() == 0).await;
    let refused = soon("an answer", TcpStream::connect(address)).await.unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn a_tap_that_is_dropped_in_a_silence_ends_it() {
    let rig = Rig::start().await;
    let Pair { mut client, .. } = rig.open().await;

    rig.tap.fault(Fault::Silence);
    let mut waiting = rig.connect().await;
    until("the connection", || rig.tap.totals().open == 2).await;
    drop(rig.tap);

    until_reset(&mut client).await;
    until_reset(&mut waiting).await;
}

#[tokio::test]
async fn more_connections_than_may_be_open_wait() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let tap = tap(listener.local_addr().unwrap(), Limits { open: 2, ..Limits::default() });
    let rig = Rig { tap, listener };
    let first = rig.open().await;
    let second = rig.open().await;

    let mut third = rig.connect().await;
    third.write_all(b"third").await.unwrap();
    let early = timeout(SHORT, rig.listener.accept()).await;
    drop(second.client);
    drop(second.server);
    let mut server = rig.accept().await;
    let opened = rig.tap.totals().opened;

    assert!(early.is_err(), "{early:?}");
    assert_eq!(exactly(&mut server, 5).await, b"third");
    assert_eq!(opened, 3);
    assert!(second.connection.facts().ended.is_some(), "before the third was accepted");
    assert_eq!(first.connection.facts().ended, None);
}
