//! Long polling: the client asks, and the server waits with its answer until there is something to say.

#[cfg(feature = "server")]
mod demo;
mod settings;

use actix_web::{HttpRequest, HttpResponse, http::header::CACHE_CONTROL};
#[cfg(feature = "server")]
pub use demo::TRANSPORT;
pub use settings::Settings;
use shared::{Batch, Problem, Source, Start};
use tokio::time::timeout;

/// Answers with what comes after the cursor as soon as something does; 204 if nothing did for as long as it is held.
///
/// A client without a cursor needs one before it can wait, so it always gets an answer with `next`.
/// What happens between an answer and the next request is not lost: it comes after the cursor, so it is answered at
/// once. A client that hangs up drops the wait.
///
/// # Errors
/// 503 when the feed cannot be read.
/// 503 also when all seats are taken, and when the server stops.
pub async fn respond(
    request: &HttpRequest,
    source: &Source,
    start: Start,
    settings: &Settings,
) -> Result<HttpResponse, Problem> {
    let batch = source.since(request, start).await?;
    match start {
        Start::After(_) if batch.is_empty() => {}
        _ => return Ok(encode(&batch)),
    }
    let mut reader = source.hold(request, start).await?;

    match timeout(settings.hold, reader.next()).await {
        Ok(next) => Ok(encode(&next?.ok_or_else(Problem::stopping)?)),
        Err(_held_long_enough) => Ok(nothing()),
    }
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
