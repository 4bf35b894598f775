//! Sending is once: a key that a client gives to a text, so that it can send it again where no answer came.
//!
//! A connection can break between a request and its answer, and then nobody knows whether the text was published. A browser sends
//! such a `POST` again by itself where a kept connection ended (RFC 9110 §9.2.2 allows it only where it knows better). The feed
//! publishes a key once, and answers the same each time.
//!
//! ```
//! # #[actix_web::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use serde_json::json;
//! use shared::{Entry, Feed, Key, feed::HISTORY};
//!
//! let feed = Feed::new(HISTORY);
//! let key: Key = "5f1c3b0a-4d2e-4c55".parse()?;
//! let entry = Entry::new(&json!({ "text": "one" }))?.with_key(Some(key));
//!
//! let first = feed.publish(entry.clone()).await?;
//! let again = feed.publish(entry).await?;
//! assert_eq!((first.id, &first.json), (again.id, &again.json));
//! assert_eq!(feed.status().await?.newest.seq, 1);
//! # Ok(()) }
//! ```

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    hash::{BuildHasher as _, Hash, RandomState},
    ops::RangeInclusive,
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use tokio::time::Instant;

/// A feed knows a key for so long, measured from its text's publication…
pub const KNOWN_FOR: Duration = Duration::from_secs(600);
/// …and so many at most: the oldest is forgotten first. Each takes some 200 bytes.
pub const MOST_KNOWN: usize = 100_000;

/// How many characters a key has.
const LENGTH: RangeInclusive<usize> = 16..=64;

/// What a client gives to a text: 16 to 64 visible characters of ASCII, which it never gives to another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key(Arc<str>);

impl Key {
    /// Its characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Key {
    type Err = BadKey;

    /// Bare, or quoted as a string of RFC 9651 §3.3.3: both spell the same key.
    fn from_str(text: &str) -> Result<Self, BadKey> {
        let key = match text.strip_prefix('"') {
            Some(quoted) => unquote(quoted).ok_or(BadKey)?,
            None => text.to_owned(),
        };

        if LENGTH.contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(key.into()))
        } else {
            Err(BadKey)
        }
    }
}

/// What stands between the quotes; the first is gone already.
fn unquote(text: &str) -> Option<String> {
    let mut plain = String::new();
    let mut rest = text.chars();
    loop {
        match rest.next()? {
            '"' => return rest.next().is_none().then_some(plain),
            '\\' => plain.push(rest.next().filter(|escaped| matches!(escaped, '"' | '\\'))?),
            other => plain.push(other),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadKey;

impl fmt::Display for BadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a key: send 16 to 64 visible ASCII characters, bare or in double quotes")
    }
}

impl std::error::Error for BadKey {}

/// The keys that a feed knows.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    known: HashMap<Key, Published>,
    /// In the order of publication.
    ages: VecDeque<(Instant, Key)>,
}

/// What was published with a key. The text itself is not kept: who sends it again has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Published {
    pub(crate) seq: u64,
    pub(crate) at: u64,
    digest: u64,
}

/// A key that came with something else.
pub(crate) struct Reused;

impl Keys {
    /// What was published with this key, if it is known.
    pub(crate) fn find(&mut self, key: &Key, digest: u64) -> Result<Option<Published>, Reused> {
        self.forget_the_old();

        match self.known.get(key) {
            Some(published) if published.digest != digest => Err(Reused),
            known => Ok(known.copied()),
        }
    }

    pub(crate) fn add(&mut self, key: Key, digest: u64, seq: u64, at: u64) {
        self.ages.push_back((Instant::now(), key.clone()));
        self.known.insert(key, Published { seq, at, digest });
        if self.known.len() > MOST_KNOWN {
            self.forget_the_oldest();
        }
    }

    fn forget_the_old(&mut self) {
        while self.ages.front().is_some_and(|(since, _)| since.elapsed() >= KNOWN_FOR) {
            self.forget_the_oldest();
        }
    }

    fn forget_the_oldest(&mut self) {
        if let Some((_, key)) = self.ages.pop_front() {
            self.known.remove(&key);
        }
    }
}

/// Tells one text from another, with a hash that no client can foresee.
#[derive(Debug, Default)]
pub(crate) struct Digest(RandomState);

impl Digest {
    pub(crate) fn of(&self, content: impl Hash) -> u64 {
        self.0.hash_one(content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_16_to_64_visible_characters_bare_or_quoted() {
        let bare: Key = "0123456789abcdef".parse().unwrap();
        assert_eq!("\"0123456789abcdef\"".parse(), Ok(bare));
        let escaped: Key = r#"0123456789abcde""#.parse().unwrap();
        assert_eq!(r#""0123456789abcde\"""#.parse(), Ok(escaped));
        assert!("~".repeat(64).parse::<Key>().is_ok());

        for wrong in [
            "",
            "0123456789abcde",
            "0123456789abcde ",
            "0123456789abcdé",
            "\"0123456789abcdef",
            "\"0123456789abcdef\"x",
            "\"0123456789abcdef\\n\"",
            &"~".repeat(65),
        ] {
            assert_eq!(wrong.parse::<Key>(), Err(BadKey), "{wrong:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_is_known_for_ten_minutes_and_the_oldest_goes_where_there_are_too_many() {
        let mut keys = Keys::default();
        let key = |number: usize| format!("{number:016}").parse::<Key>().unwrap();
        let find = |keys: &mut Keys, number| keys.find(&key(number), 7).ok().flatten().map(|known| known.seq);

        keys.add(key(0), 7, 1, 0);
        tokio::time::advance(KNOWN_FOR - Duration::from_secs(1)).await;
        assert_eq!(find(&mut keys, 0), Some(1));
        assert!(keys.find(&key(0), 8).is_err(), "another text");
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(find(&mut keys, 0), None);

        (0..=MOST_KNOWN).for_each(|number| keys.add(key(number), 7, number as u64, 0));
        assert_eq!(find(&mut keys, 0), None, "one too many");
        assert_eq!(find(&mut keys, 1), Some(1));
        assert_eq!(keys.known.len(), keys.ages.len());
    }
}
