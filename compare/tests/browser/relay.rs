//! A line that can fall silent: a relay in front of a server, which stops passing bytes and closes nothing.

use std::{
    net::SocketAddr,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinHandle,
};

/// Relays until it is dropped.
pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    silences: Arc<AtomicUsize>,
    accepting: JoinHandle<()>,
}

impl Relay {
    /// Connections on which messages were asked for never pass a byte again, as when a NAT forgot them; others do.
    pub(crate) fn silence(&self) {
        self.silences.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Starts one on a free port.
pub(crate) async fn listen(server: SocketAddr) -> Relay {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let silences = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&silences);
    let accepting = tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.unwrap();
            let (down, up) = client.into_split();
            let (back, forth) = TcpStream::connect(server).await.unwrap().into_split();
            let line = Line { silences: Arc::clone(&counter), asked: Arc::default() };
            tokio::spawn(pass(down, forth, line.clone()));
            tokio::spawn(pass(back, up, line));
        }
    });

    Relay { address, silences, accepting }
}

/// One connection, and how many silences there had been when it was first asked for messages.
#[derive(Clone)]
struct Line {
    silences: Arc<AtomicUsize>,
    asked: Arc<OnceLock<usize>>,
}

impl Line {
    fn is_silent(&self, bytes: &[u8]) -> bool {
        let now = self.silences.load(Ordering::Relaxed);
        if bytes.starts_with(b"GET /messages") {
            self.asked.get_or_init(|| now);
        }

        self.asked.get().is_some_and(|before| *before != now)
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, line: Line) {
    let mut bytes = vec![0; 16 * 1_024];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        if line.is_silent(&bytes[..count]) {
            return std::future::pending().await; // open, and silent
        }
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}
