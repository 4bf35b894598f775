//! Server-Sent Events: one response that never ends, and in it an event for each message.

mod event;

use std::{convert::Infallible, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Bytes, Data, ServiceConfig},
};
use futures_util::{
    StreamExt as _,
    future::ready,
    stream::{once, unfold},
};
use shared::{Batch, Kind, Problem, Start, Transport, View, channel};
use tokio::time::timeout;

/// How this way describes itself to the server around it.
pub const TRANSPORT: Transport = Transport {
    name: "sse",
    title: "Server-Sent Events",
    about: "The browser opens one response; the server writes an event into it for each message.",
    good_for: "news in one direction: prices, progress, notifications. The browser comes back by itself and says where it was.",
    cost: "one of the browser's six connections to this address for each tab: the seventh waits. Text only, one way.",
    next: ("WebSocket", 8105),
    port: 8104,
    tick: Duration::from_secs(1),
    routes,
    upgrades: &[],
    switches: &[],
};

/// Adds the channel.
pub fn routes(config: &mut ServiceConfig) {
    config.service(channel(web::get().to(messages)));
}

/// Writes an event for each message that comes after the cursor, and a heartbeat where nothing does.
///
/// `retry` comes first, so that the headers leave at once and the browser's `open` event fires. The response ends
/// when the server stops, and the browser comes back by itself.
async fn messages(view: Data<View>, start: Start, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let reader = view.follow(&request, last_event_id(&request).unwrap_or(start))?;
    let heartbeat = view.heartbeat();

    let events = unfold(reader, move |mut reader| async move {
        let chunk = match timeout(heartbeat, reader.next()).await {
            Ok(Some(batch)) => encode(&batch),
            Ok(None) => return None,
            Err(_silence) => event::heartbeat(),
        };
        Some((chunk, reader))
    });
    let body = once(ready(event::retry())).chain(events).map(|chunk| Ok::<_, Infallible>(Bytes::from(chunk)));

    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header(("X-Accel-Buffering", "no")) // nginx would hold the events back
        .streaming(body))
}

/// Where the browser was before it lost the connection. It knows better than `after`, which stays in the URL.
///
/// A malformed one is not refused: any answer but 200 closes an `EventSource` for good (HTML 9.2.2).
fn last_event_id(request: &HttpRequest) -> Option<Start> {
    let id = request.headers().get("Last-Event-ID")?;
    let cursor = id.to_str().ok().and_then(|id| id.parse().ok());

    Some(cursor.map_or(Start::Lost, Start::After))
}

/// All pending messages in one write. Messages are the default event, ticks an event named `clock`.
fn encode(batch: &Batch) -> String {
    let mut events = String::new();
    if batch.gap {
        event::write(&mut events, batch.place(), Some("gap"), "{}"); // without data it is never dispatched
    }
    for message in &batch.messages {
        let name = match message.kind {
            Kind::Clock => Some("clock"),
            Kind::Message => None,
        };
        event::write(&mut events, message.id, name, &message.json);
    }
    events
}
