//! The scripts of an iframe stream.

/// The object in a line `<script nonce="…">f(OBJECT)</script>`.
pub(crate) fn object(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"<script nonce=\"")?;
    let start = rest.windows(4).position(|part| part == b"\">f(")? + 4;

    rest[start..].strip_suffix(b")</script>\n")
}
