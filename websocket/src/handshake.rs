//! The request that asks for a WebSocket.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        ConnectionType, StatusCode, Version,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    test::TestRequest,
};
use shared::Problem;

/// Says no to what is no handshake (RFC 6455 §4.2.1): 426 where it asks for no WebSocket of version 13 (§4.2.2), 400 where
/// something else is wrong with it.
pub(crate) fn refuse(request: &HttpRequest) -> Option<HttpResponse> {
    if !asks(request) {
        return Some(upgrade_required(request.version()));
    }
    let wrong = mistake(request.headers())?;
    let mut response = HttpResponse::from_error(Problem::bad_request(wrong));
    response.head_mut().set_connection_type(ConnectionType::Close); // what follows may be its body, or its frames

    Some(response)
}

fn asks(request: &HttpRequest) -> bool {
    let headers = request.headers();

    request.version() >= Version::HTTP_11
        && is(headers, header::UPGRADE, "websocket") // alone, or actix-http reads no frames
        && headers.get(header::SEC_WEBSOCKET_VERSION).is_some_and(|version| version == "13")
}

/// The request as actix-ws takes it. `Connection: close, upgrade`, as lighttpd says, has the token that the RFC asks for (§4.2.1), but to
/// actix-http `close` is a no. A request that is shared cannot be changed, and no other than this one can be made.
pub(crate) fn without_close(request: &HttpRequest) -> HttpRequest {
    if request.head().upgrade() {
        return request.clone();
    }
    let others = request.headers().iter().filter(|(name, _)| *name != header::CONNECTION);
    let asked = others.fold(TestRequest::get(), |asked, line| asked.append_header(line));

    asked.insert_header((header::CONNECTION, "upgrade")).to_http_request()
}

fn upgrade_required(version: Version) -> HttpResponse {
    let words = match version {
        Version::HTTP_2 => "over HTTP/2 there is no WebSocket here: open this with one over HTTP/1.1",
        _ => "open this with a WebSocket of version 13",
    };
    let refusal = Problem::new(StatusCode::UPGRADE_REQUIRED, words);
    let mut response = HttpResponse::from_error(refusal);
    let headers = response.headers_mut();
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));

    response
}

/// What is wrong with a handshake, if anything.
fn mistake(headers: &HeaderMap) -> Option<&'static str> {
    let count = |name| headers.get_all(name).count();
    let body = headers.get_all(header::CONTENT_LENGTH).any(|length| length != "0");

    if !has_token(headers, header::CONNECTION, "upgrade") {
        Some("Upgrade without Connection: Upgrade: a proxy may have taken it away")
    } else if body || headers.contains_key(header::TRANSFER_ENCODING) {
        Some("a handshake has no body: what follows it are frames")
    } else if count(header::SEC_WEBSOCKET_VERSION) > 1 {
        Some("Sec-WebSocket-Version stands twice: send one")
    } else if count(header::SEC_WEBSOCKET_KEY) != 1 || !headers.get(header::SEC_WEBSOCKET_KEY).is_some_and(is_key) {
        Some("send one Sec-WebSocket-Key: 16 bytes at random, in base64")
    } else {
        None
    }
}

fn is(headers: &HeaderMap, name: HeaderName, wanted: &str) -> bool {
    headers.get(name).and_then(|value| value.to_str().ok()).is_some_and(|value| value.eq_ignore_ascii_case(wanted))
}

/// Whether a list has this word, in whatever case: it may stand in several lines (RFC 9110 §5.3).
fn has_token(headers: &HeaderMap, name: HeaderName, wanted: &str) -> bool {
    let lists = headers.get_all(name).filter_map(|list| list.to_str().ok());

    lists.flat_map(|list| list.split(',')).any(|token| token.trim().eq_ignore_ascii_case(wanted))
}

/// Whether it is the base64 of 16 bytes: of the last character, only two bits may be set (RFC 4648 §3.5).
fn is_key(key: &HeaderValue) -> bool {
    let Some((digits, last)) = key.as_bytes().strip_suffix(b"==").and_then(|digits| digits.split_last_chunk::<1>())
    else {
        return false;
    };
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/".contains(byte);

    digits.len() == 21 && digits.iter().all(is_digit) && b"AQgw".contains(&last[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_beside_upgrade_is_no_refusal_and_all_else_stays() {
        for lists in [&["close, upgrade"][..], &["Upgrade, close"], &["close", "UPGRADE"], &["keep-alive, Upgrade"]] {
            let asked = TestRequest::default().insert_header((header::SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ=="));
            let asked = lists.iter().fold(asked, |asked, list| asked.append_header((header::CONNECTION, *list)));

            let taken = without_close(&asked.to_http_request());

            assert!(taken.head().upgrade(), "{lists:?}");
            assert_eq!(taken.headers().get(header::SEC_WEBSOCKET_KEY).unwrap(), "dGhlIHNhbXBsZSBub25jZQ==");
        }
    }
}
