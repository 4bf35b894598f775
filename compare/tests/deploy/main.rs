//! What docs/DEPLOY.md says is so; and the files that it offers work.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

#[cfg(all(feature = "long", unix))]
mod buildah;
mod files;
#[cfg(all(feature = "long", unix))]
mod image;
#[path = "../support/lab.rs"]
#[expect(dead_code, reason = "other tests use more of it")]
mod lab;
mod page;
#[cfg(unix)]
mod unit;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The unit of systemd.
const UNIT: &str = "deploy/systemd/five-ways@.service";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A file of the project.
fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}
