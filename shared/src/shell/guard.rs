//! Who may ask, from where, and what every answer carries.

use std::convert::Infallible;

use actix_web::{
    Error, HttpMessage as _, HttpRequest, HttpResponse, ResponseError as _,
    body::{self, BodySize, BodyStream, BoxBody, MessageBody as _},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        ConnectionType, Method, StatusCode, Version,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web::{Bytes, Data},
};
use futures_util::stream;
use serde_json::json;

use super::{
    body::{is_without_end, leave_unread, read},
    cors::Cors,
    host,
    site::Site,
};
use crate::{Problem, origin};

/// Goes around every route: refuses what must not pass, and puts the headers on what comes back.
pub(crate) async fn around(
    site: Data<Site>,
    mut request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let method = request.method().clone();
    let cors = Cors::of(&site, &request);
    let response = match admit(&site, &mut request).await {
        Ok(()) if method == Method::OPTIONS && request.path() == "*" => request.into_response(not_allowed()),
        Ok(()) => {
            if method == Method::HEAD {
                ask_as_get(&mut request);
            }
            next.call(request).await?
        }
        Err(problem) => {
            let unread = request.take_payload();
            request.into_response(problem.error_response()).map_body(|_, body| leave_unread(unread, body))
        }
    };

    let mut response = finish(match method {
        Method::HEAD => without_body(response),
        Method::OPTIONS if response.status() == StatusCode::METHOD_NOT_ALLOWED => options(response),
        _ => response,
    });
    site.refused().count(&response);
    cors.tell(response.headers_mut());

    Ok(response)
}

/// Whether this GET was a HEAD: then there is nothing to hold.
pub fn is_head(request: &HttpRequest) -> bool {
    request.extensions().contains::<Head>()
}

struct Head;

/// What can be asked by GET can be asked by HEAD (RFC 9110 §9.3.2), and no route has to know.
fn ask_as_get(request: &mut ServiceRequest) {
    request.extensions_mut().insert(Head);
    request.head_mut().method = Method::GET;
}

/// actix writes no body after a HEAD, and waits for its end all the same: one without an end, and its seat, end here.
fn without_body(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    response.map_body(|_, body| match body.size() {
        BodySize::Stream => BoxBody::new(BodyStream::new(stream::empty::<Result<Bytes, Infallible>>())),
        BodySize::None | BodySize::Sized(_) => body,
    })
}

/// What is allowed, as where it is not, but as an answer: HAProxy asks so whether a server is there.
fn options(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let mut response = response.map_body(|_, _| BoxBody::new(body::None::new()));
    allow(response.headers_mut());
    *response.response_mut().status_mut() = StatusCode::NO_CONTENT;

    response
}

fn not_allowed() -> HttpResponse {
    HttpResponse::MethodNotAllowed().insert_header((header::ALLOW, "GET, POST")).finish()
}

/// Where GET is allowed HEAD is, too, and OPTIONS everywhere.
fn allow(headers: &mut HeaderMap) {
    let allowed = headers.get(header::ALLOW).and_then(|allowed| allowed.to_str().ok()).unwrap_or("GET");
    let allowed = format!("{}, OPTIONS", allowed.replace("GET", "GET, HEAD"));
    if let Ok(allowed) = allowed.parse() {
        headers.insert(header::ALLOW, allowed);
    }
}

async fn admit(site: &Site, request: &mut ServiceRequest) -> Result<(), Problem> {
    let ignored = request.version() < Version::HTTP_11 && request.method() != Method::CONNECT; // RFC 9110 §7.8
    if is_without_end(request) && !ignored {
        if request.method() == Method::GET && site.transport().upgrades.contains(&request.match_info().as_str()) {
            return host::check(request, &site.options().allow_host); // and the transport checks the origin
        }
        return Err(Problem::new(StatusCode::BAD_REQUEST, "no WebSocket and no tunnel here: ask without").and_close());
    }
    read(request).await?;
    host::check(request, &site.options().allow_host)?;
    if request.method().is_safe() { Ok(()) } else { origin::check(request.request(), &site.options().allow_origin) }
}

fn finish(mut response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let is_json = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    let error = response.response().error().filter(|_| !is_json);
    if let Some(error) = error.filter(|_| status.is_server_error()) {
        tracing::error!(%error, "a request failed");
    }
    let told = error.map(ToString::to_string).filter(|_| status.is_client_error());
    if (status.is_client_error() || status.is_server_error()) && !is_json {
        response = response.map_body(|_, _| error_body(status, told.as_deref()));
        set(response.headers_mut(), header::CONTENT_TYPE, "application/json");
    }
    let headers = response.headers_mut();
    if status == StatusCode::METHOD_NOT_ALLOWED {
        allow(headers);
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        let file = headers.contains_key(header::ETAG);
        set(headers, header::CACHE_CONTROL, if file { "no-cache" } else { "no-store" });
    }
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    let old = response.request().version() < Version::HTTP_11;
    // actix keeps no connection whose request offered an upgrade, also where it is not taken: so the client is told.
    let offered = response.request().head().connection_type() == ConnectionType::Upgrade;
    let head = response.response_mut().head_mut();
    if old {
        head.no_chunking(true); // HTTP/1.0 knows no chunks: a stream is ended by close (RFC 9112 §6.1)
    }
    if old || offered && status != StatusCode::SWITCHING_PROTOCOLS {
        head.set_connection_type(ConnectionType::Close);
    }

    response
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}

fn error_body(status: StatusCode, told: Option<&str>) -> BoxBody {
    let text = match status {
        StatusCode::NOT_FOUND => "nothing here: the page is at /, the channel at /messages",
        StatusCode::METHOD_NOT_ALLOWED => "not this method: see Allow",
        StatusCode::RANGE_NOT_SATISFIABLE => "the file is not so long: see Content-Range",
        StatusCode::PRECONDITION_FAILED => "the file has changed: ask without a condition",
        _ if status.is_server_error() => "something failed here: try again later; the server's log says what",
        _ => match told {
            Some(told) => &format!("this request is not understood: {told}"),
            None => "this request is not understood: check its path and headers",
        },
    };

    HttpResponse::build(status).json(json!({ "error": text })).into_body()
}
