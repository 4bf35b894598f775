//! The clock of this machine.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970 began, in UTC.
pub(crate) fn unix_millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();

    since.as_millis().try_into().unwrap_or(u64::MAX)
}
