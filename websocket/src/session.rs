//! What actix-ws leaves to its user: answers to pings and closes, close codes, heartbeats, bounds on size and time.

use std::{future::poll_fn, time::Duration};

use actix_web::{
    Error, FromRequest as _, HttpRequest, HttpResponse,
    dev::Payload,
    http::header::{CACHE_CONTROL, HeaderValue},
    web::{self, Bytes},
};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason, Message};
use bytestring::ByteString;
use futures_util::StreamExt as _;
use tokio::time::timeout;

use super::{
    close_code::close_code,
    frame::{SharedPayload, WholeFrames},
    handshake::without_close,
    life::{Life, Silence},
    outlet::Outlet,
    waiting::{Frames, Gone},
};

/// After a Close of ours, the client has so long to answer; what it still sends is dropped. Closing TCP at once would
/// reset the connection, and the Close might be lost on the way (RFC 6455 §7.1.1).
const LINGER: Duration = Duration::from_millis(500);

/// What came in.
pub(crate) enum Incoming {
    /// A text message.
    Text(ByteString),
    /// A binary message.
    Binary(Bytes),
    /// Nothing for the conversation, but maybe something to answer.
    Control(Option<Message>),
    /// The end, and the reason to close with; a client's Close may have none (RFC 6455 §5.5.1).
    End(Option<CloseReason>),
}

/// One WebSocket.
pub(crate) struct Session {
    messages: AggregatedMessageStream,
    payload: SharedPayload,
    outlet: Outlet,
    silence: Silence,
    heartbeat: Duration,
    client_closed: bool,
}

impl Session {
    /// Answers the handshake, and sends these frames. Messages of more than `longest` bytes end the session.
    pub(crate) fn open(
        request: &HttpRequest,
        body: web::Payload,
        frames: (Bytes, Frames),
        longest: usize,
        heartbeat: Duration,
    ) -> Result<(HttpResponse, Box<Self>), Error> {
        let life = Life::begin();
        let (payload, incoming) = WholeFrames::new(body.into_inner(), longest, life.clone());
        let mut incoming: Payload = Payload::Stream { payload: Box::pin(incoming) };
        let incoming = web::Payload::from_request(request, &mut incoming).into_inner()?;
        let (mut response, sink, messages) = actix_ws::handle(&without_close(request), incoming)?;
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let messages = messages.max_frame_size(longest).aggregate_continuations().max_continuation_size(longest);
        let (response, outlet) = Outlet::through(response, sink, frames, life.clone());
        let silence = Silence::of(life, heartbeat);
        let session = Self { messages, payload, outlet, silence, heartbeat, client_closed: false };

        Ok((response, Box::new(session))) // boxed: an `async fn` holds what it is given twice
    }

    /// What comes next. After a heartbeat without a sign of life a ping is due, after two the end. A dropped wait loses nothing.
    pub(crate) async fn receive(&mut self) -> Incoming {
        let received = tokio::select! {
            biased; // what has come is a sign of life
            received = self.messages.recv() => Ok(received),
            code = self.outlet.ended() => return Incoming::End(Some(code.into())),
            silence = self.silence.rings() => Err(silence),
        };

        match received {
            Ok(Some(Ok(AggregatedMessage::Text(text)))) => Incoming::Text(text),
            Ok(Some(Ok(AggregatedMessage::Binary(bytes)))) => Incoming::Binary(bytes),
            Ok(Some(Ok(AggregatedMessage::Ping(bytes)))) => Incoming::Control(Some(Message::Pong(bytes))),
            Ok(Some(Ok(AggregatedMessage::Pong(_)))) => Incoming::Control(None),
            Ok(Some(Ok(AggregatedMessage::Close(reason)))) => {
                self.client_closed = true;
                Incoming::End(reason.map(|reason| reason.code.into()))
            }
            Ok(Some(Err(error))) => Incoming::End(Some(close_code(&error).into())),
            Ok(None) => Incoming::End(None),
            Err(_silence) if self.silence.is_broken() => Incoming::Control(None), // by bytes
            Err(_silence) if self.silence.is_unanswered() => Incoming::End(Some(CloseCode::Policy.into())),
            Err(_silence) => {
                self.silence.ask(); // it has a heartbeat to answer
                Incoming::Control(Some(Message::Ping(Bytes::new())))
            }
        }
    }

    /// Sends a message, if any, unless the client takes nothing for two heartbeats.
    pub(crate) async fn send(&mut self, message: Option<Message>) -> Result<(), Gone> {
        let patience = self.heartbeat.saturating_mul(2);
        if self.outlet.is_stuck(patience) {
            return Err(Gone);
        }
        match message {
            Some(message) => Box::pin(self.outlet.send(message, patience)).await, // boxed: it is large, and runs seldom
            None => Ok(()),
        }
    }

    /// Sends a Close and waits for the client's, unless that came first. Then TCP is closed.
    pub(crate) async fn close(&mut self, reason: Option<CloseReason>) {
        let goodbye = Box::pin(async {
            if self.send(Some(Message::Close(reason))).await.is_err() || self.client_closed {
                return;
            }
            while let Some(Ok(message)) = self.messages.recv().await {
                if matches!(message, AggregatedMessage::Close(_)) {
                    return;
                }
            }
            while let Some(Ok(_dropped)) = poll_fn(|cx| self.payload.borrow_mut().poll_next_unpin(cx)).await {}
        });
        Box::pin(timeout(LINGER, goodbye)).await.ok(); // a client that does not answer is closed on all the same
    }
}
