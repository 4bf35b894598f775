//! What a client reads from and writes to: TCP as it is, or TLS upon it.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
#[cfg(feature = "tls")]
use tokio_rustls::client::TlsStream;

/// A connection. What is written by TLS leaves when it is flushed.
#[derive(Debug)]
pub(crate) enum Stream<S = TcpStream> {
    Clear(S),
    #[cfg(feature = "tls")]
    Tls(Box<TlsStream<S>>),
}

/// Each by the one or the other.
macro_rules! by_kind {
    ($self:ident, $stream:ident => $does:expr) => {
        match $self.get_mut() {
            Stream::Clear($stream) => $does,
            #[cfg(feature = "tls")]
            Stream::Tls($stream) => $does,
        }
    };
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Stream<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        by_kind!(self, stream => Pin::new(stream).poll_read(context, buffer))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Stream<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        by_kind!(self, stream => Pin::new(stream).poll_write(context, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        by_kind!(self, stream => Pin::new(stream).poll_flush(context))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        by_kind!(self, stream => Pin::new(stream).poll_shutdown(context))
    }
}
