//! Over HTTP/2: who has left, and who takes nothing.
//!
//! A connection has many streams there. actix-http looks whether one was given up only when it has something to write, and a
//! client that takes nothing of one stream acknowledges every segment all the same, so that the kernel sees nothing. So a
//! seat is watched: once a second what is left of its request is asked whether its stream is still there, and each batch must be
//! taken in time. A server around the five hands over what is left:
//!
//! ```
//! use actix_web::{Error, HttpMessage as _, body::MessageBody, dev::{ServiceRequest, ServiceResponse}, middleware::Next};
//! use shared::http2;
//!
//! /// For `App::wrap(from_fn(watch))`.
//! async fn watch<B: MessageBody>(mut request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
//!     if request.method() == "GET" {
//!         let rest = request.take_payload(); // it has no body
//!         http2::keep(&request, rest);
//!     }
//!     next.call(request).await
//! }
//! # _ = watch::<actix_web::body::BoxBody>;
//! ```

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use actix_web::{
    HttpMessage as _, HttpRequest,
    body::{BodyStream, MessageBody as _},
    dev::{Payload, ServiceRequest},
    http::Version,
    rt::{spawn, task::JoinHandle},
};
use tokio::time::{Instant, interval};
use tokio_util::sync::CancellationToken;

/// So often it is looked whether a client is still there.
const LOOK: Duration = Duration::from_secs(1);

/// Keeps what is left of a request when its body was read, or has none: it says who leaves. Over HTTP/1.1 it is dropped.
pub fn keep(request: &ServiceRequest, rest: Payload) {
    if request.version() == Version::HTTP_2 {
        request.extensions_mut().insert(Rest(BodyStream::new(rest)));
    }
}

/// Whether the request came over HTTP/2.
pub(crate) fn is_it(request: &HttpRequest) -> bool {
    request.version() == Version::HTTP_2
}

/// What is left of a request.
struct Rest(BodyStream<Payload>);

impl Rest {
    /// After the body's end nothing comes of it any more but this error: the stream was reset, or its connection has ended.
    fn is_cut(&mut self) -> bool {
        let next = Pin::new(&mut self.0).poll_next(&mut Context::from_waker(Waker::noop()));

        matches!(next, Poll::Ready(Some(Err(_))))
    }
}

/// Something that is to be dropped when its client is gone.
#[derive(Debug)]
pub(crate) struct Watched<T> {
    state: Arc<State<T>>,
    task: JoinHandle<()>,
}

/// What the watched one and its watch have in common.
#[derive(Debug)]
struct State<T> {
    held: Mutex<Option<T>>,
    /// Cancelled when the client is gone.
    gone: CancellationToken,
    left: AtomicBool,
    /// Since when something is to be taken by the client; none while its reader waits.
    full: Mutex<Option<Instant>>,
}

impl<T: Send + 'static> Watched<T> {
    /// Watches the client of this request, in the worker that serves it.
    pub(crate) fn new(request: &HttpRequest, held: T, gone: CancellationToken, patience: Duration) -> Self {
        let held = Mutex::new(Some(held));
        let state = Arc::new(State { held, gone, left: AtomicBool::new(false), full: Mutex::new(None) });
        let rest = request.extensions_mut().remove();
        let task = spawn(watch(Arc::clone(&state), rest, patience));

        Self { state, task }
    }

    /// The client has taken all that there was, until what comes back is dropped.
    pub(crate) fn waiting(&self) -> Waiting<T> {
        self.state.set_full(None);

        Waiting(Arc::clone(&self.state))
    }

    /// Whether the client has left. It is told once.
    pub(crate) fn has_left(&self) -> bool {
        self.state.left.swap(false, Ordering::Relaxed)
    }
}

impl<T> Drop for Watched<T> {
    fn drop(&mut self) {
        self.task.abort();
        self.state.give_up(); // the task may hold the state until its next turn
    }
}

/// A reader waits for news.
#[derive(Debug)]
pub(crate) struct Waiting<T>(Arc<State<T>>);

