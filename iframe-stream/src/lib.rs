//! Iframe streaming: a page in a hidden iframe that never ends, and in it a script for each message.

mod script;

use std::{convert::Infallible, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{self, Bytes, Data, ServiceConfig},
};
use futures_util::{
    StreamExt as _,
    future::ready,
    stream::{once, unfold},
};
use script::Script;
use shared::{Batch, Problem, Start, Transport, View, channel};
use tokio::time::timeout;

/// How this way describes itself to the server around it.
pub const TRANSPORT: Transport = Transport {
    name: "iframe-stream",
    title: "Iframe streaming",
    about: "A hidden iframe loads a page that never ends; the server writes a script into it for each message.",
    good_for: "nothing new today. It shows how pages were fed before browsers had a way for it.",
    cost: "a tab that never stops loading, a document that grows, and one of the browser's six connections for each tab.",
    next: ("Server-Sent Events", 8104),
    port: 8103,
    tick: Duration::from_secs(1),
    routes,
    upgrades: &[],
    switches: &[],
};

/// A response ends after so many bytes, and the page opens the next: a document that only grows eats the tab's memory
/// (RFC 6202 §3.2).
const LONGEST: usize = 128 * 1_024;

/// Adds the channel.
pub fn routes(config: &mut ServiceConfig) {
    config.service(channel(web::get().to(messages)));
}

/// Writes a script for each message that comes after the cursor, and a heartbeat where nothing does.
///
/// A response that is long enough says `reopen` and ends. An end without it, as when the server stops, is a failure to
/// the page, and it waits before it comes back.
async fn messages(view: Data<View>, start: Start, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let (reader, script, heartbeat) = (view.follow(&request, start)?, Script::new(), view.heartbeat());
    let policy = script.policy(&view.frame_ancestors());
    let prelude = script.prelude();
    let left = LONGEST.saturating_sub(prelude.len());

    let scripts = unfold((reader, script, left), move |(mut reader, script, left)| async move {
        if left == 0 {
            return None;
        }
        let mut chunk = match timeout(heartbeat, reader.next()).await {
            Ok(Some(batch)) => encode(&batch, &script),
            Ok(None) => return None,
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
        .insert_header((header::CONTENT_SECURITY_POLICY, policy))
        .insert_header(("X-Accel-Buffering", "no")) // nginx would hold the scripts back
        .streaming(body))
}

/// All pending messages in one write.
fn encode(batch: &Batch, script: &Script) -> String {
    let gap = batch.gap.then(|| script.call(r#"{"gap":true}"#));

    gap.into_iter().chain(batch.messages.iter().map(|message| script.call(&message.json))).collect()
}
