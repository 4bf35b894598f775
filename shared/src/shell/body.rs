//! A request's body is read to its end before the answer.
//!
//! A server that answers and closes while the client still sends makes the client's TCP see a reset, and the answer
//! is lost (RFC 9112 §9.6). So every body is read first: kept as far as a message can be long, dropped beyond.

use std::{pin::Pin, time::Duration};

use actix_web::{
    HttpMessage as _,
    body::{BodySize, BodyStream, BoxBody, MessageBody as _, SizedStream},
    dev::{Payload, ServiceRequest},
    http::{
        Method, StatusCode,
        header::{self, HeaderValue},
    },
    web::BytesMut,
};
use futures_util::{StreamExt as _, future::ready, stream};
use tokio::time::timeout;

use super::note::MAX_TEXT;
use crate::{Problem, http2};

/// A character more than a message may have, so that a longer one shows, also where its last character is cut off.
const KEPT: usize = MAX_TEXT + 4;
/// A body longer than this is not worth reading to its end.
const LONGEST: usize = 16 * 1_024 * 1_024;
/// A body that takes longer than this is not worth waiting for.
const SLOWEST: Duration = Duration::from_secs(10);

/// Puts the beginning of the body, the part that is kept, in its place.
pub(crate) async fn read(request: &mut ServiceRequest) -> Result<(), Problem> {
    let mut payload = request.take_payload();
    if matches!(payload, Payload::None) {
        return Ok(());
    }
    let length = if is_without_end(request) { content_length(request) } else { usize::MAX };
    let slow = |_| Problem::new(StatusCode::REQUEST_TIMEOUT, "the body came too slowly: send it within 10 s");
    match timeout(SLOWEST, drain(&mut payload, length)).await.map_err(slow).flatten() {
        Ok(kept) => {
            request.set_payload(Payload::Stream { payload: Box::pin(stream::once(ready(Ok(kept.freeze())))) });
            http2::keep(request, payload);
            Ok(())
        }
        Err(problem) => {
            request.set_payload(payload);
            Err(problem.and_close())
        }
    }
}

/// Whether actix takes all that comes after the head for the body: after `Upgrade: websocket`, whatever length is given, and
/// after CONNECT.
pub(crate) fn is_without_end(request: &ServiceRequest) -> bool {
    let is_socket = |offer: &HeaderValue| offer.as_bytes().trim_ascii().eq_ignore_ascii_case(b"websocket");

    request.method() == Method::CONNECT || request.headers().get_all(header::UPGRADE).any(is_socket)
}

/// The length that the head gives. actix has refused one that is no number.
fn content_length(request: &ServiceRequest) -> usize {
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());

    length.and_then(|length| length.trim().parse().ok()).unwrap_or(0)
}

/// Answers without reading the body on: actix then closes the connection after the answer.
///
/// It does so only while somebody holds the unread payload; a dropped one in chunks it would read to its end, however
/// late that comes.
pub(crate) fn leave_unread(payload: Payload, mut body: BoxBody) -> BoxBody {
    let size = body.size();
    let body = stream::poll_fn(move |cx| {
        let _held = &payload;
        Pin::new(&mut body).poll_next(cx)
    });

    match size {
        BodySize::Sized(length) => BoxBody::new(SizedStream::new(length, body)),
        BodySize::None | BodySize::Stream => BoxBody::new(BodyStream::new(body)),
    }
}

async fn drain(payload: &mut Payload, longest: usize) -> Result<BytesMut, Problem> {
    let mut kept = BytesMut::new();
    let mut length = 0;

    while length < longest
        && let Some(chunk) = payload.next().await
    {
        let chunk = chunk.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, format!("broken body: {error}")))?;
        let wanted = chunk.len().min(longest - length);
        kept.extend_from_slice(&chunk[..wanted.min(KEPT - kept.len())]);
        length += chunk.len();
        if length > LONGEST {
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "the text is too long: send 1 to 4096 bytes"));
        }
    }
    if length > kept.len()
        && let Err(cut) = str::from_utf8(&kept)
        && cut.error_len().is_none()
    {
        kept.truncate(cut.valid_up_to()); // its last character was cut in two by us
    }

    Ok(kept)
}
