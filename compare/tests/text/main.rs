//! What the texts say is so: README.md, docs, and the chapter of each of the five.
//!
//! Each block of code says what it is, and is checked: a quotation stands in its file, a command is executed, an exchange
//! takes place. The pictures are made in Chromium (`tests/browser/pictures.rs`).

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

#[path = "../support/article.rs"]
#[expect(dead_code, reason = "other tests use more of it")]
mod article;
mod browsers;
mod clients;
mod commands;
#[path = "../support/engines.rs"]
#[expect(dead_code, reason = "no browser is started here")]
mod engines;
mod exchanges;
mod faults;
#[path = "../support/lab.rs"]
#[expect(dead_code, reason = "other tests use more of it")]
mod lab;
mod links;
mod measured;
mod page;
mod proxies;
mod quotes;
mod served;
mod shape;
#[path = "../support/table.rs"]
#[expect(dead_code, reason = "other tests compare it with what they test")]
mod table;

use std::path::{Path, PathBuf};

/// Whether it is there, and of this project.
fn is_ours(path: &Path) -> bool {
    path.canonicalize().is_ok_and(|path| path.starts_with(root().canonicalize().unwrap()))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
