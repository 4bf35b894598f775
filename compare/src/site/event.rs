//! What is written into a stream of events.

use serde::Serialize;

/// JSON has no line ends, so it is one line of data.
pub(super) fn event(data: &impl Serialize) -> String {
    match serde_json::to_string(data) {
        Ok(json) => format!("data: {json}\n\n"),
        Err(error) => format!(": {error}\n\n"),
    }
}
