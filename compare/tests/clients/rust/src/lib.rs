//! What each program here is started with, an address and a number, and what it prints: a line for each message and each gap,
//! until it has had so many messages.

use std::{
    env::args,
    process::exit,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

static SHOWN: AtomicUsize = AtomicUsize::new(0);

/// The address.
pub fn url() -> String {
    args().nth_back(1).expect("an address")
}

/// The address of what comes after a message.
pub fn after(cursor: &str) -> String {
    let url = url();
    let (path, _) = url.split_once('?').unwrap_or((&url, ""));

    format!("{path}?after={cursor}")
}

/// The id of a message, or "gap".
pub fn show(line: &str) {
    let count: usize = args().next_back().and_then(|count| count.parse().ok()).expect("a number");
    println!("{line}");
    if line != "gap" && SHOWN.fetch_add(1, Relaxed) + 1 == count {
        exit(0);
    }
}
