//! WebSocket: one connection, opened by HTTP, on which both sides send frames when they like.

mod body;
mod close_code;
#[cfg(feature = "server")]
mod demo;
#[cfg(feature = "server")]
mod echo;
mod fragments;
mod frame;
mod handshake;
mod header;
mod keyed;
mod life;
mod outlet;
mod session;
mod settings;
mod unmasked;
mod waiting;

use actix_web::{
    Error, HttpRequest, HttpResponse,
    rt::spawn,
    web::{Bytes, Payload},
};
use actix_ws::{CloseCode, Message as Frame};
use bytestring::ByteString;
#[cfg(feature = "server")]
pub use demo::TRANSPORT;
use futures_util::{Stream, StreamExt as _, stream::unfold};
use keyed::Texts;
use session::{Incoming, Session};
pub use settings::Settings;
use shared::{Batch, Entry, Problem, Reader, Source, Start, heartbeat::or_never, origin};
use unmasked::text_frames;

/// Turns the request into a WebSocket, if it asks for one. What comes after the cursor is sent on it; each text that
/// the client sends goes to `entry`, which makes of it what is published, or refuses. A client that chooses the subprotocol
/// `five-ways.keyed` sends `{"key":"KEY","text":"TEXT"}`, each as often as it likes: it is published once, and acknowledged.
///
/// # Errors
/// 403 for a page of a foreign origin, 426 without an upgrade, 503 when the feed cannot be read or all seats are taken.
pub async fn respond(
    request: &HttpRequest,
    payload: Payload,
    source: &Source,
    start: Start,
    settings: &Settings,
    entry: impl AsyncFn(String) -> Result<Entry, Problem> + 'static,
) -> Result<HttpResponse, Error> {
    if let Some(refusal) = handshake::refuse(request) {
        return Ok(refusal);
    }
    origin::check(request, &settings.origins)?; // no same-origin policy guards a WebSocket (RFC 6455 §10.2)
    let mut reader = source.follow(request, start).await?;
    let place = reader.next().await.map_err(Problem::from)?.ok_or_else(Problem::stopping)?; // it is the first to be sent
    let texts = Texts::of(request);
    let frames = (place.encoded(encode), frames(reader).boxed_local());
    let (mut response, session) =
        Session::open(request, payload, frames, settings.longest, or_never(settings.heartbeat))?;
    texts.confirm(&mut response);
    let (source, client) = (source.clone(), request.peer_addr());
    let publish = async move |frame: ByteString| {
        let publish = async |text, key| source.publish(client, entry(text).await?.with_key(key)).await;
        Box::pin(texts.publish(&frame, publish)).await // boxed: most clients send nothing, and it is large
    };
    spawn(converse(session, publish));

    Ok(response)
}

/// The frames of one batch after the other; at the end, why the session is closed.
fn frames(reader: Reader) -> impl Stream<Item = Result<Bytes, CloseCode>> {
    unfold(reader, |mut reader| async move {
        let frames = match reader.next().await {
            Ok(Some(batch)) => Ok(batch.encoded(encode)),
            Ok(None) => Err(CloseCode::Away),
            Err(_unavailable) => Err(CloseCode::Error),
        };
        Some((frames, reader))
    })
}

/// A text frame for each message, or for the place.
fn encode(batch: &Batch) -> Bytes {
    if batch.messages.is_empty() {
        return text_frames([&*batch.place_json()]);
    }

    text_frames(batch.messages.iter().map(|message| &*message.json))
}

/// Takes what the client sends, and answers, until the client or the feed ends it.
async fn converse(mut session: Box<Session>, publish: impl AsyncFn(ByteString) -> Option<String>) {
    let reason = loop {
        let answer = match session.receive().await {
            Incoming::Text(frame) => publish(frame).await.map(|answer| Frame::Text(answer.into())),
            Incoming::Binary(bytes) => Some(Frame::Binary(bytes)), // the page measures its round trip
            Incoming::Control(answer) => answer,
            Incoming::End(reason) => break reason,
        };
        if session.send(answer).await.is_err() {
            return;
        }
    };
    session.close(reason).await;
}
