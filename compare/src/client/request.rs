//! A request for the channel.

/// A request, with a body or the empty one.
pub fn request(method: &str, host: &str, after: Option<&str>, headers: &str, body: &str) -> Vec<u8> {
    let query = after.map(|after| format!("?after={after}")).unwrap_or_default();
    let length = if method == "POST" { format!("Content-Length: {}\r\n", body.len()) } else { String::new() };

    format!("{method} /messages{query} HTTP/1.1\r\nHost: {host}\r\n{headers}{length}\r\n{body}").into_bytes()
}
