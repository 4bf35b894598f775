//! What goes out: frames that are the same for many, and messages of this session, in one body.

use std::{rc::Rc, time::Duration};

use actix_web::{HttpResponse, web::Bytes};
use actix_ws::{CloseCode, Message};
use futures_util::SinkExt as _;
use tokio::{sync::oneshot, time::timeout};

use super::{
    body::Body,
    life::Life,
    waiting::{Frames, Gone, Waiting},
};

/// The session's side of the response. Dropped, it ends it, and TCP with it.
pub(crate) struct Outlet {
    sink: actix_ws::Session,
    waiting: Rc<Waiting>,
    _open: oneshot::Sender<()>,
}

impl Outlet {
    /// Puts the frames into the response, between those of actix-ws. It stays open after its last frame until the outlet is dropped:
    /// who closes first may lose it.
    pub(crate) fn through(
        response: HttpResponse,
        sink: actix_ws::Session,
        (first, rest): (Bytes, Frames),
        life: Life,
    ) -> (HttpResponse, Self) {
        let (open, over) = oneshot::channel();
        let waiting = Rc::new(Waiting::new(rest, life));
        let outlet = Self { sink, waiting: Rc::clone(&waiting), _open: open };
        let response = response.map_body(|_, messages| Body::new(messages, first, waiting, over));

        (response.map_into_boxed_body(), outlet)
    }

    /// Sends a message when little enough is under way; gives up where the client takes nothing for so long.
    pub(crate) async fn send(&mut self, message: Message, patience: Duration) -> Result<(), Gone> {
        self.waiting.reserve(length(&message), patience).await?;
        let sent = timeout(patience, self.sink.send(message)).await.map_err(|_stalled| Gone)?;

        sent.map_err(|_closed| Gone)
    }

    /// Waits until the frames have ended, and says why.
    pub(crate) async fn ended(&self) -> CloseCode {
        self.waiting.ended().await
    }

    /// Whether the client has not taken for so long what had left for it.
    pub(crate) fn is_stuck(&self, patience: Duration) -> bool {
        self.waiting.is_stuck(patience)
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        self.waiting.drop_frames();
    }
}

fn length(message: &Message) -> usize {
    match message {
        Message::Text(text) => text.len(),
        Message::Binary(bytes) | Message::Ping(bytes) | Message::Pong(bytes) => bytes.len(),
        Message::Close(_) | Message::Continuation(_) | Message::Nop => 0,
    }
}
