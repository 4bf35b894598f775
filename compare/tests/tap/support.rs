//! A tap with a server behind it, and both ends of its connections.

use std::{
    future::Future,
    io,
    net::SocketAddr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use compare::tap::{Connection, End, Limits, Tap};
use shared::testing::LIMIT;
use tokio::{
    io::AsyncReadExt as _,
    net::{TcpListener, TcpStream},
    time::{interval, timeout},
};

/// Longer than any test.
pub(crate) const LONG: Duration = Duration::from_secs(600);
/// What is waited for.
pub(crate) const SHORT: Duration = Duration::from_millis(400);

/// A tap, and the server's listener.
pub(crate) struct Rig {
    pub(crate) tap: Tap,
    pub(crate) listener: TcpListener,
}

/// Both ends of a connection through the tap, and what the tap says of it.
pub(crate) struct Pair {
    pub(crate) client: TcpStream,
    pub(crate) server: TcpStream,
    pub(crate) connection: Connection,
}

impl Rig {
    /// With faults that are longer than any test.
    pub(crate) async fn start() -> Self {
        let [silence, refuse, slow, buffer] = [LONG; 4];

        Self::with(Limits { silence, refuse, slow, buffer, ..Limits::default() }).await
    }

    pub(crate) async fn with(limits: Limits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();

        Self { tap: tap(listener.local_addr().unwrap(), limits), listener }
    }

    /// A client.
    pub(crate) async fn connect(&self) -> TcpStream {
        soon("a connection", TcpStream::connect(self.tap.address())).await.unwrap()
    }

    /// The server's end of the next connection.
    pub(crate) async fn accept(&self) -> TcpStream {
        soon("the server's end", self.listener.accept()).await.unwrap().0
    }

    /// A connection; no other may be opened meanwhile.
    pub(crate) async fn open(&self) -> Pair {
        let client = self.connect().await;
        let server = self.accept().await;
        let connection = self.tap.connections().pop().unwrap();
        client.set_nodelay(true).unwrap();
        server.set_nodelay(true).unwrap();

        Pair { client, server, connection }
    }
}

/// A tap on a free port.
pub(crate) fn tap(upstream: SocketAddr, limits: Limits) -> Tap {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();

    Tap::with(listener, upstream, limits).unwrap()
}

/// What should come in milliseconds.
pub(crate) async fn soon<T>(what: &str, coming: impl Future<Output = T>) -> T {
    timeout(LIMIT, coming).await.unwrap_or_else(|_| panic!("still waiting for {what}"))
}

/// Waits for what nobody reports.
pub(crate) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let mut pace = interval(Duration::from_millis(1));
    let watching = async {
        while !is_so() {
            pace.tick().await;
        }
    };

    soon(what, watching).await;
}

/// Waits for a connection's end.
pub(crate) async fn end_of(connection: &Connection) -> End {
    until("the end", || connection.facts().ended.is_some()).await;

    connection.facts().ended.unwrap().1
}

/// Reads so many bytes.
pub(crate) async fn exactly(stream: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    soon("bytes", stream.read_exact(&mut bytes)).await.unwrap();

    bytes
}

/// Reads to the end, which is a close.
pub(crate) async fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    soon("a close", stream.read_to_end(&mut bytes)).await.unwrap();

    bytes
}

/// Reads to the end, which is a reset.
pub(crate) async fn until_reset(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let read = soon("a reset", stream.read_to_end(&mut bytes)).await;
    assert_eq!(read.map_err(|error| error.kind()), Err(io::ErrorKind::ConnectionReset));

    bytes
}

/// Leaves by a reset.
pub(crate) fn reset(stream: TcpStream) {
    stream.set_zero_linger().unwrap();
    drop(stream);
}

/// The time as the tap has it.
pub(crate) fn unix_millis() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64
}
