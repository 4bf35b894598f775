//! What texts say of the bench follows from `compare/bench/results.json`, and from nothing else.
//!
//! Between `<!-- bench: NAME -->` and `<!-- /bench -->` stands what is made of it here, as are the plot and a row of the page
//! side by side. With `FIVE_WAYS_PICTURES=write` in the environment it is written there.

mod kept;
mod results;
mod secure;
mod tables;

use std::{env, fs, process::Command};

use tempfile::tempdir;

use self::results::Results;
use crate::root;

#[test]
fn the_short_table_is_as_measured() {
    keep("README.md", |text| between(text, "short", &tables::short(&Results::read())));
}

#[test]
fn the_long_table_is_as_measured() {
    keep("compare/bench/README.md", |text| {
        let results = Results::read();

        let text = between(text, "run", &tables::run(&results));
        let text = between(&text, "long", &tables::long(&results));

        let text = between(&text, "where", &tables::places(&results));

        between(&text, "kept", &kept::tables())
    });
}

#[test]
fn what_tls_and_http_2_cost_is_as_measured() {
    keep("docs/HTTP2.md", |text| between(text, "secure", &secure::tables()));
}

/// What follows from the raw samples stands in the results, and in the report, as the program says it today.
#[test]
fn the_results_and_the_report_are_as_measured() {
    let folder = tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_compare"));
    command.args(["bench", "--from"]).arg(root().join("compare/bench/results.json")).arg("--out").arg(folder.path());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    for name in ["results.json", "report.html"] {
        let made = fs::read_to_string(folder.path().join(name)).unwrap();
        keep(&format!("compare/bench/{name}"), |_| made.clone());
    }
}

#[test]
fn the_arithmetic_of_many_clients_is_as_measured() {
    keep("docs/SCALING.md", |text| between(text, "scale", &tables::scale(&Results::read())));
}

#[test]
fn the_plot_is_as_measured() {
    keep("compare/bench/cpu.svg", |_| tables::plot(&Results::read()));
}

/// The cells of the row, and when they were measured.
#[test]
fn the_memory_of_a_silent_client_is_as_measured() {
    keep("compare/assets/facts.js", |text| {
        let (before, rest) = text.split_once("word: \"silent\",\n").unwrap();
        let (_, after) = rest.split_once("\n  },").unwrap();

        format!("{before}word: \"silent\",\n{}\n  }},{after}", tables::silent(&Results::read()))
    });
}

/// A file of the project is what is made of it.
pub(crate) fn keep(name: &str, made: impl Fn(&str) -> String) {
    let path = root().join(name);
    let text = fs::read_to_string(&path).unwrap_or_default();
    let wanted = made(&text);
    if env::var_os("FIVE_WAYS_PICTURES").is_some_and(|what| what == "write") && text != wanted {
        return fs::write(path, wanted).unwrap();
    }

    let differ = wanted.lines().find(|line| !text.lines().any(|there| there == *line));
    assert!(text == wanted, "{name} is not as measured: FIVE_WAYS_PICTURES=write mends it; it lacks {differ:?}");
}

fn between(text: &str, name: &str, block: &str) -> String {
    between_marks(text, "bench", name, block)
}

/// The text with this between its marks, `<!-- KIND: NAME -->` and `<!-- /KIND -->`.
pub(crate) fn between_marks(text: &str, kind: &str, name: &str, block: &str) -> String {
    let (start, end) = (format!("<!-- {kind}: {name} -->"), format!("<!-- /{kind} -->"));
    let (before, rest) = text.split_once(&start).unwrap_or_else(|| panic!("it has no {start}"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("it has no {end}"));

    format!("{before}{start}\n\n{block}\n{end}{after}")
}

#[test]
fn what_stands_around_the_marks_stays() {
    let text = "a\n<!-- bench: x -->\nold\n<!-- /bench -->\nb\n<!-- bench: y -->\n<!-- /bench -->\n";

    let wanted = "a\n<!-- bench: x -->\n\nnew\n<!-- /bench -->\nb\n<!-- bench: y -->\n<!-- /bench -->\n";
    assert_eq!(between(text, "x", "new"), wanted);
    assert_eq!(between(wanted, "x", "new"), wanted);
}
