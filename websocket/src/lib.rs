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
mod line;
mod outlet;
mod session;
mod settings;
mod unmasked;

use actix_web::{
    Error, HttpRequest, HttpResponse,
    rt::spawn,
    web::{Bytes, Payload},
};
use actix_ws::{CloseCode, Message as Frame};
use bytestring::ByteString;
#[cfg(feature = "server")]
pub use demo::TRANSPORT;
use keyed::Texts;
use outlet::Outgoing;
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
    let (mut response, session) = Session::open(request, payload, settings.longest, or_never(settings.heartbeat))?;
    texts.confirm(&mut response);
    let (source, client) = (source.clone(), request.peer_addr());
    let publish = async move |frame: ByteString| {
        let publish = async |text, key| source.publish(client, entry(text).await?.with_key(key)).await;
        texts.publish(&frame, publish).await
    };
    spawn(converse(reader, session, place.encoded(encode), publish));

    Ok(response)
}

/// Sends the place, then what comes after it, and meanwhile takes what the client sends, until one of the two ends it.
async fn converse(
    mut reader: Reader,
    mut session: Session,
    place: Bytes,
    publish: impl AsyncFn(ByteString) -> Option<String>,
) {
    let mut outgoing = Some(Outgoing::Frames(place));
    let reason = loop {
        if session.send(outgoing).await.is_err() {
            return;
        }
        outgoing = tokio::select! {
            incoming = session.receive() => match incoming {
                Incoming::Text(frame) => publish(frame).await.map(|answer| Outgoing::Message(Frame::Text(answer.into()))),
                Incoming::Binary(bytes) => Some(Outgoing::Message(Frame::Binary(bytes))), // the page measures its round trip
                Incoming::Control(answer) => answer.map(Outgoing::Message),
                Incoming::End(reason) => break reason,
            },
            batch = reader.next() => match batch {
                Ok(Some(batch)) => Some(Outgoing::Frames(batch.encoded(encode))),
                Ok(None) => break Some(CloseCode::Away.into()),
                Err(_unavailable) => break Some(CloseCode::Again.into()),
            },
        };
    };
    session.close(reason).await;
}

/// A text frame for each message, or for the place.
fn encode(batch: &Batch) -> Bytes {
    if batch.messages.is_empty() {
        return text_frames([&*batch.place_json()]);
    }

    text_frames(batch.messages.iter().map(|message| &*message.json))
}
