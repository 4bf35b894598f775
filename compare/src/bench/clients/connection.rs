//! One client: a connection, and how far it has come.

use std::{
    convert::Infallible,
    future::poll_fn,
    io,
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, ready},
    time::Duration,
};

use socket2::SockRef;
use tokio::{
    io::{AsyncRead as _, AsyncWriteExt as _, ReadBuf},
    net::{TcpSocket, TcpStream},
    time::sleep,
};

use super::{
    Shared,
    decoder::{Decoder, Then},
    lock,
};
use crate::{
    bench::{heads, line::Connector, peers::Follows, stream::Stream},
    client::websocket::frame,
    transports::Row,
    wire::frame::{PONG, TEXT},
};

/// An address has some 28,000 ports; spread over so many, all clients find one at once.
const ADDRESSES: usize = 16;

/// What clients connect to.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) row: Row,
    pub(super) follows: Follows,
    pub(super) address: SocketAddr,
    pub(super) connector: Connector,
    pub(super) epoch: Arc<str>,
    pub(super) interval: Duration,
}

/// One client.
#[derive(Debug)]
pub(super) struct Connection {
    stream: Stream,
    shared: Arc<Mutex<Shared>>,
    way: &'static str,
    origin: Arc<str>,
    interval: Duration,
    decoder: Decoder,
}

impl Connection {
    /// Connects, from an address that follows from the client's number.
    pub(super) async fn open(target: &Target, number: usize, shared: Arc<Mutex<Shared>>) -> io::Result<Self> {
        let stream = target.connector.over(connect(target.address, number).await?).await?;
        let decoder = Decoder::new(target.row, target.follows, Arc::clone(&target.epoch));
        let (way, origin) = (target.row.transport.name, target.connector.origin(target.address).into());

        Ok(Self { stream, shared, way, origin, interval: target.interval, decoder })
    }

    /// Asks and listens, until the connection ends.
    pub(super) async fn follow(mut self) {
        let Err(error) = self.go_on().await;
        broke(&self.shared, &error);
    }

    async fn go_on(&mut self) -> io::Result<Infallible> {
        self.ask().await?;
        let mut pause = self.interval.mul_f64(rand::random()); // so that not all come in step

        loop {
            match poll_fn(|context| self.poll_read(context)).await? {
                Then::Listen => {}
                Then::Ask => self.ask().await?,
                Then::AskLater => {
                    sleep(pause).await;
                    pause = self.interval;
                    self.ask().await?;
                }
                Then::Say(packet) => self.send(&frame(TEXT, packet.as_bytes())).await?,
                Then::Post(packet) => self.post(packet).await?,
                Then::Pong(payload) => self.send(&frame(PONG, &payload)).await?,
            }
        }
    }

    async fn ask(&mut self) -> io::Result<()> {
        lock(&self.shared).tally.requests += 1;
        let request = heads::get(self.way, &self.origin, &self.decoder.target(), self.decoder.conditions());

        self.send(&request).await
    }

    async fn post(&mut self, packet: &str) -> io::Result<()> {
        lock(&self.shared).tally.requests += 1;
        let request = heads::post(&self.origin, &self.decoder.target(), packet);

        self.send(&request).await
    }

    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        lock(&self.shared).tally.up += bytes.len() as u64;
        self.stream.write_all(bytes).await?;

        self.stream.flush().await
    }

    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Then>> {
        let Shared { buffer, tally } = &mut *lock(&self.shared);
        let pending = self.decoder.pending().len();
        buffer[..pending].copy_from_slice(self.decoder.pending());
        if pending == buffer.len() {
            return Poll::Ready(Err(io::Error::other("what came has no end that a client can wait for")));
        }
        let mut free = ReadBuf::new(&mut buffer[pending..]);
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut free))?;
        let read = free.filled().len();
        if read == 0 {
            return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
        }
        tally.down += read as u64;

        Poll::Ready(self.decoder.hear(&buffer[..pending + read], tally))
    }
}

/// A client's connection ended.
pub(super) fn broke(shared: &Mutex<Shared>, error: &io::Error) {
    let tally = &mut lock(shared).tally;
    tally.broken += 1;
    tally.broke.get_or_insert_with(|| match error.kind() {
        io::ErrorKind::UnexpectedEof => "the server hung up".to_owned(),
        _ => error.to_string(),
    });
}

/// From one of the loopback addresses, where there are many.
pub(super) async fn connect(address: SocketAddr, number: usize) -> io::Result<TcpStream> {
    let stream = match address {
        SocketAddr::V4(_) => {
            let last = u8::try_from(number % ADDRESSES + 1).unwrap_or(1);
            let socket = TcpSocket::new_v4()?;
            socket.bind((Ipv4Addr::new(127, 0, 0, last), 0).into())?;
            socket.connect(address).await?
        }
        SocketAddr::V6(_) => TcpStream::connect(address).await?,
    };
    stream.set_nodelay(true)?;
    SockRef::from(&stream).set_linger(Some(Duration::ZERO))?; // so that no port stays taken after its end

    Ok(stream)
}
