//! Who may ask, from where, and what every answer carries.

use std::net::IpAddr;

use actix_web::{
    Error, HttpMessage as _, HttpResponse, ResponseError as _,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        ConnectionType, Method, StatusCode, Uri, Version,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web::Data,
};
use serde_json::json;

use super::{body, site::Site};
use crate::{Problem, origin};

/// Goes around every route: refuses what must not pass, and puts the headers on what comes back.
pub(crate) async fn around(
    site: Data<Site>,
    mut request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let response = match admit(&site, &mut request).await {
        Ok(()) => next.call(request).await?,
        Err(problem) => {
            let unread = request.take_payload();
            request.into_response(problem.error_response()).map_body(|_, body| body::leave_unread(unread, body))
        }
    };

    Ok(finish(response))
}

async fn admit(site: &Site, request: &mut ServiceRequest) -> Result<(), Problem> {
    let ignored = request.version() < Version::HTTP_11 && request.method() != Method::CONNECT; // RFC 9110 §7.8
    if body::is_without_end(request) && !ignored {
        if request.method() == Method::GET && site.transport().upgrades.contains(&request.path()) {
            return check_host(site, request); // and the transport checks the origin
        }
        return Err(Problem::new(StatusCode::BAD_REQUEST, "no WebSocket and no tunnel here: ask without").and_close());
    }
    body::read(request).await?;
    check_host(site, request)?;
    if request.method().is_safe() { Ok(()) } else { origin::check(request.request(), &site.options().allow_origin) }
}

/// A name that an attacker's DNS can point here must not reach the server (DNS rebinding): only localhost, IP
/// literals, which no DNS can rebind, and what `--allow-host` names. The header itself counts, no proxy's claim.
fn check_host(site: &Site, request: &ServiceRequest) -> Result<(), Problem> {
    let mut hosts = request.headers().get_all(header::HOST);
    let host = hosts.next().and_then(|host| host.to_str().ok());
    let another = hosts.next();
    let name = host.and_then(host_name);

    match (name, another) {
        (Some(name), None) if is_known(site, &name) => Ok(()),
        // RFC 9112 §3.2: HTTP/1.1 without exactly one valid Host is 400.
        (None, _) | (_, Some(_)) if request.version() >= Version::HTTP_11 => {
            Err(Problem::new(StatusCode::BAD_REQUEST, "send one valid Host"))
        }
        _ => Err(Problem::new(
            StatusCode::MISDIRECTED_REQUEST,
            "this name is not known here: use localhost or an IP address, or start the server with --allow-host NAME",
        )),
    }
}

/// The name in a Host header, without its port, in lower case.
fn host_name(host: &str) -> Option<String> {
    let uri: Uri = host.parse().ok()?;
    let authority = uri.authority().filter(|authority| authority.as_str() == host && !host.contains('@'))?;

    Some(authority.host().to_ascii_lowercase()).filter(|name| !name.is_empty())
}

fn is_known(site: &Site, name: &str) -> bool {
    let literal = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    let allowed = &site.options().allow_host;

    name == "localhost"
        || literal.parse::<IpAddr>().is_ok()
        || allowed.iter().any(|host| host.eq_ignore_ascii_case(name))
}

fn finish(mut response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let is_json = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if let Some(error) = response.response().error().filter(|_| status.is_server_error() && !is_json) {
        tracing::error!(%error, "a request failed");
    }
    if (status.is_client_error() || status.is_server_error()) && !is_json {
        response = response.map_body(|_, _| error_body(status));
        set(response.headers_mut(), header::CONTENT_TYPE, "application/json");
    }
    let headers = response.headers_mut();
    if status == StatusCode::METHOD_NOT_ALLOWED && !headers.contains_key(header::ALLOW) {
        set(headers, header::ALLOW, "GET, HEAD");
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        let file = headers.contains_key(header::ETAG);
        set(headers, header::CACHE_CONTROL, if file { "no-cache" } else { "no-store" });
    }
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, header::REFERRER_POLICY, "same-origin");
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

fn error_body(status: StatusCode) -> BoxBody {
    let text = match status {
        StatusCode::NOT_FOUND => "nothing here: the page is at /, the channel at /messages",
        StatusCode::METHOD_NOT_ALLOWED => "not this method: see Allow",
        StatusCode::RANGE_NOT_SATISFIABLE => "the file is not so long: see Content-Range",
        StatusCode::PRECONDITION_FAILED => "the file has changed: ask without a condition",
        _ if status.is_server_error() => "something failed here: try again later; the server's log says what",
        _ => "this request is not understood: check its path and headers",
    };

    HttpResponse::build(status).json(json!({ "error": text })).into_body()
}

#[cfg(test)]
mod tests {
    use super::host_name;

    #[test]
    fn a_host_is_a_name_and_maybe_a_port() {
        for (host, name) in [
            ("localhost", Some("localhost")),
            ("LocalHost:8104", Some("localhost")),
            ("127.0.0.1:80", Some("127.0.0.1")),
            ("[::1]:8104", Some("[::1]")),
            ("", None),
            (":80", None),
            ("a b", None),
            ("user@localhost", None),
            ("localhost/evil", None),
            ("http://localhost", None),
        ] {
            assert_eq!(host_name(host).as_deref(), name, "{host:?}");
        }
    }
}
