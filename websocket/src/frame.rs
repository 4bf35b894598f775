//! A filter in front of the decoder: one whole frame at a time, and none that is too long.

use std::{
    cell::RefCell,
    mem::take,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use actix_web::{
    dev::Payload,
    error::PayloadError,
    web::{Bytes, BytesMut},
};
use futures_util::{Stream, StreamExt as _};

use super::{fragments::Fragments, header::frame_length, life::Life};

/// The bytes that come from the client: read by the filter, and past it once the decoder has given up.
pub(crate) type SharedPayload = Rc<RefCell<Payload>>;

/// Passes on one whole frame at a time, since the decoder behind it lets an error overtake the good frames of the same
/// read; and refuses a frame by the size that it declares, since the decoder would buffer it first, and a message in too many
/// fragments.
pub(crate) struct WholeFrames {
    payload: SharedPayload,
    buffer: BytesMut,
    longest: usize,
    fragments: Fragments,
    life: Life,
    /// The decoder asks again at once; it is to take the frame that it has.
    passed: bool,
}

impl WholeFrames {
    /// A filter for frames of up to `longest` bytes, and the payload that it reads.
    pub(crate) fn new(payload: Payload, longest: usize, life: Life) -> (SharedPayload, Self) {
        let payload = Rc::new(RefCell::new(payload));

        (
            Rc::clone(&payload),
            Self { payload, buffer: BytesMut::new(), longest, fragments: Fragments::of(longest), life, passed: false },
        )
    }
}

impl Stream for WholeFrames {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if take(&mut self.passed) {
            return Poll::Pending; // no wake-up is due: a whole frame makes the decoder ready
        }
        loop {
            match frame_length(&self.buffer, self.longest) {
                Ok(length) if length <= self.buffer.len() => {
                    let first = self.buffer[0];
                    if self.fragments.is_one_too_many(first) {
                        return Poll::Ready(Some(Err(PayloadError::Overflow)));
                    }
                    self.passed = true;
                    return Poll::Ready(Some(Ok(self.buffer.split_to(length).freeze())));
                }
                Ok(_more_to_come) => {}
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
            let chunk = ready!(self.payload.borrow_mut().poll_next_unpin(cx));
            match chunk {
                Some(Ok(bytes)) => {
                    self.life.sign();
                    self.buffer.extend_from_slice(&bytes);
                }
                end => return Poll::Ready(end),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        task::{Wake, Waker},
    };

    use actix_web::{FromRequest as _, test::TestRequest, web};
    use futures_util::stream::poll_fn;
    use tokio::sync::mpsc::unbounded_channel;

    use super::*;

    #[derive(Default)]
    struct Wakes(AtomicUsize);

    impl Wake for Wakes {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The filter is pending after each frame without having asked for a wake-up: the stream behind it must give the frame that it
    /// has, and ask again.
    #[actix_web::test]
    async fn each_whole_frame_comes_out_without_a_wake_up_and_the_next_bytes_wake_once() {
        let (sender, mut receiver) = unbounded_channel();
        let chunks = poll_fn(move |cx| receiver.poll_recv(cx).map(|bytes: Option<Bytes>| bytes.map(Ok)));
        let payload: Payload = Payload::Stream { payload: Box::pin(chunks) };
        let (_payload, frames) = WholeFrames::new(payload, 125, Life::begin());
        let mut frames: Payload = Payload::Stream { payload: Box::pin(frames) };
        let request = TestRequest::default()
            .insert_header(("Upgrade", "websocket"))
            .insert_header(("Connection", "Upgrade"))
            .insert_header(("Sec-WebSocket-Version", "13"))
            .insert_header(("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="))
            .to_http_request();
        let body = web::Payload::from_request(&request, &mut frames).into_inner().unwrap();
        let (_response, _session, mut messages) = actix_ws::handle(&request, body).unwrap();
        let wakes = Arc::new(Wakes::default());
        let waker = Waker::from(Arc::clone(&wakes));
        let mut next = || messages.poll_next_unpin(&mut Context::from_waker(&waker)).is_ready();
        const PING: &[u8] = b"\x89\x80\0\0\0\0";

        assert!(!next(), "nothing has come");
        sender.send(PING.repeat(3).into()).unwrap();
        assert_eq!(wakes.0.load(Ordering::Relaxed), 1);
        assert_eq!([(); 4].map(|()| next()), [true, true, true, false]);
        assert_eq!(wakes.0.load(Ordering::Relaxed), 1, "none of them waits for a wake-up");
        sender.send(Bytes::from_static(&PING[..3])).unwrap();
        assert!(!next() && wakes.0.load(Ordering::Relaxed) == 2, "half a frame");
        sender.send(Bytes::from_static(&PING[3..])).unwrap();
        assert!(next() && wakes.0.load(Ordering::Relaxed) == 3);
    }
}
