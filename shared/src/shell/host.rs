//! By which name a client may call the server.

use std::net::IpAddr;

use actix_web::{
    HttpRequest,
    dev::ServiceRequest,
    http::{StatusCode, Uri, Version, header, uri::Authority},
};

use crate::{
    Problem,
    origin::{called, scheme},
};

/// A name that an attacker's DNS can point here must not reach the server (DNS rebinding): only localhost, IP
/// literals, which no DNS can rebind, and those that are `allowed`. What the request itself says counts, no proxy's claim.
pub(crate) fn check(request: &ServiceRequest, allowed: &[String]) -> Result<(), Problem> {
    let own = scheme(request.request());
    let is_own = |scheme: &str| scheme.eq_ignore_ascii_case(own);

    match called_as(request) {
        Called::Wrong => Err(Problem::new(StatusCode::BAD_REQUEST, "send one valid Host, or over HTTP/2 :authority")),
        Called::Nothing => Ok(()),
        Called::By(name) if is_known(&name, allowed) && request.uri().scheme_str().is_none_or(is_own) => Ok(()),
        Called::By(_) => Err(Problem::new(
            StatusCode::MISDIRECTED_REQUEST,
            "this name is not known here: use localhost or an IP address, or start the server with --allow-host NAME; if it is a \
             proxy's own, have it pass Host on unchanged",
        )),
    }
}

/// By what a request calls the server.
enum Called {
    By(String),
    /// A health check's: each browser says Host, and DNS can rebind no other.
    Nothing,
    Wrong,
}

/// In HTTP/1.1 there is exactly one valid Host (RFC 9112 §3.2), and a target's own wins over it (§3.2.2). In HTTP/2 there is
/// `:authority`, which actix gives as the target's; a Host beside it may not name another (RFC 9113 §8.3.1).
fn called_as(request: &ServiceRequest) -> Called {
    let hosts: Vec<_> = request.headers().get_all(header::HOST).map(|host| host.to_str().unwrap_or_default()).collect();
    let (old, new) = (request.version() < Version::HTTP_11, request.version() >= Version::HTTP_2);
    let target = request.uri().authority().map(Authority::as_str);
    let usual = usual_port(request.request());

    let called = match (&*hosts, target) {
        ([host], Some(target)) if new && place(host, usual) != place(target, usual) => None,
        ([host], Some(target)) => name(host).and_then(|_| name(target)),
        ([], Some(target)) if old || new => name(target),
        ([host], None) => name(host),
        ([], None) if old => return Called::Nothing,
        _ => None,
    };

    called.map_or(Called::Wrong, Called::By)
}

/// The name in a Host header, without its port and a last dot, which means the same name, in lower case.
fn name(host: &str) -> Option<String> {
    place(host, 0).map(|(name, _port)| name)
}

/// The same with its port.
fn place(host: &str, usual: u16) -> Option<(String, u16)> {
    let uri: Uri = host.parse().ok()?;
    let authority = uri.authority().filter(|authority| authority.as_str() == host && !host.contains('@'))?;

    let name = authority.host();
    let name = name.strip_suffix('.').unwrap_or(name);
    let port = authority.port_u16().unwrap_or(usual);

    Some((name.to_ascii_lowercase(), port)).filter(|(name, _)| !name.is_empty())
}

/// The name by which the request calls this server, if a content security policy can name it: its grammar has letters, digits,
/// hyphens and dots between them, so no IPv6 address (<https://www.w3.org/TR/CSP3/#grammardef-host-part>).
pub fn named(request: &HttpRequest) -> Option<String> {
    let uri: Uri = called(request).parse().ok()?;
    let host = uri.authority()?.host();
    let is_plain = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');

    host.split('.').all(is_plain).then(|| host.to_ascii_lowercase())
}

/// The port at which the request calls this server.
pub(super) fn port(request: &HttpRequest) -> u16 {
    let uri: Option<Uri> = called(request).parse().ok();

    uri.and_then(|uri| uri.port_u16()).unwrap_or_else(|| usual_port(request))
}

fn usual_port(request: &HttpRequest) -> u16 {
    if scheme(request) == "https" { 443 } else { 80 }
}

fn is_known(name: &str, allowed: &[String]) -> bool {
    let literal = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);

    name == "localhost"
        || literal.parse::<IpAddr>().is_ok()
        || allowed.iter().any(|host| host.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::{name, named};

    #[test]
    fn a_host_is_a_name_and_maybe_a_port() {
        for (host, known) in [
            ("localhost", Some("localhost")),
            ("LocalHost:8104", Some("localhost")),
            ("127.0.0.1:80", Some("127.0.0.1")),
            ("[::1]:8104", Some("[::1]")),
            ("localhost.:8104", Some("localhost")),
            (".", None),
            ("", None),
            (":80", None),
            ("a b", None),
            ("user@localhost", None),
            ("localhost/evil", None),
            ("http://localhost", None),
        ] {
            assert_eq!(name(host).as_deref(), known, "{host:?}");
        }
    }

    #[test]
    fn a_policy_can_name_no_ipv6_address() {
        let named = |host| named(&TestRequest::default().insert_header(("Host", host)).to_http_request());

        assert_eq!(named("LocalHost:8100").as_deref(), Some("localhost"));
        assert_eq!(named("192.0.2.7").as_deref(), Some("192.0.2.7"));
        for host in ["[::1]:8100", "localhost.", "a_b", "", "a b"] {
            assert_eq!(named(host), None, "{host}");
        }
    }
}
