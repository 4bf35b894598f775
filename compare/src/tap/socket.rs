//! What is set on the sockets of a connection.

use std::{io, time::Duration};

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;

/// A peer of which nothing was heard for so long is asked whether it is there, and again after each such time.
const PROBE: Duration = Duration::from_secs(15);

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
    use tokio::net::TcpListener;

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
