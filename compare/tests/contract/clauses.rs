//! The clauses of docs/SPEC.md and the tests have the same names.

use std::{fs, path::Path};

use compare::transports::ALL;

use crate::{admission, channel, connection, health, names, page, promises, publishing};

/// The tests of a section: each clause with each transport.
pub(crate) struct Section {
    pub(crate) clauses: &'static [&'static str],
    pub(crate) transports: &'static [&'static str],
}

pub(crate) const SECTIONS: [Section; 7] = [
    page::SECTION,
    channel::SECTION,
    publishing::SECTION,
    health::SECTION,
    admission::SECTION,
    connection::SECTION,
    promises::SECTION,
];

#[test]
fn every_transport_is_tested() {
    for section in SECTIONS {
        assert_eq!(section.transports, names());
    }
}

#[test]
fn every_clause_has_a_test_and_every_test_a_clause() {
    let mut tests: Vec<String> = ALL.iter().flat_map(|row| wire_tests(row.transport.name)).collect();
    tests.extend(tests_over_http2());
    tests.extend(SECTIONS.iter().flat_map(|section| section.clauses).map(|&clause| clause.to_owned()));
    let mut clauses = clauses(&read("docs/SPEC.md"));

    tests.sort_unstable();
    clauses.sort_unstable();
    assert!(clauses.len() > SECTIONS.len(), "too few clauses to be true: {clauses:#?}");
    let untested: Vec<_> = clauses.iter().filter(|clause| !tests.contains(clause)).collect();
    let unwritten: Vec<_> = tests.iter().filter(|test| !clauses.contains(test)).collect();
    assert!(
        untested.is_empty() && unwritten.is_empty(),
        "clauses without a test: {untested:#?}\ntests without a clause: {unwritten:#?}"
    );
    assert_eq!(clauses, tests, "each name once");
}

/// The names at the beginning of list items. Those of one transport have its crate's name in front.
fn clauses(spec: &str) -> Vec<String> {
    let items = spec.lines().filter_map(|line| line.strip_prefix("- `")?.split_once('`'));

    items.map(|(name, _text)| name.to_owned()).collect()
}

/// The names of the tests in `tests/wire.rs` of a crate, with the crate's name in front.
fn wire_tests(folder: &str) -> Vec<String> {
    tests(&folder.replace('-', "_"), &read(&format!("{folder}/tests/wire.rs")))
}

/// Those of `compare/tests/http2`, with that name in front.
fn tests_over_http2() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http2");
    let files = fs::read_dir(folder).expect("it is there").map(|file| file.expect("it can be read").path());

    files.flat_map(|file| tests("http2", &fs::read_to_string(file).expect("it is UTF-8"))).collect()
}

/// The names of the tests in a source, after a prefix.
fn tests(prefix: &str, source: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut is_test = false;
    for line in source.lines().map(str::trim) {
        let signature = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ");
        if let Some((name, _)) = signature.and_then(|signature| signature.split_once('(')) {
            if is_test {
                names.push(format!("{prefix}::{name}"));
            }
            is_test = false;
        }
        is_test |= line == "#[test]" || line.starts_with("#[") && line.contains("::test");
    }

    names
}

/// A file of the project; one that is missing is empty.
fn read(file: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");

    fs::read_to_string(root.join(file)).unwrap_or_default()
}
