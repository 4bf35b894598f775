//! The report: one page that needs nothing else, with what was measured as plots and tables.

mod growth;
mod plots;

use std::{collections::BTreeSet, io};

use askama::Template;
use shared::shell::Transport;

use self::plots::by_way;
use super::{
    figures::{Idle, KINDS},
    results::{Highest, Measured, Results},
    spread::Spread,
    table::number,
};
use crate::transports::ALL;

/// The style of the page stands in it.
const STYLE: &str = include_str!("../../templates/bench.css");

#[derive(Template)]
#[template(path = "bench.html")]
struct Page<'a> {
    style: &'static str,
    results: &'a Results,
    took: String,
    memory: String,
    /// One sentence: whether the figures can be trusted.
    sum: String,
    glance: Vec<Plot>,
    growth: Vec<Plot>,
    ways: Vec<Way>,
    counts: Vec<String>,
    idle: Vec<Vec<String>>,
    crowds: Vec<Vec<String>>,
    asked: Vec<String>,
    checks: Vec<Vec<String>>,
    unasked: Vec<String>,
    /// What was noted of ours, and of peers: whose it is, and what.
    ours: Vec<[String; 2]>,
    peers: Vec<[String; 2]>,
}

/// The figures of a way: a column for ours, and for each peer.
#[derive(Debug)]
struct Way {
    title: &'static str,
    name: &'static str,
    heads: Vec<String>,
    figures: Vec<Vec<String>>,
}

/// A plot, and what must stand beside it.
#[derive(Debug)]
struct Plot {
    title: &'static str,
    /// What its parts or lines are: a class, and words.
    legend: Vec<(String, String)>,
    svg: String,
    /// What a reader sees in it.
    says: String,
    /// What it does not show.
    silent: &'static str,
}

/// The page.
///
/// # Errors
/// When it cannot be put together.
pub(super) fn html(results: &Results) -> io::Result<String> {
    let subjects = &results.subjects;
    let page = Page {
        style: STYLE,
        results,
        took: took(results.took_seconds),
        memory: format!("{} GB", number(results.machine.memory_bytes as f64 / 1e9)),
        sum: sum(subjects),
        glance: plots::all(subjects),
        growth: growth::all(subjects),
        ways: ALL.iter().filter_map(|row| way(&row.transport, subjects)).collect(),
        counts: counts(subjects).into_iter().map(|clients| number(clients.into())).collect(),
        idle: idle(subjects),
        crowds: crowds(subjects),
        asked: asked(subjects),
        checks: checks(subjects),
        unasked: subjects.iter().filter(|one| one.checks.is_empty()).map(Measured::name).collect(),
        ours: notes(subjects, true),
        peers: notes(subjects, false),
    };

    page.render().map_err(io::Error::other)
}

fn took(seconds: f64) -> String {
    if seconds < 100.0 { format!("{seconds:.0} s") } else { format!("{:.0} minutes", seconds / 60.0) }
}

/// Ours first: what peers do not promise, they need not keep.
fn sum(subjects: &[Measured]) -> String {
    let (ours, peers): (Vec<_>, Vec<_>) = subjects.iter().partition(|one| one.is_ours());
    let ours = told("The servers of this project", &ours);

    if peers.is_empty() { ours } else { format!("{ours} {}", told("Peers, which promise other things,", &peers)) }
}

fn told(who: &str, subjects: &[&Measured]) -> String {
    let checks = || subjects.iter().flat_map(|one| &one.checks);
    let runs = || subjects.iter().flat_map(|one| &one.runs);
    let (all, passed) = (checks().count(), checks().filter(|check| check.passed).count());
    let all = if passed == all { format!("all {all}") } else { format!("{passed} of {all}") };
    let amiss = runs().filter(|run| run.lost + run.repeated + run.out_of_order > 0).count();
    let arrived = match amiss {
        0 => {
            let delivered: u64 = runs().map(|run| run.delivered).sum();
            format!("of their {} deliveries none was lost, repeated or out of order", number(delivered as f64))
        }
        some => format!("in {some} of their {} rounds messages were lost, repeated or out of order", runs().count()),
    };

    format!("{who} passed {all} checks; {arrived}.")
}

/// What must be known of the rounds of ours, or of peers.
fn notes(subjects: &[Measured], is_ours: bool) -> Vec<[String; 2]> {
    let wanted = subjects.iter().filter(|one| one.is_ours() == is_ours);

    wanted.flat_map(|one| one.words.iter().map(|word| [one.name(), word.clone()])).collect()
}

fn way(transport: &Transport, subjects: &[Measured]) -> Option<Way> {
    let all: Vec<&Measured> = subjects.iter().filter(|one| one.transport == transport.name).collect();
    let head = |one: &&Measured| if one.is_ours() { "ours".to_owned() } else { one.peer.clone() };
    let (title, name) = (transport.title, transport.name);

    (!all.is_empty()).then(|| Way { title, name, heads: all.iter().map(head).collect(), figures: figures(&all) })
}

