//! Polling: the client asks at an interval, and the server answers at once, even when there is nothing to say.

#[cfg(feature = "server")]
mod demo;

use actix_web::{HttpRequest, HttpResponse, http::header::CACHE_CONTROL};
#[cfg(feature = "server")]
pub use demo::TRANSPORT;
use shared::{Batch, Problem, Source, Start};

/// Answers with what came after the cursor; 204 if nothing did.
///
/// A client without a cursor needs one before it can wait, so it always gets an answer with `next`.
///
/// # Errors
/// 503 when the feed cannot be read.
pub async fn respond(request: &HttpRequest, source: &Source, start: Start) -> Result<HttpResponse, Problem> {
    let batch = source.since(request, start).await?;
    match start {
        Start::After(_) if batch.is_empty() => {}
        _ => return Ok(encode(&batch)),
    }

    Ok(nothing())
}

/// 204, No Content.
fn nothing() -> HttpResponse {
    HttpResponse::NoContent().insert_header((CACHE_CONTROL, "no-store")).finish()
}

/// `{"gap":false,"more":false,"next":"CURSOR","messages":[…]}`: `next` is what to send as `after`.
fn encode(batch: &Batch) -> HttpResponse {
    let json = batch.encoded(|Batch { gap, more, next, messages, .. }| {
        let messages: Vec<&str> = messages.iter().map(|message| &*message.json).collect();
        let messages = messages.join(",");
        format!(r#"{{"gap":{gap},"more":{more},"next":"{next}","messages":[{messages}]}}"#).into()
    });

    HttpResponse::Ok().content_type("application/json").insert_header((CACHE_CONTROL, "no-store")).body(json)
}
