//! docs/CLIENTS.md has a row for each library that is run, in the version that is run.

use std::{collections::BTreeSet, fs};

use crate::root;

#[test]
fn each_library_is_in_the_table_in_the_version_that_is_run() {
    let [page, tests] = ["docs/CLIENTS.md", "compare/tests/clients/main.rs"].map(read);
    let pins = ["node/package.json", "python/requirements.txt", "rust/Cargo.toml"]
        .map(|file| read(&format!("compare/tests/clients/{file}")))
        .concat();
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect())
        .collect();

    for row in &rows {
        let (name, version) = (row[0], row[1]);
        let forms = [
            format!("\"{name}\": \"{version}\""),
            format!("npm:{name}@{version}\""),
            format!("\n{name}=={version}\n"),
            format!("\n{name} = \"={version}\""),
            format!("\n{name} = {{ version = \"={version}\""),
        ];
        assert!(forms.iter().any(|form| pins.contains(form)), "{name} {version} is not what is run");
    }

    let named: BTreeSet<_> = rows.iter().filter_map(|row| row.last().copied()).collect();
    let run: BTreeSet<_> = tests
        .lines()
        .filter_map(|line| line.trim().split_once(": ["))
        .filter(|(_, rest)| rest.ends_with("],"))
        .map(|(name, _)| name)
        .collect();
    assert!(run.len() > 10, "{run:?}");
    assert_eq!(named, run);
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}
