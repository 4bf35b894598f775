//! The response's body: around that of actix-ws, which makes the frames of one session, those that are the same for many.

use std::{
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_web::{
    body::{BodySize, MessageBody},
    web::Bytes,
};
use futures_util::FutureExt as _;
use tokio::sync::oneshot;

use super::waiting::Waiting;

/// So many leave at once, however long a message is: each piece shows that the client takes bytes.
const PIECE: usize = 16 * 1_024;

/// Gives whole frames of the one and the other, and nothing after a Close: with it the body of actix-ws ends.
pub(crate) struct Body<B> {
    actix_ws: B,
    has_closed: bool,
    /// The whole frames that leave now.
    leaving: Bytes,
    waiting: Rc<Waiting>,
    /// The session is over.
    over: oneshot::Receiver<()>,
}

impl<B: MessageBody + Unpin> Body<B> {
    /// Begins with these frames.
    pub(crate) fn new(actix_ws: B, first: Bytes, waiting: Rc<Waiting>, over: oneshot::Receiver<()>) -> Self {
        waiting.add(first.len());

        Self { actix_ws, has_closed: false, leaving: first, waiting, over }
    }

    /// The next whole frames. Those of actix-ws come first, or a feed that never rests would keep back a Close.
    fn poll_whole(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, B::Error>>> {
        if !self.has_closed {
            match Pin::new(&mut self.actix_ws).poll_next(cx) {
                Poll::Ready(None) => self.has_closed = true,
                Poll::Pending => return self.waiting.poll_frames(cx).map(|frames| Some(Ok(frames))),
                more @ Poll::Ready(_) => return more,
            }
        }

        self.over.poll_unpin(cx).map(|_| None)
    }
}

impl<B: MessageBody + Unpin> MessageBody for Body<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, B::Error>>> {
        let this = self.get_mut();
        this.waiting.asked();
        while this.leaving.is_empty() {
            match this.poll_whole(cx) {
                Poll::Ready(Some(Ok(frames))) => this.leaving = frames,
                end => return end,
            }
        }
        let piece = this.leaving.split_to(this.leaving.len().min(PIECE));
        this.waiting.leave(piece.len());

        Poll::Ready(Some(Ok(piece)))
    }
}

/// The connection is gone, and all that waits with it.
impl<B> Drop for Body<B> {
    fn drop(&mut self) {
        self.waiting.clear();
    }
}

#[cfg(test)]
#[path = "body_tests.rs"] // the files of a way lie side by side
mod tests;
