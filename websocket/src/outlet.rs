//! What is under way to the client: the response's body, and how much of it waits.

use std::{cell::Cell, pin::Pin, rc::Rc, task::Poll, time::Duration};

use actix_web::{
    HttpResponse,
    body::{BodyStream, MessageBody as _},
    web::Bytes,
};
use futures_util::{FutureExt as _, stream};
use tokio::{
    sync::{Notify, oneshot},
    time::{Instant, timeout},
};

use super::life::Life;

/// So many bytes may wait for the client before more are taken; actix-ws by itself would queue 32 messages of any size.
const MOST_WAITING: usize = 64 * 1_024;
/// So many leave at once, however long a message is: each piece shows that the client takes bytes.
const PIECE: usize = 16 * 1_024;
/// What leaves after so long was held up by the client, which has taken bytes now. Sooner, it may have left into a buffer.
const HELD_UP: Duration = Duration::from_millis(100);

/// The client takes nothing any more, or is gone.
pub(crate) struct Gone;

/// Counts what waits. Dropped, it ends the response, and TCP with it.
pub(crate) struct Outlet {
    waiting: Rc<Waiting>,
    _open: oneshot::Sender<()>,
}

struct Waiting {
    bytes: Cell<usize>,
    /// Since when the first of them waits, or since some have left.
    since: Cell<Instant>,
    /// Some have left.
    left: Notify,
    life: Life,
}

impl Waiting {
    fn add(&self, bytes: usize) {
        if self.bytes.get() == 0 {
            self.since.set(Instant::now());
        }
        self.bytes.set(self.bytes.get() + bytes);
    }

    fn leave(&self, bytes: usize) {
        if self.since.get().elapsed() >= HELD_UP {
            self.life.sign();
        }
        self.since.set(Instant::now());
        self.bytes.set(self.bytes.get().saturating_sub(bytes));
        self.left.notify_one();
    }
}

/// The body's side of what waits: all leaves when the connection is gone.
struct Body(Rc<Waiting>);

impl Drop for Body {
    fn drop(&mut self) {
        self.0.bytes.set(0);
        self.0.left.notify_one();
    }
}

impl Outlet {
    /// Makes the response stay open after its last frame until the outlet is dropped: who closes first may lose it.
    pub(crate) fn through(response: HttpResponse, life: Life) -> (HttpResponse, Self) {
        let (open, mut closed) = oneshot::channel();
        let (bytes, since) = (Cell::new(0), Cell::new(Instant::now()));
        let waiting = Body(Rc::new(Waiting { bytes, since, left: Notify::new(), life }));
        let outlet = Self { waiting: Rc::clone(&waiting.0), _open: open };
        let mut frames = Bytes::new();
        let response = response.map_body(|_, mut body| {
            BodyStream::new(stream::poll_fn(move |cx| {
                if frames.is_empty() {
                    match Pin::new(&mut body).poll_next(cx) {
                        Poll::Ready(None) => return closed.poll_unpin(cx).map(|_| None),
                        Poll::Ready(Some(Ok(more))) => frames = more,
                        other => return other,
                    }
                }
                let piece = frames.split_to(frames.len().min(PIECE));
                waiting.0.leave(piece.len());
                Poll::Ready(Some(Ok(piece)))
            }))
        });

        (response.map_into_boxed_body(), outlet)
    }

    /// Waits until little enough is under way, and adds so many bytes to it; gives up where nothing leaves for so long.
    pub(crate) async fn reserve(&self, bytes: usize, patience: Duration) -> Result<(), Gone> {
        while self.waiting.bytes.get() >= MOST_WAITING {
            timeout(patience, self.waiting.left.notified()).await.map_err(|_stalled| Gone)?;
        }
        self.waiting.add(bytes);

        Ok(())
    }
}