impl<T> Drop for Waiting<T> {
    fn drop(&mut self) {
        self.0.set_full(Some(Instant::now()));
    }
}

impl<T> State<T> {
    fn set_full(&self, since: Option<Instant>) {
        *self.full.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }

    fn is_full_for(&self, patience: Duration) -> bool {
        let since = *self.full.lock().unwrap_or_else(PoisonError::into_inner);

        !patience.is_zero() && since.is_some_and(|since| since.elapsed() >= patience)
    }

    fn give_up(&self) {
        self.gone.cancel();
        drop(self.held.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

async fn watch<T>(state: Arc<State<T>>, mut rest: Option<Rest>, patience: Duration) {
    let mut pace = interval(LOOK);
    loop {
        pace.tick().await;
        if rest.as_mut().is_some_and(Rest::is_cut) {
            state.left.store(true, Ordering::Relaxed);
            return state.give_up();
        }
        if state.is_full_for(patience) {
            tracing::info!("a client takes nothing: its seat is given back");
            return state.give_up();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use actix_web::{error::PayloadError, test::TestRequest};
    use futures_util::{FutureExt as _, stream};
    use tokio::{task::LocalSet, time::advance};

    use super::*;
    use crate::{Feed, Readers, Source, Start, feed::HISTORY};

    const PATIENCE: Duration = Duration::from_secs(30);

    fn source() -> Source {
        Source::new(Feed::new(HISTORY), Readers::new(1).with_patience(PATIENCE))
    }

    /// A request over HTTP/2, of which nothing is left but this.
    fn request(left: Result<(), PayloadError>) -> HttpRequest {
        let request = TestRequest::default().version(Version::HTTP_2).to_srv_request();
        let rest = stream::iter(left.err().map(Err));
        keep(&request, Payload::Stream { payload: Box::pin(rest) });

        request.request().clone()
    }

    #[tokio::test(start_paused = true)]
    async fn who_left_gives_its_seat_back_and_has_a_last_word() {
        LocalSet::new()
            .run_until(async {
                let source = source();
                let cut = request(Err(PayloadError::Incomplete(None)));
                let mut reader = source.follow(&cut, Start::Newest).await.unwrap();

                let place = reader.next().await.unwrap().unwrap();
                let last = reader.next().await.unwrap().unwrap();
                let end = reader.next().await.unwrap();

                assert_eq!(source.readers().open(), 0, "before the reader is dropped");
                assert!(place.is_empty() && last.is_empty() && end.is_none(), "{place:?} {last:?} {end:?}");
                drop(reader);
                assert_eq!(source.readers().open(), 0, "it is given back once");
            })
            .await;
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_gives_its_seat_back_and_who_waits_does_not() {
        LocalSet::new()
            .run_until(async {
                let source = source();
                let mut reader = source.follow(&request(Ok(())), Start::Newest).await.unwrap();
                reader.next().await.unwrap();

                let silence = tokio::time::timeout(PATIENCE * 10, reader.next()).await;
                assert!(silence.is_err() && source.readers().open() == 1, "it waits: {silence:?}");
                for _ in 0..PATIENCE.as_secs() + 2 {
                    advance(Duration::from_secs(1)).await;
                    tokio::task::yield_now().await;
                }

                assert_eq!(source.readers().open(), 0, "nobody takes what it has");
                assert!(reader.next().now_or_never().unwrap().unwrap().is_none(), "it is over");
                source.follow(&request(Ok(())), Start::Newest).await.expect("its seat is free");
            })
            .await;
    }

    #[tokio::test(start_paused = true)]
    async fn over_http_1_1_nothing_is_kept() {
        let request = TestRequest::default().to_srv_request();
        let rest = stream::once(ready(Err(PayloadError::Incomplete(None))));
        keep(&request, Payload::Stream { payload: Box::pin(rest) });

        assert!(!request.extensions().contains::<Rest>());
    }
}
