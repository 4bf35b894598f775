//! Counts what passes.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What passed on a connection, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Passed {
    Up(u64),
    Down(u64),
}

/// A connection, and who is told what passes on it.
pub(crate) struct Counted<S, F> {
    stream: S,
    tell: F,
}

impl<S, F: FnMut(Passed)> Counted<S, F> {
    pub(crate) fn new(stream: S, tell: F) -> Self {
        Self { stream, tell }
    }
}

impl<S: AsyncRead + Unpin, F: FnMut(Passed) + Unpin> AsyncRead for Counted<S, F> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(context, buffer))?;
        (this.tell)(Passed::Down((buffer.filled().len() - before) as u64));

        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin, F: FnMut(Passed) + Unpin> AsyncWrite for Counted<S, F> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = ready!(Pin::new(&mut this.stream).poll_write(context, bytes))?;
        (this.tell)(Passed::Up(written as u64));

        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
