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
/// `retry` comes first, so that the headers leave at once and the browser's `open` event fires. The response ends
/// when the server stops, and the browser comes back by itself.
///
/// # Errors
/// 503 when the feed cannot be read, and when all seats are taken.
pub async fn respond(
    request: &HttpRequest,
    source: &Source,
    start: Start,
    settings: &Settings,
) -> Result<HttpResponse, Problem> {
    let reader = source.follow(request, last_event_id(request).unwrap_or(start)).await?;
    let heartbeat = or_never(settings.heartbeat);
    let retry = event::retry(&settings.retry);

    let events = unfold(reader, move |mut reader| async move {
        let chunk = match timeout(heartbeat, reader.next()).await {
            Ok(Ok(Some(batch))) => encode(&batch),
            Ok(Ok(None) | Err(_)) => return None, // the server stops, or the feed cannot be read
            Err(_silence) => event::heartbeat(),
        };
        Some((chunk, reader))
    });
    let body = once(ready(retry)).chain(events).map(|chunk| Ok::<_, Infallible>(Bytes::from(chunk)));

    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("X-Accel-Buffering", "no")) // nginx would hold the events back
        .streaming(body))
}

/// Where the browser was before it lost the connection. It knows better than `after`, which stays in the URL.
///
/// A malformed one is not refused: any answer but 200 closes an `EventSource` for good
/// (<https://html.spec.whatwg.org/multipage/server-sent-events.html#sse-processing-model>).
fn last_event_id(request: &HttpRequest) -> Option<Start> {
    let id = request.headers().get("Last-Event-ID")?;
    let cursor = id.to_str().ok().and_then(|id| id.parse().ok());

    Some(cursor.map_or(Start::Lost, Start::After))
}

/// All pending messages in one write, each as the event that it names.
fn encode(batch: &Batch) -> String {
    let mut events = String::new();
    if batch.gap {
        event::write(&mut events, batch.place(), Some("gap"), "{}"); // without data it is never dispatched
    }
    for message in &batch.messages {
        event::write(&mut events, message.id, message.event.as_deref(), &message.json);
    }
    events
}
