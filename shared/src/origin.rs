//! Whose page may publish, or open a WebSocket.
//!
//! A browser says in `Origin` whose page it is that asks, and sends it with each `POST` and each handshake. Without a check any
//! site that a person has open could publish in that person's name: `text/plain` needs no preflight (Fetch standard,
//! <https://fetch.spec.whatwg.org/#cors-safelisted-request-header>), and no same-origin policy guards a WebSocket (RFC 6455
//! §10.2).
//!
//! ```
//! use actix_web::test::TestRequest;
//! use shared::{Origin, origin};
//!
//! let allowed: [Origin; 1] = ["https://app.example".parse().unwrap()];
//! let from = |origin| TestRequest::default().insert_header(("Host", "api.example")).insert_header(("Origin", origin)).to_http_request();
//!
//! assert!(origin::check(&from("https://app.example"), &allowed).is_ok());
//! assert!(origin::check(&from("http://api.example"), &allowed).is_ok()); // its own
//! assert!(origin::check(&from("https://evil.example"), &allowed).is_err());
//! ```

use std::{fmt, str::FromStr};

use actix_web::{
    HttpRequest,
    http::{
        StatusCode, Uri,
        header::{self, HeaderValue},
    },
};

use crate::problem::Problem;

/// Behind a proxy that has put another name into Host, the server's own page is as foreign as another's: so both are told what helps.
const WORDS: &str =
    "this origin may not: have it allowed; if it is this server's own, have the proxy before it pass Host on unchanged";

/// Lets a request pass that comes from a page of this server, by the origin of the host that it calls, or from one of
/// `allowed`. Behind a proxy that speaks TLS where this server does not, its own `https` origin must be allowed, too. No `Origin`
/// means no browser.
///
/// # Errors
/// 403 for any other.
pub fn check(request: &HttpRequest, allowed: &[Origin]) -> Result<(), Problem> {
    let scheme = scheme(request);
    let own = format!("{scheme}://{}", called(request).to_ascii_lowercase());
    let own = own.strip_suffix(if scheme == "https" { ":443" } else { ":80" }).unwrap_or(&own);
    let may = |origin: &HeaderValue| {
        let origin = origin.to_str().unwrap_or_default();
        origin == own || allowed.iter().any(|allowed| allowed.0 == origin)
    };

    if request.headers().get_all(header::ORIGIN).all(may) {
        return Ok(());
    }
    Err(Problem::new(StatusCode::FORBIDDEN, WORDS))
}

/// The scheme of this server: `https` where it speaks TLS itself, whatever a proxy before it claims.
pub fn scheme(request: &HttpRequest) -> &'static str {
    if request.app_config().secure() { "https" } else { "http" }
}

/// By which host, and port, the request calls this server: that of its target, if it names one (RFC 9112 §3.2.2), as each does over
/// HTTP/2 (`:authority`), or else its Host.
pub fn called(request: &HttpRequest) -> &str {
    let host = || request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();

    request.uri().authority().map_or_else(host, |target| target.as_str())
}

/// A web origin, `scheme://host` or `scheme://host:port`, in lower case (RFC 6454 §6.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// As a browser writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Origin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "write an origin as https://example.org or http://localhost:8100";
        let uri: Uri = text.parse().map_err(|_| WRONG)?;
        let host = uri.authority().map(|authority| authority.as_str().to_lowercase()).ok_or(WRONG)?;
        let scheme = uri.scheme_str().filter(|scheme| ["http", "https"].contains(scheme)).ok_or(WRONG)?;
        let plain = host.chars().all(|c| c.is_ascii_alphanumeric() || ".-:[]".contains(c));
        let ends_there = text.len() == scheme.len() + "://".len() + host.len();
        let default_port = if scheme == "https" { ":443" } else { ":80" };

        if !plain || !ends_there {
            return Err(WRONG);
        }
        Ok(Self(format!("{scheme}://{}", host.strip_suffix(default_port).unwrap_or(&host))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (text, origin) in [
            ("http://localhost:8100", "http://localhost:8100"),
            ("https://Example.org", "https://example.org"),
            ("https://example.org:443", "https://example.org"),
            ("http://[::1]:80", "http://[::1]"),
        ] {
            assert_eq!(text.parse::<Origin>().map(|origin| origin.to_string()), Ok(origin.to_owned()));
        }
        for wrong in ["", "null", "*", "example.org", "ftp://example.org", "http://a/", "http://a?b", "http://u@a"] {
            assert!(wrong.parse::<Origin>().is_err(), "{wrong:?}");
        }
        assert!("http://a;script-src".parse::<Origin>().is_err(), "nothing that ends a directive");
    }
}