/// A row for each figure, a column for each subject.
fn figures(subjects: &[&Measured]) -> Vec<Vec<String>> {
    let row = |(name, unit): (&str, &str)| {
        let head = if unit.is_empty() { name.to_owned() } else { format!("{name}, {unit}") };
        let cells = subjects.iter().map(|one| one.figure(name).map_or_else(dash, |figure| spread(figure.spread)));
        [head].into_iter().chain(cells).collect()
    };
    let verdict = |one: &&Measured| one.figures.first().map_or_else(dash, |figure| figure.verdict.name().to_owned());
    let verdicts = ["verdict".to_owned()].into_iter().chain(subjects.iter().map(verdict)).collect();
    let is_known = |name: &str| subjects.iter().any(|one| one.figure(name).is_some());
    let kinds = KINDS.into_iter().filter(|(name, ..)| is_known(name));

    kinds.map(|(name, unit, _)| row((name, unit))).chain([verdicts]).collect()
}

/// A median, and how far the rounds lie apart.
fn spread(spread: Spread) -> String {
    let [median, min, max] = [spread.median, spread.min, spread.max].map(number);

    if min == max { median } else { format!("{median} ({min} – {max})") }
}

/// The numbers of clients that were idle at once.
fn counts(subjects: &[Measured]) -> BTreeSet<u32> {
    subjects.iter().flat_map(|one| &one.idle).map(|idle| idle.clients).collect()
}

/// A row for each subject, a column for each number of clients: what an idle one takes in the server, and in the kernel.
fn idle(subjects: &[Measured]) -> Vec<Vec<String>> {
    let cell = |Idle { server, kernel, .. }: &Idle| match kernel {
        Some(kernel) => format!("{} + {}", number(*server), number(*kernel)),
        None => number(*server),
    };
    let row = |one: &Measured| {
        let of = |clients: u32| one.idle.iter().find(|idle| idle.clients == clients).map_or_else(dash, cell);
        [one.name()].into_iter().chain(counts(subjects).into_iter().map(of)).collect()
    };

    by_way(subjects).into_iter().map(row).collect()
}

/// A row for each crowd: whose, how many, the highest rates, and a POST's answer.
fn crowds(subjects: &[Measured]) -> Vec<Vec<String>> {
    let all =
        by_way(subjects).into_iter().flat_map(|measured| measured.crowds.iter().map(move |crowd| (measured, crowd)));
    let highest = |one: &Highest| format!("{} ({})", number(one.deliveries), one.verdict.name());
    let row = |(measured, crowd): (&Measured, &super::results::Crowd)| {
        let posts = crowd.posts.as_ref();
        let times = posts.map_or([0, 0, 0], |posts| [posts.p50, posts.p90, posts.p99]);
        let times = times.map(|us| if posts.is_some() { number(us as f64 / 1e3) } else { dash() });
        let waiting = crowd.waiting.as_ref().map_or_else(dash, highest);
        let before = [measured.name(), number(crowd.clients.into()), highest(&crowd.in_time), waiting];
        before.into_iter().chain(times).collect()
    };

    all.map(row).collect()
}

/// The checks, each once: not all are asked of each.
fn asked(subjects: &[Measured]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for check in subjects.iter().flat_map(|one| &one.checks) {
        if !names.contains(&check.name) {
            names.push(check.name.clone());
        }
    }

    names
}

/// A row for each subject that was asked.
fn checks(subjects: &[Measured]) -> Vec<Vec<String>> {
    let names = asked(subjects);
    let row = |one: &Measured| {
        let cell = |name: &String| match one.checks.iter().find(|check| check.name == *name) {
            Some(check) if check.passed => "yes".to_owned(),
            Some(check) => format!("no: {}", check.seen.as_deref().unwrap_or("it does not")),
            None => dash(),
        };
        [one.name()].into_iter().chain(names.iter().map(cell)).collect()
    };

    by_way(subjects).into_iter().filter(|one| !one.checks.is_empty()).map(row).collect()
}

fn dash() -> String {
    "–".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_colors_are_those_of_the_pages() {
        let pages = [include_str!("../../../shared/assets/style.css"), include_str!("../../assets/compare.css")];

        for color in STYLE.lines().filter(|line| line.contains("light-dark(")) {
            assert!(pages.iter().any(|page| page.contains(color)), "{color}");
        }
    }

    #[test]
    fn a_page_without_results_says_so() {
        assert_eq!(
            sum(&[]),
            "The servers of this project passed all 0 checks; of their 0 deliveries none was lost, repeated or out of order."
        );
        assert_eq!((took(9.4), took(601.0)), ("9 s".to_owned(), "10 minutes".to_owned()));
    }
}
