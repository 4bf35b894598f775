//! The headers of a request or an answer.

use httparse::Header;

/// A head with more headers is none; actix takes no more either.
pub(super) const MOST_HEADERS: usize = 96;

/// Headers, names in lower case.
pub(crate) type Headers = Vec<(String, String)>;

/// A header's value, the first of its name.
pub(crate) fn named<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// The headers of a head that was parsed.
pub(super) fn read_headers(parsed: &[Header<'_>]) -> Headers {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();

    parsed.iter().map(|header| (header.name.to_lowercase(), text(header.value))).collect()
}
