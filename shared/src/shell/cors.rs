//! What a page of an allowed origin is told, so that its browser lets it read the answer (CORS,
//! <https://fetch.spec.whatwg.org/#http-cors-protocol>).

use actix_web::{
    dev::ServiceRequest,
    http::{
        Method,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
};

use super::site::Site;

/// To be added to the answer.
#[derive(Debug, Default)]
pub(crate) struct Cors(Vec<(HeaderName, HeaderValue)>);

impl Cors {
    /// Of this request. Nothing where no origin is allowed. Credentials are never asked for, nor allowed: there are none.
    pub(crate) fn of(site: &Site, request: &ServiceRequest) -> Self {
        let allowed = &site.options().allow_origin;
        if allowed.is_empty() {
            return Self::default();
        }
        let mut told = vec![(header::VARY, HeaderValue::from_static("Origin"))]; // or a cache gives one's answer to another
        let mut origins = request.headers().get_all(header::ORIGIN);
        let is_allowed = |given: &&HeaderValue| allowed.iter().any(|one| given.as_bytes() == one.as_str().as_bytes());
        if let (Some(origin), None) = (origins.next().filter(is_allowed), origins.next()) {
            told.push((header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone()));
            told.push((header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("Retry-After")));
            if request.method() == Method::OPTIONS {
                told.extend(before_the_request());
            }
        }

        Self(told)
    }

    /// Adds it.
    pub(crate) fn tell(self, headers: &mut HeaderMap) {
        for (name, value) in self.0 {
            headers.append(name, value);
        }
    }
}

/// What may be asked with: the answer to a preflight.
fn before_the_request() -> [(HeaderName, HeaderValue); 3] {
    [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Content-Type, Idempotency-Key, Last-Event-ID"),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ]
    .map(|(name, value)| (name, HeaderValue::from_static(value)))
}
