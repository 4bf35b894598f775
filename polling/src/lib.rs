//! Polling: the client asks at an interval, and the server answers at once, even when there is nothing to say.

use std::time::Duration;

use actix_web::{
    HttpResponse,
    web::{self, Data, ServiceConfig},
};
use shared::{Batch, Start, Transport, View, channel};

/// How this way describes itself to the server around it.
pub const TRANSPORT: Transport = Transport {
    name: "polling",
    title: "Polling",
    about: "The browser asks at an interval; the server answers at once, even when there is nothing.",
    good_for: "what may be a little late: a status, a count, a build. It works everywhere, through every proxy.",
    cost: "a request and an answer each time, mostly for nothing, and on average half an interval of delay.",
    next: ("Long polling", 8102),
    port: 8101,
    tick: Duration::from_secs(1),
    routes,
    upgrades: &[],
    switches: &[],
};

/// Adds the channel.
pub fn routes(config: &mut ServiceConfig) {
    config.service(channel(web::get().to(messages)));
}

/// Answers with what came after the cursor; 204 if nothing did.
///
/// A client without a cursor needs one before it can wait, so it always gets an answer with `next`.
async fn messages(view: Data<View>, start: Start) -> HttpResponse {
    let batch = view.since(start);
    match start {
        Start::After(_) if batch.is_empty() => HttpResponse::NoContent().finish(),
        _ => encode(&batch),
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
