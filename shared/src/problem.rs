//! Errors as clients see them: a status, and JSON that says what to do.
//!
//! A handler gives one back, and `?` makes one of what a feed or an entry says:
//!
//! ```
//! use actix_web::{ResponseError as _, http::StatusCode};
//! use shared::{Problem, Unavailable};
//!
//! let refused = Problem::new(StatusCode::FORBIDDEN, "this room is not yours: ask its owner");
//! assert_eq!(refused.json(), r#"{"error":"this room is not yours: ask its owner"}"#);
//! assert_eq!(Problem::from(Unavailable).status_code(), 503);
//! ```

use std::fmt;

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use serde_json::json;

use crate::{
    message::BadEntry,
    unavailable::{NotPublished, Unavailable},
};

/// What a client waits before it asks again, in seconds, where the feed is not available.
const RETRY: u32 = 1;

/// An answer that is no success: `{"error":"…"}`.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    text: String,
    retry_after: Option<u32>,
    close: bool,
    full: bool,
}

impl Problem {
    /// A problem that `text` explains: what was wrong, and what to do.
    pub fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self { status, text: text.into(), retry_after: None, close: false, full: false }
    }

    /// 400, for what the client sent.
    pub fn bad_request(text: impl fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, text.to_string())
    }

    /// 503, to be tried again after so many seconds.
    pub fn unavailable(text: impl fmt::Display, retry_after: u32) -> Self {
        Self { retry_after: Some(retry_after), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, text.to_string()) }
    }

    /// The same where all seats are taken.
    pub(crate) fn full(text: impl fmt::Display, retry_after: u32) -> Self {
        Self { full: true, ..Self::unavailable(text, retry_after) }
    }

    /// Whether all seats are taken, and nothing else is wrong.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// The server stops, and closes the connection.
    pub fn stopping() -> Self {
        Self::unavailable("the server is stopping: try again in a second", 1).and_close()
    }

    /// `{"error":"…"}`
    pub fn json(&self) -> String {
        json!({ "error": self.text }).to_string()
    }

    /// The connection is closed after the answer.
    pub(crate) fn and_close(self) -> Self {
        Self { close: true, ..self }
    }
}

impl From<Unavailable> for Problem {
    fn from(unavailable: Unavailable) -> Self {
        Self::unavailable(unavailable, RETRY)
    }
}

impl From<NotPublished> for Problem {
    fn from(not_published: NotPublished) -> Self {
        match not_published {
            NotPublished::Unavailable(unavailable) => unavailable.into(),
            NotPublished::KeyReused => Self::new(StatusCode::UNPROCESSABLE_ENTITY, not_published.to_string()),
        }
    }
}

impl From<BadEntry> for Problem {
    /// A mistake of the server's own.
    fn from(bad: BadEntry) -> Self {
        tracing::error!(%bad, "a message was not published");

        Self::new(StatusCode::INTERNAL_SERVER_ERROR, bad.to_string())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        if let Some(seconds) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        if self.close {
            response.force_close();
        }
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        response.content_type("application/json").body(self.json())
    }
}
