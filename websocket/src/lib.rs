//! WebSocket: one connection, opened by HTTP, on which both sides send frames when they like.

mod echo;
mod frame;
mod outlet;
mod session;

use std::time::Duration;

use actix_web::{
    Error, HttpRequest, HttpResponse,
    http::{StatusCode, Version, header},
    rt::spawn,
    web::{self, Data, Payload, ServiceConfig},
};
use actix_ws::{CloseCode, Message};
use bytestring::ByteString;
use session::{Incoming, Session};
use shared::{Batch, Problem, Reader, Start, Switch, Transport, View, channel};

/// How this way describes itself to the server around it.
pub const TRANSPORT: Transport = Transport {
    name: "websocket",
    title: "WebSocket",
    about: "The browser opens one connection; both sides send frames on it, at any time.",
    good_for: "talk in both directions: chat, games, editing together. Text and binary, with the least overhead.",
    cost: "reconnecting, heartbeats, resuming and checks of the origin are yours to write, and some proxies refuse it.",
    next: ("Polling", 8101),
    port: 8105,
    tick: Duration::from_secs(1),
    routes,
    upgrades: &["/messages", "/echo"],
    switches: &[Switch { name: "echo", help: "Add /echo, which sends messages back", routes: echo::routes }],
};

/// The longest message that the channel takes, in bytes.
const LONGEST: usize = 64 * 1_024;

/// Adds the channel.
pub fn routes(config: &mut ServiceConfig) {
    config.service(channel(web::get().to(messages)));
}

/// Turns the request into a WebSocket, if it asks for one.
async fn messages(view: Data<View>, start: Start, request: HttpRequest, body: Payload) -> Result<HttpResponse, Error> {
    if let Some(refusal) = refuse(&request) {
        return Ok(refusal);
    }
    let reader = view.follow(&request, start)?;
    let (response, session) = Session::open(&request, body, LONGEST, view.heartbeat())?;
    spawn(converse(view, reader, session));

    Ok(response)
}

/// Sends what comes after the cursor, and meanwhile takes what the client sends, until one of the two ends it.
async fn converse(view: Data<View>, mut reader: Reader, mut session: Session) {
    let reason = loop {
        let answer = tokio::select! {
            incoming = session.receive() => match incoming {
                Incoming::Text(text) => publish(&view, text).await,
                Incoming::Binary(bytes) => vec![Message::Binary(bytes)], // the page measures its round trip
                Incoming::Control(answer) => answer.into_iter().collect(),
                Incoming::End(reason) => break reason,
            },
            batch = reader.next() => match batch {
                Some(batch) => encode(&batch),
                None => break Some(CloseCode::Away.into()),
            },
        };
        if session.send(answer).await.is_err() {
            return;
        }
    };
    session.close(reason).await;
}

/// Publishes what the client wrote. It comes back by the feed, as to all others; only an error is an answer.
async fn publish(view: &View, text: ByteString) -> Vec<Message> {
    match view.publish(text.into()).await {
        Ok(_published) => Vec::new(),
        Err(problem) => vec![Message::Text(problem.json().into())],
    }
}

/// A text frame for each message.
fn encode(batch: &Batch) -> Vec<Message> {
    let gap = batch.gap.then(|| ByteString::from_static(r#"{"gap":true}"#));

    gap.into_iter().chain(batch.messages.iter().map(|message| message.json.clone())).map(Message::Text).collect()
}

/// 426 without an upgrade to WebSocket, and for another version of it (RFC 6455 §4.2.2); actix-ws refuses the rest.
fn refuse(request: &HttpRequest) -> Option<HttpResponse> {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let asked = header(header::UPGRADE).eq_ignore_ascii_case("websocket") && request.version() >= Version::HTTP_11;
    if asked && header(header::SEC_WEBSOCKET_VERSION) == "13" {
        return None;
    }
    let refusal = Problem::new(StatusCode::UPGRADE_REQUIRED, "open this with a WebSocket of version 13");
    let mut response = HttpResponse::from_error(refusal);
    let headers = response.headers_mut();
    headers.insert(header::UPGRADE, header::HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_VERSION, header::HeaderValue::from_static("13"));

    Some(response)
}
