//! Server-Sent Events: one response that never ends, and in it an event for each message.

#[cfg(feature = "server")]
mod demo;
mod event;
mod settings;

use std::convert::Infallible;

use actix_web::{HttpRequest, HttpResponse, http::header::CACHE_CONTROL, web::Bytes};
#[cfg(feature = "server")]
pub use demo::TRANSPORT;
use futures_util::{
    StreamExt as _,
    future::ready,
    stream::{once, unfold},
};
pub use settings::Settings;
use shared::{Batch, Problem, Source, Start, heartbeat::or_never};
use tokio::time::timeout;

/// Writes an event for each message that comes after the cursor, and a heartbeat where nothing does.
///
/// The first event says how long to wait before reconnecting, and where this reader starts: a client that is cut off after it
/// comes back to the same place. The response ends when the server stops, and the browser comes back by itself.
///
/// # Errors
/// 503 when the feed cannot be read, when all seats are taken, and when the server stops.
pub async fn respond(
    request: &HttpRequest,
    source: &Source,
    start: Start,
    settings: &Settings,
) -> Result<HttpResponse, Problem> {
    let mut reader = source.follow(request, last_event_id(request).unwrap_or(start)).await?;
    let heartbeat = or_never(settings.heartbeat);
    let place = reader.next().await?.ok_or_else(Problem::stopping)?; // it is told first
    let first = [event::retry(&settings.retry).as_bytes(), &encode(&place)].concat();

    let events = unfold(reader, move |mut reader| async move {
        let chunk = match timeout(heartbeat, reader.next()).await {
            Ok(Ok(Some(batch))) => batch.encoded(encode),
            Ok(Ok(None) | Err(_)) => return None, // the server stops, or the feed cannot be read
            Err(_silence) => (event::COMMENT.to_owned() + &event::heartbeat(reader.place(), false)).into(),
        };
        Some((chunk, reader))
    });
    let body = once(ready(first.into())).chain(events).map(Ok::<_, Infallible>);

    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("Incremental", "?1")) // a proxy is asked to pass it on as it comes (RFC 10036)
        .insert_header(("X-Accel-Buffering", "no")) // nginx would hold the events back
        .streaming(body))
}

/// Where the browser was before it lost the connection. It knows better than `after`, which stays in the URL.
///
/// A malformed one is not refused: any answer but 200 closes an `EventSource` for good
/// (<https://html.spec.whatwg.org/multipage/server-sent-events.html#sse-processing-model>).
fn last_event_id(request: &HttpRequest) -> Option<Start> {
    let id = request.headers().get("Last-Event-ID").filter(|id| !id.is_empty())?; // an empty one says that there is none
    let cursor = id.to_str().ok().and_then(|id| id.parse().ok());

    Some(cursor.map_or(Start::Lost, Start::After))
}

/// All pending messages in one write, each as the event that it names; a heartbeat where there are none, or the gap.
fn encode(batch: &Batch) -> Bytes {
    let mut events = String::new();
    if batch.gap {
        event::write(&mut events, batch.next, Some("gap"), "{}"); // without data it is never dispatched
    }
    if batch.messages.is_empty() && !(batch.gap && batch.more) {
        events += &event::heartbeat(batch.next, batch.more);
    }
    for message in batch.messages.iter() {
        event::write(&mut events, message.id, message.event.as_deref(), &message.json);
    }
    events.into()
}
