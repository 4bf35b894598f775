//! docs/BROWSERS.md has what the tests ask in each engine, and each test that asks it.

use std::{collections::BTreeSet, fmt::Write as _, fs};

use crate::{
    engines::{self, ASKED, Engine},
    measured::{between_marks, keep},
    root,
};

#[test]
fn the_table_of_engines_is_that_of_the_tests() {
    keep("docs/BROWSERS.md", |text| between_marks(text, "browsers", "table", &table()));
}

#[test]
fn what_is_asked_in_each_engine_is_in_the_table() {
    let in_table: BTreeSet<String> = ASKED.iter().map(|row| row.test.to_owned()).collect();

    assert_eq!(in_every_engine(), in_table, "compare/tests/support/engines.rs and the tests differ");
    assert_eq!(in_table.len(), ASKED.len(), "a test is in the table once");
}

fn table() -> String {
    let mut table = "| what is so | Chromium | Firefox | WebKitGTK | test |\n|---|---|---|---|---|\n".to_owned();
    for row in ASKED {
        write!(table, "| {} |", row.what).unwrap();
        for engine in Engine::ALL {
            write!(table, " {} |", engines::but(row.test, engine).unwrap_or("●")).unwrap();
        }
        writeln!(table, " `browser::{}` |", row.test).unwrap();
    }
    table
}

/// The names of all tests in modules of that name: in a list of a macro, or as functions.
fn in_every_engine() -> BTreeSet<String> {
    let files = fs::read_dir(root().join("compare/tests/browser")).unwrap().map(|entry| entry.unwrap().path());
    let mut names = BTreeSet::new();
    for file in files.filter(|file| file.extension().is_some_and(|kind| kind == "rs")) {
        let source = fs::read_to_string(file).unwrap();
        for module in source.split("\nmod every_engine {\n").skip(1) {
            let lines = module.lines().take_while(|line| *line != "}").map(str::trim);
            let listed = lines.filter_map(|line| {
                let function = line.strip_prefix("async fn ").and_then(|line| line.strip_suffix("() {"));
                line.strip_suffix(',').or(function)
            });
            names.extend(listed.filter(|name| name.contains('_')).map(str::to_owned));
        }
    }
    names
}
