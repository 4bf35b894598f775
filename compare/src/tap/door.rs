//! Lets connections in.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use socket2::{SockRef, TcpKeepalive};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    time::sleep,
};

use super::{Limits, book::Book, fault::Condition, relay::Relay};

/// Where no connection can be accepted, as when too many files are open, the next try is after so long.
const PAUSE: Duration = Duration::from_millis(100);
/// A peer of which nothing was heard for so long is asked whether it is there, and again after each such time.
const PROBE: Duration = Duration::from_secs(15);

/// A listener, and what a connection needs.
pub(super) struct Door {
    listener: TcpListener,
    upstream: SocketAddr,
    limits: Limits,
    book: Arc<Book>,
    line: watch::Receiver<Condition>,
    /// A connection holds a permit while it is open.
    room: Arc<Semaphore>,
}

impl Door {
    pub(super) fn new(
        listener: TcpListener,
        upstream: SocketAddr,
        limits: Limits,
        book: Arc<Book>,
        line: watch::Receiver<Condition>,
    ) -> Self {
        Self { listener, upstream, limits, book, line, room: Arc::new(Semaphore::new(limits.open)) }
    }

    /// Lets in whoever comes, until the tap is gone.
    pub(super) async fn admit_all(self) {
        let mut line = self.line.clone();
        let admitting = async {
            loop {
                if let Err(error) = self.admit().await {
                    tracing::warn!(%error, "a connection was not accepted");
                    sleep(PAUSE).await;
                }
            }
        };

        tokio::select! {
            () = admitting => {}
            gone = line.wait_for(|_| false) => drop(gone),
        }
    }

    async fn admit(&self) -> io::Result<()> {
        let permit = Arc::clone(&self.room).acquire_owned().await.map_err(io::Error::other)?;
        let (client, peer) = self.listener.accept().await?;
        if prepare(&SockRef::from(&client)).is_err() {
            return Ok(()); // it has left already
        }
        let Some(connection) = self.book.open(peer, || self.line.borrow().refuses()) else {
            return Ok(()); // dropped, it is reset
        };
        let (book, line) = (Arc::clone(&self.book), self.line.clone());
        let (relay, upstream) = (Relay { connection, limits: self.limits, book, line }, self.upstream);

        tokio::spawn(async move {
            relay.run(client, upstream).await;
            drop(permit);
        });
        Ok(())
    }
}

/// Bytes go at once, a peer that vanished is noticed, and the connection is reset when it is dropped.
pub(super) fn prepare(socket: &SockRef<'_>) -> io::Result<()> {
    socket.set_tcp_nodelay(true)?;
    socket.set_linger(Some(Duration::ZERO))?;

    socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(PROBE).with_interval(PROBE))
}

/// The connection is closed, not reset, when it is dropped.
pub(super) fn close_in_peace(stream: &TcpStream) -> io::Result<()> {
    SockRef::from(stream).set_linger(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_connection_is_prepared_to_be_quick_and_to_be_reset_until_it_closes_in_peace() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let socket = SockRef::from(&stream);

        prepare(&socket).unwrap();
        let reset = socket.linger().unwrap();
        close_in_peace(&stream).unwrap();

        assert!(socket.tcp_nodelay().unwrap(), "bytes do not wait for others");
        assert!(socket.keepalive().unwrap());
        assert_eq!((reset, socket.linger().unwrap()), (Some(Duration::ZERO), None));
    }
}
