//! How many requests were refused, and why.

use std::{
    iter::once,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use actix_web::{dev::ServiceResponse, http::StatusCode};

use crate::Problem;

/// The reasons that a status tells.
const BY_STATUS: [(StatusCode, &str); 12] = [
    (StatusCode::BAD_REQUEST, "bad_request"),
    (StatusCode::FORBIDDEN, "foreign_origin"),
    (StatusCode::NOT_FOUND, "unknown_path"),
    (StatusCode::METHOD_NOT_ALLOWED, "wrong_method"),
    (StatusCode::REQUEST_TIMEOUT, "slow_body"),
    (StatusCode::PAYLOAD_TOO_LARGE, "too_long"),
    (StatusCode::UNSUPPORTED_MEDIA_TYPE, "wrong_type"),
    (StatusCode::MISDIRECTED_REQUEST, "unknown_host"),
    (StatusCode::UNPROCESSABLE_ENTITY, "key_reused"),
    (StatusCode::UPGRADE_REQUIRED, "no_upgrade"),
    (StatusCode::INTERNAL_SERVER_ERROR, "failed"),
    (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
];

/// The answers of 400 and more of one server.
#[derive(Debug, Default)]
pub(crate) struct Refused {
    by_status: [AtomicU64; BY_STATUS.len()],
    /// As unavailable, but because there are too many others.
    full: AtomicU64,
    other: AtomicU64,
}

impl Refused {
    /// Counts an answer, if it refuses.
    pub(crate) fn count<B>(&self, response: &ServiceResponse<B>) {
        let status = response.status();
        if !status.is_client_error() && !status.is_server_error() {
            return;
        }
        let problem = response.response().error().and_then(|error| error.as_error::<Problem>());
        let at = BY_STATUS.iter().position(|(known, _)| *known == status);
        let count = match at {
            _ if problem.is_some_and(Problem::is_full) => &self.full,
            Some(at) => &self.by_status[at],
            None => &self.other,
        };
        count.fetch_add(1, Relaxed);
    }

    /// How many there were, by reason.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let names = BY_STATUS.iter().map(|(_, name)| *name).chain(["all_seats_taken", "other"]);
        let counts = self.by_status.iter().chain(once(&self.full)).chain(once(&self.other));

        names.zip(counts.map(|count| count.load(Relaxed)))
    }
}
