//! What docs/PROXIES.md says was measured follows from `compare/proxies/results.json`, and its lines from `deploy`.

use std::{collections::HashSet, fmt::Write as _};

use compare::{
    behind::{Measured, Results, Through},
    proxies::{ALL, Form, Known},
};

use crate::{
    measured::{between_marks, keep},
    root,
};

const PAGE: &str = "docs/PROXIES.md";
/// What a reason says of a line that a newer version needs no more.
const UNTIL: &str = " before ";

#[test]
fn the_page_is_as_measured() {
    keep(PAGE, |text| {
        let results = results();
        let block = |text: &str, name, block: &str| between_marks(text, "proxies", name, block);

        let text = block(text, "run", &results.run());
        let text = block(&text, "table", &linked(results.table()));
        let text = block(&text, "held", &held(&results));
        let text = block(&text, "contract", &contract(&results));
        block(&text, "lines", &lines())
    });
}

#[test]
fn every_proxy_was_measured_in_both_forms() {
    let results = results();

    let measured: Vec<&str> = results.proxies.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(measured, ALL.map(|known| known.name));
    for Measured { name, as_it_comes, right, .. } in &results.proxies {
        for through in [as_it_comes, right] {
            assert_eq!(through.error, None, "{name}");
            assert!(through.clauses > 0, "{name} was not asked the contract");
        }
    }
}

fn results() -> Results {
    Results::read(&root().join("compare/proxies/results.json")).unwrap()
}

/// With the shortest configuration behind each name.
fn linked(table: String) -> String {
    ALL.iter().fold(table, |table, known| {
        let link = format!("\n| [{}](../{})", known.title, known.file(Form::AsItComes));
        table.replacen(&format!("\n| {}", known.title), &link, 1)
    })
}

/// What became of requests that were held, and of heads without a body.
fn held(results: &Results) -> String {
    let mut table =
        "| proxy | held for 25 s | held for 40 s | a head without its body |\n|---|---|---|---|\n".to_owned();
    for Measured { title, right, .. } in &results.proxies {
        let cells: Vec<String> = right.held.iter().map(outcome).collect();
        let head = match right.head_alone {
            Some(true) => "passes",
            Some(false) => "waits for the body",
            None => "–",
        };
        writeln!(table, "| {title} | {} | {head} |", cells.join(" | ")).unwrap();
    }
    table
}

fn outcome(held: &compare::behind::Held) -> String {
    let answer = match held.status {
        Some(204) => "answered".to_owned(),
        Some(status) => format!("{status} after {:.0} s", held.after_s),
        None => "no answer".to_owned(),
    };

    if held.asked == 1 { answer } else { format!("{answer}, asked {} times", held.asked) }
}

/// How many clauses, and which are not kept where it is right; as it comes, how many.
fn contract(results: &Results) -> String {
    let mut table = "| proxy | as it comes | right | not kept where it is right |\n|---|---|---|---|\n".to_owned();
    for Measured { title, as_it_comes, right, .. } in &results.proxies {
        let [comes, is_right] = [as_it_comes, right].map(kept);
        let mut failed: Vec<String> = right
            .ways
            .iter()
            .flat_map(|way| way.failed.iter().map(|clause| format!("`{clause}` ({})", way.way)))
            .collect();
        failed.sort_unstable();
        let failed = if failed.is_empty() { "nothing".to_owned() } else { failed.join(", ") };
        writeln!(table, "| {title} | {comes} | {is_right} | {failed} |").unwrap();
    }
    table
}

/// `65 of 65`.
fn kept(through: &Through) -> String {
    let asked = through.clauses * through.ways.len();
    let failed: usize = through.ways.iter().map(|way| way.failed.len()).sum();

    format!("{} of {asked}", asked.saturating_sub(failed))
}

/// What stands in the right configuration and not in the other, with its reason, and from when on it is not needed.
fn lines() -> String {
    let mut table = "| proxy | line | why | not needed from |\n|---|---|---|---|\n".to_owned();
    for known in &ALL {
        let link = format!("[{}](../{})", known.title, known.file(Form::Right));
        let added = added(known);
        for Added { line, why } in &added {
            let until = until(why);
            let [line, why] = [line, why].map(|text| text.replace('|', "\\|"));
            writeln!(table, "| {link} | `{line}` | {why} | {until} |").unwrap();
        }
        if added.is_empty() {
            writeln!(table, "| {link} | | {} | |", comments(known.text(Form::Right))).unwrap();
        }
    }
    table
}

struct Added {
    line: String,
    why: String,
}

/// Each with the comment above it. What a bracket opens, or a backslash continues, is one line here.
fn added(known: &Known) -> Vec<Added> {
    let usual: HashSet<&str> = known.text(Form::AsItComes).lines().map(str::trim).collect();
    let mut added: Vec<Added> = Vec::new();
    let mut why = String::new();
    let mut is_open = false;
    for line in known.text(Form::Right).lines().map(str::trim) {
        match line.strip_prefix('#').map(str::trim) {
            Some("") => why.clear(),
            Some(words) => why = format!("{why} {words}").trim().to_owned(),
            None if is_open => {
                let last = added.last_mut().unwrap();
                last.line = format!("{} {line}", last.line.trim_end_matches(" \\"));
                is_open = goes_on(&last.line);
            }
            None if line.is_empty() || usual.contains(line) => why.clear(),
            None => {
                is_open = goes_on(line);
                added.push(Added { line: line.to_owned(), why: std::mem::take(&mut why) });
            }
        }
    }
    added
}

fn goes_on(line: &str) -> bool {
    line.ends_with('\\') || line.matches('{').count() > line.matches('}').count()
}

/// All comments of a configuration.
fn comments(text: &str) -> String {
    let words = text.lines().filter_map(|line| line.trim().strip_prefix('#')).map(str::trim);

    words.collect::<Vec<_>>().join(" ")
}

/// The version that a reason names.
fn until(why: &str) -> &str {
    let version = why.split_once(UNTIL).and_then(|(_, rest)| rest.split([' ', ',', ':']).next()).unwrap_or_default();

    if version.starts_with(|c: char| c.is_ascii_digit()) { version } else { "" }
}

#[test]
fn every_line_that_makes_it_right_has_a_reason() {
    for known in &ALL {
        for Added { line, why } in added(known) {
            assert!(!why.is_empty(), "{}: {line}", known.file(Form::Right));
        }
    }
}

#[test]
fn the_line_that_a_newer_nginx_does_not_need_is_marked() {
    let nginx = added(Known::named("nginx").unwrap());
    let until: Vec<(&str, &str)> = nginx
        .iter()
        .map(|Added { line, why }| (line.as_str(), until(why)))
        .filter(|(_, until)| !until.is_empty())
        .collect();

    assert_eq!(until, [("proxy_http_version 1.1;", "1.29.7")]);
}
