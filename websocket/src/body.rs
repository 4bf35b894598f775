//! The response's body: what is due, frame after frame, and nothing after a Close.

use std::{
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use actix_web::{
    body::{BodySize, MessageBody},
    web::Bytes,
};

use super::{
    line::{Due, Line},
    unmasked::{first_frame, is_close},
};

/// So many leave at once, however long a message is: each piece shows that the client takes bytes.
const PIECE: usize = 16 * 1_024;

/// Around the body of actix-ws. Dropped, it ends the line.
pub(crate) struct Body<B> {
    line: Rc<Line>,
    actix_ws: B,
    /// What actix-ws gave at once: the frames of as many messages as were sent by then, others may be due between them.
    messages: Bytes,
    /// Whole frames under way.
    frames: Bytes,
}

impl<B: MessageBody + Unpin> Body<B> {
    /// Passes on what is due by the line.
    pub(crate) fn of(line: Rc<Line>, actix_ws: B) -> Self {
        Self { line, actix_ws, messages: Bytes::new(), frames: Bytes::new() }
    }

    /// The next whole frames.
    fn next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, B::Error>>> {
        if self.line.message_is_due() {
            return self.next_message(cx);
        }
        match self.line.pop() {
            Some(Due::Frames(frames)) => Poll::Ready(Some(Ok(frames))),
            _ if self.line.more_may_come(cx.waker()) => Poll::Pending,
            _ => Poll::Ready(None),
        }
    }

    fn next_message(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, B::Error>>> {
        if self.messages.is_empty() {
            match ready!(Pin::new(&mut self.actix_ws).poll_next(cx)) {
                Some(Ok(messages)) => self.messages = messages,
                end => return Poll::Ready(end),
            }
        }
        self.line.pop();
        let frame = self.messages.split_to(first_frame(&self.messages));
        if is_close(&frame) {
            self.line.end();
        }

        Poll::Ready(Some(Ok(frame)))
    }
}

impl<B: MessageBody + Unpin> MessageBody for Body<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, B::Error>>> {
        let this = self.get_mut();
        while this.frames.is_empty() {
            match ready!(this.next(cx)) {
                Some(Ok(frames)) => this.frames = frames,
                end => return Poll::Ready(end),
            }
        }
        let piece = this.frames.split_to(this.frames.len().min(PIECE));
        this.line.leave(piece.len());

        Poll::Ready(Some(Ok(piece)))
    }
}

impl<B> Drop for Body<B> {
    fn drop(&mut self) {
        self.line.end();
    }
}

#[cfg(test)]
#[path = "body_tests.rs"] // the files of a way lie flat
mod tests;
