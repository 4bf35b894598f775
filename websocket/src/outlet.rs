//! What goes out: messages that actix-ws makes frames of, and whole frames that are made already, in order.

use std::{rc::Rc, time::Duration};

use actix_web::{HttpResponse, web::Bytes};
use actix_ws::Message;
use futures_util::SinkExt as _;
use tokio::time::timeout;

use super::{
    body::Body,
    life::Life,
    line::{Due, Gone, Line},
    unmasked::frame_size,
};

/// What goes out at once.
pub(crate) enum Outgoing {
    /// A message.
    Message(Message),
    /// Whole frames: the same bytes for many clients.
    Frames(Bytes),
}

/// Dropped, it ends the response, and TCP with it.
pub(crate) struct Outlet {
    line: Rc<Line>,
    sink: actix_ws::Session,
}

impl Outlet {
    /// Puts a line into the response. It stays open after its last frame until the outlet is dropped: who closes first may lose it.
    pub(crate) fn through(response: HttpResponse, sink: actix_ws::Session, life: Life) -> (HttpResponse, Self) {
        let line = Rc::new(Line::new(life));
        let outlet = Self { line: Rc::clone(&line), sink };
        let response = response.map_body(|_, messages| Body::of(line, messages));

        (response.map_into_boxed_body(), outlet)
    }

    /// Sends it when little enough is under way; gives up where the client takes nothing for so long.
    pub(crate) async fn send(&mut self, outgoing: Outgoing, patience: Duration) -> Result<(), Gone> {
        match outgoing {
            Outgoing::Frames(frames) => {
                self.line.reserve(frames.len(), patience).await?;
                self.line.push(Due::Frames(frames))
            }
            Outgoing::Message(message) => {
                self.line.reserve(size(&message), patience).await?;
                let sent = timeout(patience, self.sink.send(message)).await.map_err(|_stalled| Gone)?;
                sent.map_err(|_closed| Gone)?;
                self.line.push(Due::Message)
            }
        }
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        self.line.close();
    }
}

/// How many bytes its frame has.
fn size(message: &Message) -> usize {
    frame_size(match message {
        Message::Text(text) => text.len(),
        Message::Binary(bytes) | Message::Ping(bytes) | Message::Pong(bytes) => bytes.len(),
        Message::Close(reason) => {
            reason.as_ref().map_or(0, |reason| 2 + reason.description.as_ref().map_or(0, String::len))
        }
        Message::Continuation(_) | Message::Nop => 0,
    })
}
