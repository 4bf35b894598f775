//! The lines of an event stream.

use super::part::{Kind, Sink, is_message};

/// Makes the parts of a line.
pub(super) fn split(line: &[u8], sink: &mut Sink<'_>) {
    if let Some(json) = message(line) {
        sink.add(Kind::Data, b"data: ");
        sink.add(Kind::Message, json);
        sink.add(Kind::Data, b"\n").continued = true;
        return;
    }
    let field = line.split(|byte| matches!(byte, b':' | b'\r' | b'\n')).next().unwrap_or_default();
    let kind = match field {
        b"id" => Kind::Id,
        b"event" => Kind::Event,
        b"data" => Kind::Data,
        b"retry" => Kind::Retry,
        b"" if line.starts_with(b":") => Kind::Comment,
        b"" => Kind::EventEnd,
        _ => Kind::Raw,
    };
    sink.add(kind, line);
}

/// The message's JSON in a line as our server writes it.
fn message(line: &[u8]) -> Option<&[u8]> {
    let json = line.strip_prefix(b"data: ")?.strip_suffix(b"\n")?;

    Some(json).filter(|json| is_message(json) && json.ends_with(b"}"))
}
