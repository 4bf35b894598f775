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
        header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap},
    },
    web::Bytes,
};

use crate::{
    key::{BadKey, Key},
    message::Entry,
    origin::{self, Origin},
    problem::Problem,
    source::Source,
};

/// What may be posted, and from where.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The type that a body must have, `text/plain` by default. It is UTF-8.
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
/// 403 for a foreign origin, 415 for another type or encoding, 400 for what is not UTF-8 and for a bad key, and what `entry` refuses.
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
    let key = key(request.headers())?;
    let message = source.publish(request.peer_addr(), entry(text).await?.with_key(key)).await?;

    Ok(HttpResponse::Created()
        .content_type("application/json")
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(message.json.clone()))
}

/// Whether the body has this type (RFC 9110 §8.3.1), in UTF-8, and as it is: not encoded (§8.4).
///
/// # Errors
/// 415 for any other.
pub fn check_type(request: &HttpRequest, wanted: &str) -> Result<(), Problem> {
    let lines = |name| request.headers().get_all(name).map(|value| value.to_str().unwrap_or_default());
    let refuse = |text| Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
    let is_wanted = |given: &str| essence(given).eq_ignore_ascii_case(wanted);
    let is_plain = |coding: &str| coding.trim().eq_ignore_ascii_case("identity");

    if lines(CONTENT_TYPE).next().is_none() || !lines(CONTENT_TYPE).all(is_wanted) {
        return refuse(format!("send it as {wanted}"));
    }
    if !lines(CONTENT_TYPE).flat_map(charset).all(|charset| ["utf-8", "us-ascii"].contains(&&*charset)) {
        return refuse("send it in UTF-8".to_owned());
    }
    if !lines(CONTENT_ENCODING).flat_map(|line| line.split(',')).all(is_plain) {
        return refuse("send it as it is, without Content-Encoding".to_owned());
    }
    Ok(())
}

/// A type without its parameters.
fn essence(given: &str) -> &str {
    given.split(';').next().unwrap_or_default().trim()
}

/// The parameter `charset`, quoted or not, in lower case.
fn charset(given: &str) -> Option<String> {
    let mut parameters = given.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let (_, value) = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?;

    Some(value.trim().trim_matches('"').to_ascii_lowercase())
}

/// The `Idempotency-Key` of a request, if it has one
/// (<https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/>).
///
/// # Errors
/// 400 where it is none, or stands twice.
pub fn key(headers: &HeaderMap) -> Result<Option<Key>, Problem> {
    let mut given = headers.get_all("Idempotency-Key");
    let Some(key) = given.next() else { return Ok(None) };
    if given.next().is_some() {
        return Err(Problem::bad_request("Idempotency-Key stands twice: send one"));
    }

    key.to_str().map_err(|_| BadKey).and_then(str::parse).map(Some).map_err(Problem::bad_request)
}
