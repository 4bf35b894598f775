//! The way up for those that have none of their own: a text comes by `POST`, and a function of yours makes an entry of it.
//!
//! ```
//! use actix_web::{HttpRequest, HttpResponse, web::{Bytes, Data}};
//! use serde_json::json;
//! use shared::{Entry, Problem, Source, post};
//!
//! async fn say(request: HttpRequest, body: Bytes, source: Data<Source>) -> Result<HttpResponse, Problem> {
//!     post::respond(&request, body, &source, &post::Settings::default(), entry).await
//! }
//!
//! async fn entry(text: String) -> Result<Entry, Problem> {
//!     Ok(Entry::new(&json!({ "text": text }))?)
//! }
//! # _ = say;
//! ```

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    web::Bytes,
};

use crate::{
    key::Key,
    message::Entry,
    origin::{self, Origin},
    problem::Problem,
    source::Source,
};

/// What may be posted, and from where.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The type that a body must have, parameters aside: `text/plain` by default. It is UTF-8, whatever they say.
    pub media_type: &'static str,
    /// Origins besides the server's own whose pages may publish. None by default.
    pub origins: Vec<Origin>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { media_type: "text/plain", origins: Vec::new() }
    }
}

/// Publishes the entry that `entry` makes of the text, and answers 201 with the message's JSON. A request with an
/// `Idempotency-Key` may be sent again: it is published once, and answered the same.
///
/// # Errors
/// 403 for a foreign origin, 415 for another type, 400 for what is not UTF-8 and for a bad key, and what `entry` refuses.
/// 422 where the key came with another text, 503 when the feed takes nothing.
pub async fn respond(
    request: &HttpRequest,
    body: Bytes,
    source: &Source,
    settings: &Settings,
    entry: impl AsyncFnOnce(String) -> Result<Entry, Problem>,
) -> Result<HttpResponse, Problem> {
    origin::check(request, &settings.origins)?;
    check_type(request, settings.media_type)?;
    let text = String::from_utf8(body.into())
        .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "the text is not UTF-8: encode it"))?;
    let key = Key::of(request.headers())?;
    let message = source.publish(request.peer_addr(), entry(text).await?.with_key(key)).await?;

    Ok(HttpResponse::Created()
        .content_type("application/json")
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(message.json.clone()))
}

/// Whether the body has this type (RFC 9110 §8.3.1).
///
/// # Errors
/// 415 for any other.
pub fn check_type(request: &HttpRequest, wanted: &str) -> Result<(), Problem> {
    let given = request.headers().get(CONTENT_TYPE).and_then(|given| given.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(wanted) {
        return Ok(());
    }

    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("send it as {wanted}")))
}
