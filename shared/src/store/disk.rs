//! What a store needs of what it stands on: so a test can put something else there, and take its power away.

use std::fmt;

use bytestring::ByteString;

use crate::key::Key;

/// Keeps rows. What it has answered outlives the process; only what it has synced outlives a power cut.
pub(super) trait Disk: Send + 'static {
    /// How the feed was left.
    fn life(&mut self) -> Result<Option<Life>, Failed>;

    /// Writes that down, and syncs it with all that was appended before.
    fn live(&mut self, life: &Life) -> Result<(), Failed>;

    /// What is kept.
    fn extent(&mut self) -> Result<Extent, Failed>;

    /// What was published with this key, if it is known.
    fn published(&mut self, key: &Key) -> Result<Option<Published>, Failed>;

    /// Appends all of them, or none; synced, where the store is durable. What comes up to the place `forgotten` may go.
    fn append(&mut self, rows: &[Row], forgotten: u64) -> Result<(), Failed>;

    /// At most so many after a place, in order, and none more once they have so many bytes.
    fn after(&mut self, place: u64, most: usize, bytes: usize) -> Result<Vec<Row>, Failed>;
}

/// What is written down of one life of a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Life {
    pub(super) epoch: u32,
    /// It has ended, with all on the disk.
    pub(super) clean: bool,
    /// Nobody was told of what is not on the disk.
    pub(super) durable: bool,
    /// The boot of the system in which it lives; None where the system does not say.
    pub(super) boot: Option<String>,
}

/// The place before the oldest that is kept, and the newest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) oldest: u64,
    pub(super) newest: u64,
}

/// A message as it is kept: its epoch is that of the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) seq: u64,
    pub(super) at: u64,
    pub(super) event: Option<ByteString>,
    /// The fields of the entry.
    pub(super) json: String,
    /// With what it was published.
    pub(super) key: Option<(Key, Digest)>,
}

/// Tells one entry from another, also in years and by another build: SHA-256.
pub(super) type Digest = [u8; 32];

/// What was published with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Published {
    pub(super) seq: u64,
    pub(super) at: u64,
    pub(super) digest: Digest,
}

/// Why something could not be done, in words.
#[derive(Debug)]
pub(super) struct Failed(String);

impl Failed {
    pub(super) fn new(why: impl fmt::Display) -> Self {
        Self(why.to_string())
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
