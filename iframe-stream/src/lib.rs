//! Iframe streaming: a page in a hidden iframe that never ends, and in it a script for each message.

#[cfg(feature = "server")]
mod demo;
mod script;
mod settings;

use std::convert::Infallible;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS},
    web::Bytes,
};
#[cfg(feature = "server")]
pub use demo::TRANSPORT;
use futures_util::{
    StreamExt as _,
    future::ready,
    stream::{once, unfold},
};
use script::Script;
pub use settings::Settings;
use shared::{Batch, Problem, Source, Start, heartbeat::or_never};
use tokio::time::timeout;

/// Writes a script for each message that comes after the cursor, and a heartbeat where nothing does.
///
/// A response that is long enough says `reopen` and ends. An end without it, as when the server stops, is a failure to
/// the page, and it waits before it comes back.
///
/// # Errors
/// 503 when the feed cannot be read, and when all seats are taken.
pub async fn respond(
    request: &HttpRequest,
    source: &Source,
    start: Start,
    settings: &Settings,
) -> Result<HttpResponse, Problem> {
    let reader = source.follow(request, start).await?;
    let heartbeat = or_never(settings.heartbeat);
    let script = Script::new();
    let policy = script.policy(&settings.ancestors);
    let prelude = script.prelude();
    let left = settings.longest.saturating_sub(prelude.len());

    let scripts = unfold((reader, script, left), move |(mut reader, script, left)| async move {
        if left == 0 {
            return None;
        }
        let mut chunk = match timeout(heartbeat, reader.next()).await {
            Ok(Ok(Some(batch))) => encode(&batch, &script),
            Ok(Ok(None) | Err(_)) => return None, // the server stops, or the feed cannot be read
            Err(_silence) => script.call(r#"{"heartbeat":true}"#),
        };
        let left = left.saturating_sub(chunk.len());
        if left == 0 {
            chunk += &script.call(r#"{"reopen":true}"#);
        }
        Some((chunk, (reader, script, left)))
    });
    let body = once(ready(prelude)).chain(scripts).map(|chunk| Ok::<_, Infallible>(Bytes::from(chunk)));

    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, policy))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header(("Incremental", "?1")) // a proxy is asked to pass it on as it comes (RFC 10036)
        .insert_header(("X-Accel-Buffering", "no")) // nginx would hold the scripts back
        .streaming(body))
}

/// All pending messages in one write, or the place.
fn encode(batch: &Batch, script: &Script) -> String {
    let place = batch.messages.is_empty().then(|| script.call(&batch.place_json()));

    place.into_iter().chain(batch.messages.iter().map(|message| script.call(&message.json))).collect()
}
