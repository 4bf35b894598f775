//! Long polling: the client asks, and the server waits with its answer until there is something to say.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data, ServiceConfig},
};
use shared::{Batch, Problem, Start, Transport, View, channel};
use tokio::time::timeout;

/// How this way describes itself to the server around it.
pub const TRANSPORT: Transport = Transport {
    name: "long-polling",
    title: "Long polling",
    about: "The browser asks; the server answers only when there is something, and the browser asks again.",
    good_for: "rare messages that should come at once, where only plain requests and answers get through.",
    cost: "a request for each answer, and one of the browser's six connections to this address for each tab.",
    next: ("Iframe streaming", 8103),
    port: 8102,
    tick: Duration::from_secs(5), // so that the waiting can be seen
    routes,
    upgrades: &[],
    switches: &[],
};

/// Adds the channel.
pub fn routes(config: &mut ServiceConfig) {
    config.service(channel(web::get().to(messages)));
}

/// Answers with what comes after the cursor as soon as something does; 204 if nothing did for `--hold`.
///
/// What happens between an answer and the next request is not lost: it comes after the cursor, so it is answered at
/// once. A client without a cursor needs one before it can wait. A client that hangs up drops the wait.
async fn messages(view: Data<View>, start: Start, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let batch = view.since(start);
    match start {
        Start::After(_) if batch.is_empty() => {}
        _ => return Ok(encode(&batch)),
    }
    let mut reader = view.hold(&request, start)?;

    match timeout(view.hold_time(), reader.next()).await {
        Ok(Some(batch)) => Ok(encode(&batch)),
        Ok(None) => Err(Problem::stopping()),
        Err(_held_long_enough) => Ok(HttpResponse::NoContent().finish()),
    }
}

/// `{"gap":false,"more":false,"next":"CURSOR","messages":[…]}`: `next` is what to send as `after`.
fn encode(batch: &Batch) -> HttpResponse {
    let messages: Vec<&str> = batch.messages.iter().map(|message| &*message.json).collect();
    let (gap, more, next, messages) = (batch.gap, batch.more, batch.next, messages.join(","));

    HttpResponse::Ok()
        .content_type("application/json")
        .body(format!(r#"{{"gap":{gap},"more":{more},"next":"{next}","messages":[{messages}]}}"#))
}
