use std::{convert::Infallible, future::poll_fn};

use actix_web::body::BodyStream;
use futures_util::{FutureExt as _, stream};
use tokio::sync::mpsc;

use super::*;
use crate::{life::Life, unmasked::text_frames};

const PING: &[u8] = b"\x89\0";
const PONG: &[u8] = b"\x8a\x01!";
const CLOSE: &[u8] = b"\x88\0";

/// A body, its line, and what stands for actix-ws: like that, it joins all that it has when it is asked.
fn body() -> (Rc<Line>, mpsc::UnboundedSender<Bytes>, impl FnMut() -> Option<Option<Bytes>>) {
    let line = Rc::new(Line::new(Life::begin()));
    let (sender, mut receiver) = mpsc::unbounded_channel::<Bytes>();
    let joined = stream::poll_fn(move |cx| {
        let mut joined = Vec::new();
        while let Poll::Ready(Some(bytes)) = receiver.poll_recv(cx) {
            joined.extend(bytes);
        }
        if joined.is_empty() { Poll::Pending } else { Poll::Ready(Some(Ok::<_, Infallible>(joined.into()))) }
    });
    let mut body = Body::of(Rc::clone(&line), BodyStream::new(Box::pin(joined)));
    let next = move || {
        let next = poll_fn(|cx| Pin::new(&mut body).poll_next(cx)).now_or_never()?;
        Some(next.map(|piece| piece.ok().expect("it cannot fail")))
    };

    (line, sender, next)
}

fn due(line: &Line, text: &str) {
    line.push(Due::Frames(text_frames([text]))).expect("it goes out");
}

fn sent(line: &Line, actix_ws: &mpsc::UnboundedSender<Bytes>, frame: &'static [u8]) {
    actix_ws.send(Bytes::from_static(frame)).unwrap();
    line.push(Due::Message).expect("it goes out");
}

fn piece(bytes: impl Into<Bytes>) -> Option<Option<Bytes>> {
    Some(Some(bytes.into()))
}

#[actix_web::test]
async fn frames_leave_in_the_order_in_which_they_were_sent() {
    let (line, actix_ws, mut next) = body();
    assert_eq!(next(), None);

    due(&line, "one");
    sent(&line, &actix_ws, PONG);
    due(&line, "two");
    sent(&line, &actix_ws, PING);
    sent(&line, &actix_ws, PONG);

    assert_eq!(
        [(); 5].map(|()| next()),
        [piece(text_frames(["one"])), piece(PONG), piece(text_frames(["two"])), piece(PING), piece(PONG)]
    );
    assert_eq!(next(), None);
}

#[actix_web::test]
async fn a_long_message_leaves_in_pieces_with_nothing_between() {
    let (line, actix_ws, mut next) = body();
    let text = "a".repeat(2 * PIECE);

    due(&line, &text);
    sent(&line, &actix_ws, PING);

    let whole = text_frames([&*text]);
    assert_eq!(
        [(); 4].map(|()| next()),
        [
            piece(whole.slice(..PIECE)),
            piece(whole.slice(PIECE..2 * PIECE)),
            piece(whole.slice(2 * PIECE..)),
            piece(PING)
        ]
    );
}

#[actix_web::test]
async fn nothing_follows_a_close_and_the_body_ends_with_the_conversation() {
    let (line, actix_ws, mut next) = body();

    due(&line, "one");
    sent(&line, &actix_ws, CLOSE);
    due(&line, "two");

    assert_eq!([next(), next(), next()], [piece(text_frames(["one"])), piece(CLOSE), None]);
    assert!(line.push(Due::Frames(text_frames(["three"]))).is_err());
    assert_eq!(next(), None);
    line.close();
    assert_eq!(next(), Some(None));
}
