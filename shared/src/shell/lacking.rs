//! What an option needs, and is not built in.

/// The line that says how to get it.
pub(super) fn not_built_in(option: &str, feature: &str) -> String {
    format!("--{option} is not built in: write --features {feature} before the --, and start it again")
}
