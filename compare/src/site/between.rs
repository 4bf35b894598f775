//! The proxies that the page offers, what each lacks as it comes, and what stands between now.

use serde::Serialize;

use crate::{
    lab::{Between, Choice},
    proxies::{ALL, Form, Known},
};

/// What this machine has.
#[derive(Debug)]
pub(super) struct Proxies {
    pub(super) found: Vec<Offer>,
    /// How many there are elsewhere.
    pub(super) others: usize,
}

/// One of them.
#[derive(Debug)]
pub(super) struct Offer {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    /// The lines that it has where it is right, and not as it comes.
    pub(super) lines: Vec<Line>,
}

/// A line of a configuration.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) text: &'static str,
    /// Whether it is the reason of the next one.
    pub(super) is_reason: bool,
}

impl Proxies {
    /// Looks for them.
    pub(super) fn found() -> Self {
        let found: Vec<Offer> = ALL.iter().filter(|known| known.find().is_some()).map(Offer::of).collect();

        Self { others: ALL.len() - found.len(), found }
    }
}

impl Offer {
    fn of(known: &Known) -> Self {
        let lines = missing(known.text(Form::AsItComes), known.text(Form::Right));

        Self { name: known.name, title: known.title, lines }
    }
}

/// The lines of `right` that `comes` does not have.
fn missing(comes: &'static str, right: &'static str) -> Vec<Line> {
    let has: Vec<&str> = comes.lines().map(str::trim).collect();
    let new = right.lines().map(str::trim).filter(|line| !line.is_empty() && !has.contains(line));

    new.map(|text| Line { text, is_reason: text.starts_with('#') }).collect()
}

/// What stands between, as the page reads it.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    wanted: Option<Chosen>,
    stands: Option<Chosen>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// A proxy, and its configuration.
#[derive(Debug, Serialize)]
struct Chosen {
    name: &'static str,
    form: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
}

impl Shown {
    pub(super) fn of(between: &Between) -> Self {
        let chosen = |choice: &Choice, version| Chosen { name: choice.known.name, form: choice.form.name(), version };

        Self {
            wanted: between.wanted.as_ref().map(|choice| chosen(choice, None)),
            stands: between.stands.as_ref().map(|(choice, version)| chosen(choice, Some(version.clone()))),
            problem: between.problem.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_are_the_lines_that_are_new_where_it_is_right_with_their_reasons() {
        let comes = "listen 8080;\nforward;\n";
        let right = "listen 8080;\n\n    # Else nothing passes.\n    pass all;\n    forward;\n";

        let lines = missing(comes, right);

        let line = |text, is_reason| Line { text, is_reason };
        assert_eq!(lines, [line("# Else nothing passes.", true), line("pass all;", false)]);
    }
}
