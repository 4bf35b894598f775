//! The lines of the document that an iframe loads: its beginning, then a script each.

use super::part::{Kind, Sink, is_message};
use crate::wire::script;

/// What stands behind the object.
const END: &[u8] = b")</script>\n";

/// Makes the parts of a line. The JSON is as it is on the wire: escaped, which makes it longer.
pub(super) fn split(line: &[u8], sink: &mut Sink<'_>) {
    let Some(json) = script::object(line) else {
        sink.add(Kind::Prelude, line);
        return;
    };
    let (start, end) = line.split_at(line.len() - json.len() - END.len());
    let kind = if is_message(json) { Kind::Message } else { Kind::Notice };

    sink.add(Kind::ScriptStart, start);
    sink.add(kind, json);
    sink.add(Kind::ScriptEnd, &end[json.len()..]);
}
