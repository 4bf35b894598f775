//! What travels: an entry becomes a message when the feed gives it a place.
//!
//! An entry is a value of yours that serializes to a JSON object. Its fields follow `id` and `at`:
//!
//! ```
//! # #[actix_web::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use shared::{Entry, Feed, feed::HISTORY};
//!
//! #[derive(serde::Serialize)]
//! struct Price {
//!     symbol: &'static str,
//!     cents: u32,
//! }
//!
//! let entry = Entry::new(&Price { symbol: "ACME", cents: 995 })?.with_event("price")?;
//! let message = Feed::new(HISTORY).publish(entry).await?;
//!
//! // {"id":"9f3c51aa.1","at":1795388220123,"symbol":"ACME","cents":995}
//! assert!(message.json.ends_with(r#","symbol":"ACME","cents":995}"#));
//! # Ok(()) }
//! ```

use std::{fmt, sync::Arc, time::Duration};

use bytestring::ByteString;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error as _, IgnoredAny, MapAccess, Visitor},
};

use crate::{cursor::Cursor, key::Key};

/// Fields that every message has already.
const OWN_FIELDS: [&str; 2] = ["id", "at"];

/// Names of events that mean something else to a client: two are those of a transport, two the browser's own.
const OWN_EVENTS: [&str; 4] = ["gap", "heartbeat", "open", "error"];

/// A message as the feed holds it: encoded once, read by many.
#[derive(Debug)]
pub struct Message {
    /// Its place in the feed.
    pub id: Cursor,
    /// When it was published, in Unix milliseconds.
    pub at: u64,
    /// The name of its event, where it has one: a transport may show it apart from the JSON.
    pub event: Option<ByteString>,
    /// Its JSON: `id`, then `at`, the Unix milliseconds of its publication, then the entry's fields.
    pub json: ByteString,
}

/// What is to be published: encoded already, but without a place.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The fields of an object, with what stands around them.
    pub(crate) json: String,
    pub(crate) event: Option<ByteString>,
    pub(crate) key: Option<Key>,
    /// Of the tick that it is.
    #[cfg_attr(
        not(feature = "redis"),
        expect(dead_code, reason = "only where several processes tick, one of them must not")
    )]
    pub(crate) tick: Option<Duration>,
}

impl Entry {
    /// Encodes a value, which must be a JSON object without the fields `id` and `at`.
    ///
    /// # Errors
    /// [`BadEntry::NoObject`] and [`BadEntry::OwnField`].
    pub fn new(value: &impl Serialize) -> Result<Self, BadEntry> {
        let json = serde_json::to_string(value).map_err(|_| BadEntry::NoObject)?;
        match serde_json::from_str(&json) {
            Ok(Fields { own: false }) => Ok(Self { json, event: None, key: None, tick: None }),
            Ok(Fields { own: true }) => Err(BadEntry::OwnField),
            Err(_no_object) => Err(BadEntry::NoObject),
        }
    }

    /// The fields of an object, as they were kept.
    #[cfg(any(feature = "store", feature = "redis"))]
    pub(crate) fn of(json: String) -> Self {
        Self { json, event: None, key: None, tick: None }
    }

    /// Tells one entry from another, also in years and by another build: SHA-256.
    #[cfg(any(feature = "store", feature = "redis"))]
    pub(crate) fn digest(&self) -> [u8; 32] {
        use sha2::{Digest as _, Sha256};

        let event = self.event.as_deref().unwrap_or_default(); // an event has a name
        let mut hash = Sha256::new();
        hash.update((event.len() as u64).to_le_bytes());
        hash.update(event);
        hash.update(&self.json);

        hash.finalize().into()
    }

    /// Reads what was an entry, as somebody else has kept it.
    ///
    /// # Errors
    /// It is none.
    #[cfg(feature = "redis")]
    pub(crate) fn read(json: String, event: Option<String>) -> Result<Self, BadEntry> {
        match serde_json::from_str(&json) {
            Ok(Fields { own: false }) if json.starts_with('{') => {}
            _ => return Err(BadEntry::NoObject),
        }
        let entry = Self::of(json);

        match event {
            Some(event) => entry.with_event(event),
            None => Ok(entry),
        }
    }

