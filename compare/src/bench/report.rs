//! The report: one page that needs nothing else, with what was measured as plots and tables.

mod growth;
mod plots;

use std::io;

use askama::Template;

use super::{
    figures::{Idle, KINDS, memory_by_clients},
    results::{Highest, Measured, Results},
    spread::Spread,
    table::number,
};

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
    heads: Vec<String>,
    figures: Vec<Vec<String>>,
    idle: Vec<Vec<String>>,
    crowds: Vec<Vec<String>>,
    checks: Vec<Vec<String>>,
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
        heads: subjects.iter().map(Measured::name).collect(),
        figures: figures(subjects),
        idle: idle(subjects),
        crowds: crowds(subjects),
        checks: checks(subjects),
    };

    page.render().map_err(io::Error::other)
}

fn took(seconds: f64) -> String {
    if seconds < 100.0 { format!("{seconds:.0} s") } else { format!("{:.0} minutes", seconds / 60.0) }
}

fn sum(subjects: &[Measured]) -> String {
    let runs = || subjects.iter().flat_map(|measured| &measured.runs);
    let amiss = |run: &&super::results::Run| run.lost + run.repeated + run.out_of_order > 0;
    let delivered: u64 = runs().map(|run| run.delivered).sum();
    let checks: Vec<bool> = subjects.iter().flat_map(|one| &one.checks).map(|check| check.passed).collect();
    let failed = checks.iter().filter(|passed| !**passed).count();
    let checked = match failed {
        0 => format!("All {} checks passed.", checks.len()),
        failed => format!("{failed} of {} checks failed.", checks.len()),
    };

    match runs().filter(amiss).count() {
        0 => format!("{checked} Of {} deliveries none was lost, repeated or out of order.", number(delivered as f64)),
        some => {
            format!("{checked} In {some} of {} rounds messages were lost, repeated or out of order.", runs().count())
        }
    }
}

/// A row for each figure, a column for each subject.
fn figures(subjects: &[Measured]) -> Vec<Vec<String>> {
    let row = |(name, unit): (&str, &str)| {
        let head = if unit.is_empty() { name.to_owned() } else { format!("{name}, {unit}") };
        let cells = subjects.iter().map(|one| one.figure(name).map_or_else(dash, |figure| spread(figure.spread)));
        [head].into_iter().chain(cells).collect()
    };
    let verdict = |one: &Measured| one.figures.first().map_or_else(dash, |figure| figure.verdict.name().to_owned());
    let verdicts = ["verdict".to_owned()].into_iter().chain(subjects.iter().map(verdict)).collect();

    KINDS.map(|(name, unit, _)| row((name, unit))).into_iter().chain([verdicts]).collect()
}

/// A median, and how far the rounds lie apart.
fn spread(spread: Spread) -> String {
    let [median, min, max] = [spread.median, spread.min, spread.max].map(number);

    if min == max { median } else { format!("{median} ({min} – {max})") }
}

/// A row for each subject and number of clients: what an idle one takes in the server, in the kernel, and in both.
fn idle(subjects: &[Measured]) -> Vec<Vec<String>> {
    let of_one = |one: &Measured| {
        let name = one.name();
        let row = move |Idle { clients, server, kernel }: Idle| {
            let both = kernel.map(|kernel| server + kernel);
            let [kernel, both] = [kernel, both].map(|value| value.map_or_else(dash, number));
            vec![name.clone(), number(clients.into()), number(server), kernel, both]
        };
        memory_by_clients(&one.runs).into_iter().map(row).collect::<Vec<_>>()
    };

    subjects.iter().flat_map(of_one).collect()
}

/// A row for each crowd: whose, how many, the highest rates, and a POST's answer.
fn crowds(subjects: &[Measured]) -> Vec<Vec<String>> {
    let all = subjects.iter().flat_map(|measured| measured.crowds.iter().map(move |crowd| (measured, crowd)));
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

fn checks(subjects: &[Measured]) -> Vec<Vec<String>> {
    let names = subjects.first().map_or(&[][..], |one| &one.checks[..]);
    let row = |name: &str| {
        let cell = |one: &Measured| match one.checks.iter().find(|check| check.name == name) {
            Some(check) if check.passed => "yes".to_owned(),
            Some(_) => "no".to_owned(),
            None => dash(),
        };
        [name.to_owned()].into_iter().chain(subjects.iter().map(cell)).collect()
    };

    names.iter().map(|check| row(check.name)).collect()
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
        let sum = sum(&[]);

        assert!(sum.starts_with("All 0 checks passed. Of 0 deliveries"), "{sum}");
        assert_eq!((took(9.4), took(601.0)), ("9 s".to_owned(), "10 minutes".to_owned()));
    }
}
