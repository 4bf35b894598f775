//! The way up for those that have none of their own: a text comes by `POST`, and a function of yours publishes it.
//!
//! ```
//! use std::sync::Arc;
//!
//! use actix_web::{HttpRequest, HttpResponse, web::{Bytes, Data}};
//! use serde_json::json;
//! use shared::{Entry, Message, Problem, Source, post};
//!
//! async fn say(request: HttpRequest, body: Bytes, source: Data<Source>) -> Result<HttpResponse, Problem> {
//!     post::respond(&request, body, &post::Settings::default(), async |text| publish(&source, text).await).await
//! }
//!
//! async fn publish(source: &Source, text: String) -> Result<Arc<Message>, Problem> {
//!     Ok(source.feed().publish(Entry::new(&json!({ "text": text }))?).await?)
//! }
//! # _ = say;
//! ```

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    web::Bytes,
};

use crate::{
    message::Message,
    origin::{self, Origin},
    problem::Problem,
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

/// Answers 201 with the JSON of the message that `publish` made of the text.
///
/// # Errors
/// 403 for a foreign origin, 415 for another type, 400 for what is not UTF-8, and what `publish` refuses.
pub async fn respond(
    request: &HttpRequest,
    body: Bytes,
    settings: &Settings,
    publish: impl AsyncFnOnce(String) -> Result<Arc<Message>, Problem>,
) -> Result<HttpResponse, Problem> {
    origin::check(request, &settings.origins)?;
    check_type(request, settings.media_type)?;
    let text = String::from_utf8(body.into())
        .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "the text is not UTF-8: encode it"))?;
    let message = publish(text).await?;
    tracing::debug!(client = request.peer_addr().map(display), id = %message.id, "published");

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
