//! How long to wait for news before a heartbeat is due.
//!
//! ```
//! use std::time::Duration;
//! use shared::heartbeat::or_never;
//!
//! assert_eq!(or_never(Duration::from_secs(15)), Duration::from_secs(15));
//! assert_eq!(or_never(Duration::ZERO), Duration::MAX);
//! ```

use std::time::Duration;

/// The same time; where it is zero, heartbeats are off, and the wait has no limit.
pub fn or_never(heartbeat: Duration) -> Duration {
    if heartbeat.is_zero() { Duration::MAX } else { heartbeat }
}
