//! A message as our servers make it of a text, for servers that make none.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

/// Its fields, in our order.
#[derive(Debug, Serialize)]
struct Message<'a> {
    id: String,
    at: u128,
    kind: &'static str,
    text: &'a str,
}

/// The JSON of a text, with this place in the feed.
pub(crate) fn json(epoch: &str, seq: u64, text: &str) -> String {
    let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let message = Message { id: format!("{epoch}.{seq}"), at, kind: "message", text };

    serde_json::to_string(&message).expect("it has only texts and a number")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::scan::{Item, scan};

    #[test]
    fn the_clients_find_it() {
        let mut found = Vec::new();

        scan(json("9f3c51aa", 7, "17 ...").as_bytes(), |item| found.push(item));

        assert_eq!(found, [Item::Message { seq: 7, sent: 17 }]);
    }
}
