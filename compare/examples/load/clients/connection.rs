//! One client: a connection, and how far it has come.

use std::{
    future::poll_fn,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, ready},
    time::Duration,
};

use compare::client::{Channel, Client};
use tokio::{
    io::{AsyncRead as _, AsyncWriteExt as _, ReadBuf},
    net::TcpStream,
    time::sleep,
};

use super::{
    Shared,
    decoder::{Decoder, Then},
    lock,
};
use crate::args::Load;

/// One client.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    shared: Arc<Mutex<Shared>>,
    channel: Channel,
    interval: Duration,
    decoder: Decoder,
    client: Box<dyn Client>,
}

impl Connection {
    /// Connects.
    pub(super) async fn open(
        load: &Load,
        address: SocketAddr,
        epoch: Arc<str>,
        shared: Arc<Mutex<Shared>>,
    ) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let client = (load.transport.client)();
        let decoder = Decoder::new(load.transport, epoch);

        Ok(Self { stream, shared, channel: Channel::at(address), interval: load.interval, decoder, client })
    }

    /// Asks and listens, until the connection ends.
    pub(super) async fn follow(mut self) {
        let ended = self.go_on().await;
        let tally = &mut lock(&self.shared).tally;
        tally.broken += 1;
        if tally.broken == 1 {
            eprintln!("a client's connection ended: {ended:?}");
        }
    }

    async fn go_on(&mut self) -> io::Result<()> {
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
            }
        }
    }

    async fn ask(&mut self) -> io::Result<()> {
        let request = self.client.ask(&self.channel, Some(&self.decoder.cursor()));
        self.stream.write_all(&request).await?;
        lock(&self.shared).tally.bytes += request.len() as u64;

        Ok(())
    }

    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Then>> {
        let Shared { buffer, tally } = &mut *lock(&self.shared);
        let pending = self.decoder.pending().len();
        buffer[..pending].copy_from_slice(self.decoder.pending());
        let mut free = ReadBuf::new(&mut buffer[pending..]);
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut free))?;
        let read = free.filled().len();
        if read == 0 {
            return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
        }
        tally.bytes += read as u64;

        Poll::Ready(self.decoder.hear(&buffer[..pending + read], tally))
    }
}
