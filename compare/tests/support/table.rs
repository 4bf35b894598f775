//! docs/FAULTS.md as data.

use std::{fs, path::Path};

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// What is wrong.
    pub(crate) what: String,
    /// Whose article it is.
    pub(crate) who: Vec<String>,
    /// The program of the test that shows it.
    pub(crate) program: String,
    /// The test itself.
    pub(crate) test: String,
    /// What mends it, as it stands in the table.
    pub(crate) mended: String,
}

/// All rows.
pub(crate) fn faults() -> Vec<Fault> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/FAULTS.md");
    let text = fs::read_to_string(file).expect("it is there");
    let table = text.lines().skip_while(|line| !line.starts_with("|---")).skip(1).take_while(|line| !line.is_empty());

    table.map(read).collect()
}

fn read(line: &str) -> Fault {
    let cells: Vec<&str> = line.trim_matches('|').splitn(4, '|').map(str::trim).collect();
    let &[what, who, test, mended] = &cells[..] else { panic!("a row has four cells: {line}") };
    let (program, test) = test.trim_matches('`').split_once("::").unwrap_or_else(|| panic!("PROGRAM::TEST: {line}"));

    Fault {
        what: what.to_owned(),
        who: who.split(", ").map(str::to_owned).collect(),
        program: program.to_owned(),
        test: test.to_owned(),
        mended: mended.to_owned(),
    }
}

/// The tests of a program, with the article's that they run against: they must be those of the table.
pub(crate) fn assert_in_table(program: &str, tests: &[(&str, &[&str])]) {
    let mut here: Vec<(String, Vec<String>)> = Vec::new();
    for (test, who) in tests {
        here.push(((*test).to_owned(), who.iter().map(|name| name.replace('_', "-")).collect()));
    }
    let mut there: Vec<_> =
        faults().into_iter().filter(|row| row.program == program).map(|row| (row.test, row.who)).collect();
    here.sort();
    there.sort();

    assert_eq!(here, there, "docs/FAULTS.md and the tests differ");
}