    /// Gives it the name of an event: with Server-Sent Events, what `addEventListener` takes.
    ///
    /// # Errors
    /// [`BadEntry::Event`] where the name is empty, has a control character, or is `gap`, `heartbeat`, `open` or `error`.
    pub fn with_event(self, name: impl Into<ByteString>) -> Result<Self, BadEntry> {
        let name = name.into();
        if name.is_empty() || name.contains(char::is_control) || OWN_EVENTS.contains(&&*name) {
            return Err(BadEntry::Event);
        }

        Ok(Self { event: Some(name), ..self })
    }

    /// Gives it the key that its client gave, if any: with it, it is published once.
    pub fn with_key(self, key: Option<Key>) -> Self {
        Self { key, ..self }
    }

    /// Makes it the tick of a clock: where several processes have one feed, one of them publishes it in each period, by the clock of what
    /// keeps the feed. A period of zero is none.
    pub fn with_tick(self, period: Duration) -> Self {
        Self { tick: Some(period).filter(|period| !period.is_zero()), ..self }
    }

    /// The message that it is at this place, published `at` Unix milliseconds.
    pub(crate) fn placed(self, id: Cursor, at: u64) -> Arc<Message> {
        let fields = &self.json[1..];
        let comma = if fields == "}" { "" } else { "," };
        let json = format!(r#"{{"id":"{id}","at":{at}{comma}{fields}"#).into();

        Arc::new(Message { id, at, event: self.event, json })
    }
}

/// What is wrong with an entry: a mistake in the program that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadEntry {
    /// It does not serialize to a JSON object.
    NoObject,
    /// It has a field `id` or `at`.
    OwnField,
    /// The name of its event cannot be one.
    Event,
}

impl fmt::Display for BadEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoObject => "a message must serialize to a JSON object",
            Self::OwnField => "a message has its fields `id` and `at` from the feed: name yours otherwise",
            Self::Event => "an event's name is one line, not empty, and not gap, heartbeat, open or error",
        })
    }
}

impl std::error::Error for BadEntry {}

/// Whether an object has fields of [`OWN_FIELDS`].
struct Fields {
    own: bool,
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_map(FieldNames)
    }
}

struct FieldNames;

impl<'de> Visitor<'de> for FieldNames {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut own = false;
        while let Some((name, IgnoredAny)) = map.next_entry::<String, IgnoredAny>().map_err(A::Error::custom)? {
            own |= OWN_FIELDS.contains(&&*name);
        }

        Ok(Fields { own })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: Cursor = Cursor { epoch: 0x9f3c_51aa, seq: 17 };

    #[test]
    fn the_fields_of_an_entry_follow_id_and_at() {
        let entry = Entry::new(&json!({ "text": "</script>\r\n\u{2028}😀\0\"", "id of": {"id": 1} })).unwrap();

        let message = entry.placed(ID, 1_795_388_220_123);

        assert_eq!(
            message.json,
            "{\"id\":\"9f3c51aa.17\",\"at\":1795388220123,\"id of\":{\"id\":1},\
             \"text\":\"</script>\\r\\n\u{2028}😀\\u0000\\\"\"}"
        );
    }

    #[test]
    fn an_entry_without_fields_is_a_message() {
        assert_eq!(Entry::new(&json!({})).unwrap().placed(ID, 5).json, r#"{"id":"9f3c51aa.17","at":5}"#);
    }

    #[test]
    fn an_entry_is_an_object_without_the_feeds_own_fields() {
        for wrong in [json!(null), json!("text"), json!(1), json!([1]), json!([{ "a": 1 }])] {
            assert_eq!(Entry::new(&wrong).unwrap_err(), BadEntry::NoObject, "{wrong}");
        }
        for wrong in [json!({ "id": 1 }), json!({ "a": 1, "at": 2 })] {
            assert_eq!(Entry::new(&wrong).unwrap_err(), BadEntry::OwnField, "{wrong}");
        }
    }

    #[test]
    fn the_name_of_an_event_is_one_line_and_nobody_elses() {
        let entry = Entry::new(&json!({})).unwrap();

        assert_eq!(entry.clone().with_event("clock").unwrap().placed(ID, 5).event.as_deref(), Some("clock"));
        for wrong in ["", "a\nb", "a\rb", "a\0", "gap", "heartbeat", "open", "error"] {
            assert_eq!(entry.clone().with_event(wrong).unwrap_err(), BadEntry::Event, "{wrong:?}");
        }
    }
}
