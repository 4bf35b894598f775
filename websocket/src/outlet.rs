//! What is under way to the client: the response's body, and how much of it waits.

use std::{cell::Cell, pin::Pin, rc::Rc, task::Poll};

use actix_web::{
    HttpResponse,
    body::{BodyStream, MessageBody as _},
};
use futures_util::{FutureExt as _, stream};
use tokio::sync::{Notify, oneshot};

/// So many bytes may wait for the client before more are taken; actix-ws by itself would queue 32 messages of any size.
const MOST_WAITING: usize = 64 * 1_024;

/// Counts what waits. Dropped, it ends the response, and TCP with it.
pub(crate) struct Outlet {
    waiting: Rc<Waiting>,
    _open: oneshot::Sender<()>,
}

#[derive(Default)]
struct Waiting {
    bytes: Cell<usize>,
    /// Some of it has left.
    left: Notify,
}

/// The body's side of what waits: all leaves at once, also when the connection is gone.
struct Body(Rc<Waiting>);

impl Body {
    fn leave(&self) {
        self.0.bytes.set(0);
        self.0.left.notify_one();
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Outlet {
    /// Makes the response stay open after its last frame until the outlet is dropped: who closes first may lose it.
    pub(crate) fn through(response: HttpResponse) -> (HttpResponse, Self) {
        let (open, mut closed) = oneshot::channel();
        let waiting = Body(Rc::default());
        let outlet = Self { waiting: Rc::clone(&waiting.0), _open: open };
        let response = response.map_body(|_, mut body| {
            BodyStream::new(stream::poll_fn(move |cx| match Pin::new(&mut body).poll_next(cx) {
                Poll::Ready(None) => closed.poll_unpin(cx).map(|_| None),
                Poll::Pending => Poll::Pending,
                Poll::Ready(frames) => {
                    waiting.leave();
                    Poll::Ready(frames)
                }
            }))
        });

        (response.map_into_boxed_body(), outlet)
    }

    /// Waits until little enough is under way, and adds so many bytes to it.
    pub(crate) async fn reserve(&self, bytes: usize) {
        while self.waiting.bytes.get() >= MOST_WAITING {
            self.waiting.left.notified().await;
        }
        self.waiting.bytes.set(self.waiting.bytes.get() + bytes);
    }
}
