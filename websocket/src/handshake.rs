//! The request that asks for a WebSocket.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode, Version,
        header::{self, HeaderValue},
    },
};
use shared::Problem;

/// 426 without an upgrade to WebSocket, and for another version of it (RFC 6455 §4.2.2). actix-ws refuses the rest.
pub(crate) fn refuse(request: &HttpRequest) -> Option<HttpResponse> {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let asked = header(header::UPGRADE).eq_ignore_ascii_case("websocket") && request.version() >= Version::HTTP_11;
    if asked && header(header::SEC_WEBSOCKET_VERSION) == "13" {
        return None;
    }
    let refusal = Problem::new(StatusCode::UPGRADE_REQUIRED, "open this with a WebSocket of version 13");
    let mut response = HttpResponse::from_error(refusal);
    let headers = response.headers_mut();
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));

    Some(response)
}
