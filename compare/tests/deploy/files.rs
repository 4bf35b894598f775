//! What the image and the unit of systemd say.

use std::collections::BTreeSet;

use compare::transports::ALL;

use crate::{UNIT, read};

/// What they set exists, as each way's help says.
#[test]
fn each_variable_that_they_set_is_an_option() {
    let mut names = BTreeSet::new();
    for file in ["Dockerfile", UNIT] {
        let text = read(file);
        let words = text.split(|c: char| !c.is_ascii_uppercase() && c != '_');
        names.extend(words.filter(|word| word.starts_with("FIVE_WAYS_")).map(str::to_owned));
    }
    let help = shared::shell::read(&ALL[0].transport, ["polling", "--help"]).unwrap_err().to_string();

    assert!(names.len() > 3, "{names:?}");
    for name in names {
        assert!(help.contains(&format!("[env: {name}=")), "{name}: {help}");
    }
}

#[test]
fn the_image_is_built_by_the_rust_that_is_needed() {
    let manifest = read("Cargo.toml");
    let version = manifest.lines().find_map(|line| line.strip_prefix("rust-version = \"")?.strip_suffix('"')).unwrap();

    let base = format!("FROM docker.io/library/rust:{version}-slim AS build\n");
    assert!(read("Dockerfile").contains(&base), "{base}");
}

/// What is built here would only make the context large, and what is kept here is nobody's.
#[test]
fn what_git_leaves_out_the_image_leaves_out() {
    let kept = read(".dockerignore");
    for ignored in read(".gitignore").lines() {
        let name = ignored.trim_start_matches('/');
        let left_out = kept.lines().any(|line| line == name || line.strip_prefix("**/") == Some(name));

        assert!(left_out, "{ignored}");
    }
}
