//! A relay in front of a server that ends connections after a byte that was chosen beforehand, or on command.

use std::{collections::VecDeque, io, net::SocketAddr};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::timeout,
};

use crate::program::LIMIT;

/// What happens to one connection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fate {
    /// So many bytes come from the server, and then the end.
    Bytes(usize, End),
    /// The end comes after these words.
    Words(&'static str, End),
    /// It is answered 503, and the server never hears of it.
    Refused,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    /// A FIN, in the middle of whatever it was.
    Close,
    /// A RST.
    Reset,
}

/// Relays until it is dropped.
pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    server: watch::Sender<Option<SocketAddr>>,
    reset: watch::Sender<()>,
    /// How many have met their fate.
    met: watch::Receiver<usize>,
    accepting: JoinHandle<()>,
}

impl Relay {
    /// The first connections have these fates, one after the other; those that come then have none.
    pub(crate) async fn listen(server: SocketAddr, fates: &[Fate]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (server, servers) = watch::channel(Some(server));
        let (reset, resets) = watch::channel(());
        let (meets, met) = watch::channel(0);
        let mut fates: VecDeque<_> = fates.iter().copied().collect();
        let accepting = tokio::spawn(async move {
            let mut connections = JoinSet::new(); // they end with it
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let (fate, meets, resets) = (fates.pop_front(), meets.clone(), resets.clone());
                let server = *servers.borrow();
                connections.spawn(async move {
                    pass(client, server, fate, resets).await.ok(); // either end may go away at any time
                    meets.send_modify(|met| *met += usize::from(fate.is_some()));
                });
            }
        });

        Self { address, server, reset, met, accepting }
    }

    /// Where the server of new connections is from now on, if there is one.
    pub(crate) fn move_to(&self, server: Option<SocketAddr>) {
        self.server.send_replace(server);
    }

    /// Every open connection is reset.
    pub(crate) fn reset(&self) {
        self.reset.send_replace(());
    }

    /// Waits until so many have met their fate.
    pub(crate) async fn until(&mut self, count: usize) {
        let met = timeout(LIMIT, self.met.wait_for(|met| *met >= count)).await;

        assert!(met.is_ok_and(|met| met.is_ok()), "{count} have not met their fate");
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn pass(
    mut client: TcpStream,
    server: Option<SocketAddr>,
    fate: Option<Fate>,
    mut resets: watch::Receiver<()>,
) -> io::Result<()> {
    resets.mark_unchanged();
    let end = if matches!(fate, Some(Fate::Refused)) {
        assert!(client.read(&mut [0; 1_024]).await? < 1_024, "a request is shorter");
        return client.write_all(REFUSAL).await;
    } else if let Some(server) = server {
        let server = TcpStream::connect(server).await?;
        tokio::select! {
            biased;
            _ = resets.changed() => End::Reset,
            end = relay(&mut client, server, fate) => end?,
        }
    } else {
        End::Reset
    };

    match end {
        End::Close => Ok(()),
        End::Reset => client.set_zero_linger(),
    }
}

const REFUSAL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// Passes bytes until the connection ends or meets its fate.
async fn relay(client: &mut TcpStream, mut server: TcpStream, fate: Option<Fate>) -> io::Result<End> {
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();

    tokio::select! {
        asked = copy(&mut from_client, &mut to_server) => asked.map(|_| End::Close),
        end = answer(&mut from_server, &mut to_client, fate) => end,
    }
}

async fn answer(
    server: &mut (impl AsyncRead + Unpin),
    client: &mut (impl AsyncWrite + Unpin),
    fate: Option<Fate>,
) -> io::Result<End> {
    let mut passed = Vec::new();
    loop {
        let begun = passed.len();
        if server.read_buf(&mut passed).await? == 0 {
            return Ok(End::Close);
        }
        let end = fate.and_then(|fate| fate.end(&passed));
        let until = end.map_or(passed.len(), |(at, _)| at);
        client.write_all(&passed[begun..until]).await?;
        if let Some((_, end)) = end {
            return Ok(end);
        }
    }
}

impl Fate {
    /// At which byte of the answer the connection ends, and how, if so much has come.
    fn end(self, answer: &[u8]) -> Option<(usize, End)> {
        match self {
            Self::Bytes(count, end) => (answer.len() >= count).then_some((count, end)),
            Self::Words(words, end) => {
                let at = answer.windows(words.len()).position(|part| part == words.as_bytes())?;
                Some((at + words.len(), end))
            }
            Self::Refused => None,
        }
    }
}
