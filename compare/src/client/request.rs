//! A request for a channel.

/// Where a channel is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// What stands in `Host`.
    pub host: String,
    /// The path.
    pub path: String,
}

impl Channel {
    /// That of the five servers.
    pub fn at(host: impl std::fmt::Display) -> Self {
        Self { host: host.to_string(), path: "/messages".to_owned() }
    }
}

/// A request, with a body or the empty one.
pub fn request(method: &str, channel: &Channel, after: Option<&str>, headers: &str, body: &str) -> Vec<u8> {
    let Channel { host, path } = channel;
    let query = after.map(|after| format!("?after={after}")).unwrap_or_default();
    let length = if method == "POST" { format!("Content-Length: {}\r\n", body.len()) } else { String::new() };

    format!("{method} {path}{query} HTTP/1.1\r\nHost: {host}\r\n{headers}{length}\r\n{body}").into_bytes()
}
