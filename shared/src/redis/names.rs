//! What the keys of a feed are called.

/// The names. All have one hash tag, so a cluster has them in one slot
/// (<https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags>).
#[derive(Clone, Debug)]
pub(super) struct Names {
    prefix: String,
    /// Which epoch it is, which Redis it stands on, and the newest id.
    pub(super) pointer: String,
    /// The keys of what was published, with id, time and digest.
    pub(super) keys: String,
    /// The same keys, the oldest first.
    pub(super) ages: String,
}

impl Names {
    /// Of the feed of this name.
    pub(super) fn of(name: &str) -> Self {
        let prefix = format!("{{{name}}}");
        let named = |what: &str| format!("{prefix}:{what}");

        Self { pointer: named("epoch"), keys: named("keys"), ages: named("ages"), prefix }
    }

    /// Of the stream of an epoch.
    pub(super) fn stream(&self, epoch: u32) -> String {
        format!("{}:{epoch:08x}", self.prefix)
    }
}
