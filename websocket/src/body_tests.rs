use std::convert::Infallible;

use actix_web::body::BodyStream;
use actix_ws::CloseCode;
use futures_util::{StreamExt as _, future::poll_fn, stream};
use tokio::sync::mpsc::{self, UnboundedSender};

use super::super::{life::Life, unmasked::text_frames};
use super::*;

const PING: &[u8] = b"\x89\0";
const PONG: &[u8] = b"\x8a\x01!";
const CLOSE: &[u8] = b"\x88\0";

type Fake = Body<BodyStream<stream::LocalBoxStream<'static, Result<Bytes, Infallible>>>>;

/// A body, and what stands for actix-ws, for the feed and for the session.
struct Under {
    body: Fake,
    actix_ws: Option<UnboundedSender<Result<Bytes, Infallible>>>,
    feed: UnboundedSender<Result<Bytes, CloseCode>>,
    waiting: Rc<Waiting>,
    session: Option<oneshot::Sender<()>>,
}

impl Under {
    fn test() -> Self {
        let (actix_ws, mut messages) = mpsc::unbounded_channel();
        let (feed, mut frames) = mpsc::unbounded_channel();
        let (session, over) = oneshot::channel();
        let messages = stream::poll_fn(move |cx| messages.poll_recv(cx)).boxed_local();
        let frames = stream::poll_fn(move |cx| frames.poll_recv(cx)).boxed_local();
        let waiting = Rc::new(Waiting::new(frames, Life::begin()));
        let body = Body::new(BodyStream::new(messages), text("place"), Rc::clone(&waiting), over);

        Self { body, actix_ws: Some(actix_ws), feed, waiting, session: Some(session) }
    }

    fn answers(&self, frame: &'static [u8]) {
        self.actix_ws.as_ref().unwrap().send(Ok(Bytes::from_static(frame))).unwrap();
    }

    fn publishes(&self, frames: Bytes) {
        self.feed.send(Ok(frames)).unwrap();
    }

    /// What is there to leave, piece by piece; `None` at the end of the body.
    fn leaves(&mut self) -> Vec<Option<Bytes>> {
        let next = poll_fn(|cx| Pin::new(&mut self.body).poll_next(cx)).now_or_never();
        match next {
            None => Vec::new(),
            Some(None) => vec![None],
            Some(Some(piece)) => [vec![Some(piece.unwrap_or_default())], self.leaves()].concat(),
        }
    }
}

fn text(text: &str) -> Bytes {
    text_frames([text])
}

#[actix_web::test]
async fn the_place_leaves_first_then_whole_frames_each_kind_in_its_order() {
    let mut under = Under::test();

    under.answers(PONG);
    under.publishes(text("one"));
    under.publishes(text("two"));
    under.answers(PING);

    let frames = [text("place"), PONG.into(), PING.into(), text("one"), text("two")];
    assert_eq!(under.leaves(), frames.map(Some));
}

#[actix_web::test]
async fn a_long_message_leaves_in_pieces_with_nothing_between() {
    let mut under = Under::test();
    let long = text(&"a".repeat(2 * PIECE));
    assert_eq!(under.leaves(), [Some(text("place"))]);

    under.publishes(long.clone());
    let first = poll_fn(|cx| Pin::new(&mut under.body).poll_next(cx)).now_or_never().flatten();
    under.answers(PING);

    assert_eq!(first.unwrap().unwrap(), long.slice(..PIECE));
    let rest = [long.slice(PIECE..2 * PIECE), long.slice(2 * PIECE..), PING.into()];
    assert_eq!(under.leaves(), rest.map(Some));
}

#[actix_web::test]
async fn nothing_follows_a_close_and_the_body_ends_with_the_session() {
    let mut under = Under::test();

    under.publishes(text("one"));
    under.answers(CLOSE);
    under.actix_ws = None; // its body ends with a Close

    assert_eq!(under.leaves(), [Some(text("place")), Some(CLOSE.into())]);
    under.session = None;
    assert_eq!(under.leaves(), [None]);
}

#[actix_web::test]
async fn the_end_of_the_feed_is_told_after_its_last_frames_and_the_session_goes_on() {
    let mut under = Under::test();

    under.publishes(text("one"));
    under.feed.send(Err(CloseCode::Away)).unwrap();

    assert_eq!(under.leaves(), [Some(text("place")), Some(text("one"))]);
    assert_eq!(under.waiting.ended().now_or_never(), Some(CloseCode::Away));
    under.answers(CLOSE);
    assert_eq!(under.leaves(), [Some(CLOSE.into())]);
    assert!(!under.feed.is_closed(), "the reader keeps its seat");
    under.waiting.drop_frames();
    assert!(under.feed.is_closed());
}

#[actix_web::test]
async fn a_client_is_stuck_where_it_takes_nothing_of_what_there_is() {
    let mut under = Under::test();
    let at_once = std::time::Duration::ZERO;
    assert!(!under.waiting.is_stuck(at_once));

    poll_fn(|cx| Pin::new(&mut under.body).poll_next(cx)).now_or_never().flatten();

    assert!(under.waiting.is_stuck(at_once), "the place has left, and nobody asks for more");
    assert_eq!(under.leaves(), []);
    assert!(!under.waiting.is_stuck(at_once), "there is no more");
}

#[actix_web::test]
async fn there_is_room_until_64_kib_wait() {
    const HOUR: std::time::Duration = std::time::Duration::from_secs(3_600);
    let under = Under::test();
    let has_room = |bytes| under.waiting.reserve(bytes, HOUR).now_or_never().is_some();

    assert!(has_room(60_000) && has_room(10_000) && !has_room(1));
    under.waiting.leave(1_000);
    assert!(!has_room(1), "too many wait still");
    let (reserved, ()) = tokio::join!(under.waiting.reserve(1, HOUR), async { under.waiting.leave(10_000) });
    assert!(reserved.is_ok() && has_room(10_000));
    assert!(under.waiting.reserve(1, std::time::Duration::from_millis(1)).await.is_err(), "nothing leaves");
    drop(under.body);
    assert!(under.waiting.reserve(1, HOUR).now_or_never().is_some(), "nothing waits for who is gone");
}
