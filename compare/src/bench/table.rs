//! The table on the terminal.
#![expect(clippy::print_stdout, reason = "the figures are what this is for")]

use std::path::Path;

use super::{
    checks::{Check, UNASKED},
    figures::Idle,
    results::{Highest, Measured, Results},
    spread::Spread,
};

/// What is shown of the rounds, each with the heading of its column.
const COLUMNS: [(&str, &str); 7] = [
    ("lost", "lost"),
    ("delay p50", "p50 ms"),
    ("delay p99", "p99 ms"),
    ("bytes", "bytes"),
    ("requests", "requests"),
    ("CPU", "CPU us"),
    ("memory, server", "server kB"),
];

/// Prints it, and where the rest is.
pub(crate) fn print(results: &Results, folder: &Path) {
    let machine = &results.machine;
    println!("{}, {} processors, {}", results.date, machine.processors, machine.kernel);
    let headings = COLUMNS.map(|(_, heading)| heading.to_owned());
    println!(
        "\nthe median of each, and (smallest - largest) where rounds differ; bytes, requests, CPU a delivery; memory a client"
    );
    row("", &headings, "limit");
    for measured in &results.subjects {
        let verdict = measured.figures.first().map_or("-", |figure| figure.verdict.name());
        row(&measured.name(), &COLUMNS.map(|(name, _)| cell(measured, name)), verdict);
    }
    idle(results);
    crowds(results);
    for word in &results.words {
        println!("note: {word}");
    }
    for measured in &results.subjects {
        let failed = measured.checks.iter().filter_map(Check::failed).map(|said| format!("a check failed: {said}"));
        let unasked = measured.checks.is_empty().then(|| UNASKED.to_owned());
        for word in measured.words.iter().cloned().chain(unasked).chain(failed) {
            println!("note: {}: {word}", measured.name());
        }
    }
    println!("\n{:.0} s; {} and report.html", results.took_seconds, folder.join("results.json").display());
}

/// Memory under each number of clients.
fn idle(results: &Results) {
    for measured in &results.subjects {
        let all: Vec<String> = measured
            .idle
            .iter()
            .map(|&Idle { clients, server, kernel }| {
                let kernel = kernel.map_or_else(String::new, |kernel| format!(" + {}", number(kernel)));
                format!("{} clients {}{kernel} kB", number(clients.into()), number(server))
            })
            .collect();
        println!("{:22} idle, server + kernel: {}", measured.name(), all.join(", "));
    }
}

fn crowds(results: &Results) {
    let all = results.subjects.iter().flat_map(|measured| measured.crowds.iter().map(move |crowd| (measured, crowd)));
    for (at, (measured, crowd)) in all.enumerate() {
        if at == 0 {
            println!(
                "\nthe highest rate with a p99 under a second, in deliveries a second; a POST's answer in ms, 40 a second"
            );
        }
        let highest = |one: &Highest| format!("{} ({})", number(one.deliveries), one.verdict.name());
        let waiting = crowd.waiting.as_ref().map_or("-".to_owned(), highest);
        let posts = crowd.posts.as_ref().map_or_else(String::new, |posts| {
            let [p50, p90, p99] = [posts.p50, posts.p90, posts.p99].map(|us| number(us as f64 / 1e3));
            format!("; POST p50 {p50}, p90 {p90}, p99 {p99}")
        });
        let name = measured.name();
        println!(
            "{name:22} {:5} clients: {}; waiting for answers {waiting}{posts}",
            crowd.clients,
            highest(&crowd.in_time)
        );
    }
}

fn row(name: &str, cells: &[String], verdict: &str) {
    let cells: String = cells.iter().map(|cell| format!(" {cell:>13}")).collect();

    println!("{name:22}{cells}  {verdict}");
}

fn cell(measured: &Measured, name: &str) -> String {
    let Some(figure) = measured.figure(name) else { return "-".to_owned() };
    let Spread { median, min, max } = figure.spread;
    let far = 100.0 * (max - median).max(median - min) / median.max(f64::MIN_POSITIVE);

    if far < 0.5 { number(median) } else { format!("{} ±{far:.0}%", number(median)) }
}

/// Three digits, or all of a large one.
pub(crate) fn number(value: f64) -> String {
    let digits = match value.abs() {
        value if value >= 100.0 || value == 0.0 => 0,
        value if value >= 10.0 => 1,
        value if value >= 0.1 => 2,
        _ => 3,
    };
    let text = format!("{value:.digits$}");
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), ""), |(whole, rest)| (whole, rest));
    let rest = rest.trim_end_matches('0');
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) && !grouped.ends_with('-') {
            grouped.push(',');
        }
        grouped.push(digit);
    }

    if rest.is_empty() { grouped } else { format!("{grouped}.{rest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_three_digits_or_all() {
        let shown = [0.0, 0.0123, 0.5, 7.0, 8.04, 23.46, 674.2, 12_345.6, 6_500_000.0].map(number);

        assert_eq!(shown, ["0", "0.012", "0.5", "7", "8.04", "23.5", "674", "12,346", "6,500,000"]);
    }
}
