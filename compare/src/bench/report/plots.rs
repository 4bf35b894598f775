//! What is to be seen at a glance.

use super::{Plot, spread};
use crate::bench::{
    figures::each,
    peers::Role,
    results::Measured,
    run::Run,
    svg::{Axis, Bar, Line, Scale, bars, lines},
    table::number,
};

/// More lines are a thicket.
const MOST_LINES: usize = 12;

/// How a figure follows from a subject.
type Value<'a> = &'a dyn Fn(&Measured) -> Option<f64>;

/// All plots, in order.
pub(super) fn all(subjects: &[Measured]) -> Vec<Plot> {
    let mut plots = vec![bytes(subjects), cpu(subjects), idle(subjects), delays(subjects)];
    if subjects.iter().any(|one| !one.crowds.is_empty()) {
        plots.push(deliveries(subjects));
    }

    plots
}

fn bytes(subjects: &[Measured]) -> Plot {
    let parts = |run: &Run| {
        let all = each(run, (run.bytes_up + run.bytes_down) as f64);
        vec![run.json_bytes.min(all), (all - run.json_bytes).max(0.0)]
    };
    let title = "Bytes a message, up and down";

    Plot {
        title,
        legend: two("the message's JSON", "what it takes to bring it"),
        svg: bars(title, &rows(subjects, "bytes", "B", parts)),
        says: says(subjects, "bytes", &|one| median(one, "bytes")),
        silent: "TCP and IP, at least 40 bytes for each packet and each acknowledgment. Polls share an answer where several \
            messages come in one interval: at a lower rate each costs more.",
    }
}

fn cpu(subjects: &[Measured]) -> Plot {
    let title = "CPU for each delivery";

    Plot {
        title,
        legend: two("in the server's own code", "in the kernel, for it"),
        svg: bars(title, &rows(subjects, "CPU", "µs", |run| vec![each(run, run.user_us), each(run, run.system_us)])),
        says: says(subjects, "CPU", &|one| median(one, "CPU")),
        silent: "A network card and its interrupts, and TLS: all of it is loopback. The ratios within this run count, the \
            absolute figures are this machine's.",
    }
}

/// With the most clients of all that were measured: fewer say less.
fn idle(subjects: &[Measured]) -> Plot {
    let title = "Memory for each idle client";
    let most = subjects.iter().filter_map(|one| Some(one.idle.last()?.clients)).max();
    let least: Value<'_> = &|one| one.idle.last().filter(|idle| Some(idle.clients) == most).map(|idle| idle.server);
    let row = |measured: &Measured| {
        let idle = measured.idle.last()?;
        let kernel = idle.kernel.map_or_else(String::new, |kernel| format!(" + {}", number(kernel)));
        let value = format!("{}{kernel} kB with {} clients", number(idle.server), number(idle.clients.into()));
        let parts = [idle.server].into_iter().chain(idle.kernel.map(|kernel| kernel.max(0.0))).collect();
        Some(Bar { label: measured.name(), way: measured.transport.clone(), parts, value })
    };

    Plot {
        title,
        legend: two("resident in the server", "the kernel's half of the socket"),
        svg: bars(title, &compared(subjects, least).into_iter().filter_map(row).collect::<Vec<_>>()),
        says: says(subjects, "memory in the server", least),
        silent: "Buffers that fill only while messages go out. The kernel's part is half of what its small objects and TCP's \
            buffers grew by, as both ends are here; what else happens on the machine is in it, too.",
    }
}

fn delays(subjects: &[Measured]) -> Plot {
    let title = "How many deliveries have arrived after so long";
    let curve = |measured: &Measured| {
        let run = measured.runs.iter().find(|run| run.round == 1)?;
        let mut so_far = 0;
        let points = run.delay.histogram.iter().filter(|bucket| bucket.1 > 0).map(|&(bound, count)| {
            so_far += count;
            (bound as f64 / 1e3, 100.0 * so_far as f64 / run.delivered.max(1) as f64)
        });
        let points = points.collect();
        Some(line(measured, points))
    };
    let all: Vec<Line> = distinct(subjects).filter_map(curve).collect();
    let share = Axis { says: "", scale: Scale::Even };

    Plot {
        title,
        legend: names(&all),
        svg: lines(title, &all, Axis { says: "milliseconds", scale: Scale::Powers }, share),
        says: "In percent, of the first round. A steep line to the left is early for all; where polling is, the interval is the \
            delay."
            .to_owned(),
        silent: "A network: each way there adds a trip, each poll two. Where the clients are the limit, these are their delays, \
            too.",
    }
}

fn deliveries(subjects: &[Measured]) -> Plot {
    let title = "Deliveries a second, at the highest rate with a p99 under a second";
    let points = |measured: &Measured| {
        let points = measured.crowds.iter().map(|crowd| (f64::from(crowd.clients), crowd.in_time.deliveries));
        line(measured, points.collect())
    };
    let all: Vec<Line> = distinct(subjects).map(points).collect();
    let clients = Axis { says: "clients", scale: Scale::Powers };
    let highest: Vec<String> = distinct(subjects).filter_map(highest).collect();
    let (legend, svg) = if subjects.iter().all(|one| one.crowds.len() < 2) {
        let most: Value<'_> = &|one| Some(-one.crowds.first()?.in_time.deliveries);
        (Vec::new(), bars(title, &compared(subjects, most).into_iter().filter_map(only).collect::<Vec<_>>()))
    } else {
        (names(&all), lines(title, &all, clients, Axis { says: "", scale: Scale::Even }))
    };

    Plot {
        title,
        legend,
        svg,
        says: format!("{}.", highest.join("; ")),
        silent: "What a server could do alone: clients and publisher share the processors with it. Where “client” stands, they \
            were the limit, and the figure is a lower bound. A poll may take its interval longer.",
    }
}

/// Among one number of clients there is nothing to see but the height.
fn only(measured: &Measured) -> Option<Bar> {
    let crowd = measured.crowds.first()?;
    let value = format!("{} with {} clients", number(crowd.in_time.deliveries), number(crowd.clients.into()));

    Some(Bar { label: measured.name(), way: measured.transport.clone(), parts: vec![crowd.in_time.deliveries], value })
}

fn highest(measured: &Measured) -> Option<String> {
    let crowd = measured.crowds.last()?;
    let (deliveries, verdict) = (number(crowd.in_time.deliveries), crowd.in_time.verdict.name());

    Some(format!("{} {deliveries} ({verdict})", measured.name()))
}

/// A bar for each, of the median of the parts' rounds, and with the spread of a figure.
fn rows(subjects: &[Measured], figure: &str, unit: &str, parts: impl Fn(&Run) -> Vec<f64>) -> Vec<Bar> {
    let row = |measured: &Measured| {
        let all = measured.figure(figure)?;
        let near = |run: &&Run| {
            let sum: f64 = parts(run).iter().sum();
            (sum - all.spread.median).abs()
        };
        let rounds = measured.runs.iter().filter(|run| run.round > 0);
        let middle = rounds.min_by(|one, other| near(one).total_cmp(&near(other)))?;
        Some(Bar {
            label: measured.name(),
            way: measured.transport.clone(),
            parts: parts(middle),
            value: format!("{} {unit}", spread(all.spread)),
        })
    };

    compared(subjects, &|one| median(one, figure)).into_iter().filter_map(row).collect()
}

/// Those of one way side by side: so they are to be compared.
pub(super) fn by_way(subjects: &[Measured]) -> Vec<&Measured> {
    let mut all: Vec<&Measured> = subjects.iter().collect();
    all.sort_by_key(|one| subjects.iter().position(|other| other.transport == one.transport));

    all
}

/// Those whose bars say it at a glance, each way's side by side. Where peers are many: ours, of each way the peer and the limit with
/// the least of it, and nobody who lost messages. The tables have all.
fn compared<'a>(subjects: &'a [Measured], value: Value<'_>) -> Vec<&'a Measured> {
    let all = by_way(subjects);
    if subjects.len() <= MOST_LINES {
        return all;
    }
    let is_rival = |one: &Measured, other: &Measured| {
        (&other.transport, other.role()) == (&one.transport, one.role()) && median(other, "lost") == Some(0.0)
    };
    let is_best = |one: &Measured| {
        let rivals = all.iter().filter(|other| is_rival(one, other)).filter_map(|other| Some((value(other)?, other)));
        let least = rivals.min_by(|one, other| one.0.total_cmp(&other.0)); // the first of equals
        least.is_some_and(|(_, least)| least.peer == one.peer)
    };

    all.iter()
        .copied()
        .filter(|one| match one.role() {
            Role::Ours => true,
            Role::Peer | Role::Limit => is_best(one),
            Role::Bare => false,
        })
        .collect()
}

fn median(measured: &Measured, figure: &str) -> Option<f64> {
    measured.figure(figure).map(|figure| figure.spread.median)
}

/// Those whose lines can be told apart in one plot: where peers are many, ours alone. The tables have all.
pub(super) fn distinct(subjects: &[Measured]) -> impl Iterator<Item = &Measured> {
    let are_few = subjects.len() <= MOST_LINES;

    subjects.iter().filter(move |one| are_few || one.is_ours())
}

/// Which of the servers has the least of it, and how many times as much the most is; and what was left out.
fn says(subjects: &[Measured], word: &str, value: Value<'_>) -> String {
    let shown = compared(subjects, value);
    let left_out =
        if shown.len() < subjects.len() { " Of each way's peers, only the one with the least is shown." } else { "" };
    let servers = shown.into_iter().filter(|one| one.role() != Role::Limit);
    let mut all: Vec<(f64, String)> = servers.filter_map(|one| Some((value(one)?, one.name()))).collect();
    all.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (Some(first), Some(last)) = (all.first(), all.last()) else { return String::new() };
    if all.len() == 1 || first.0 <= 0.0 {
        return String::new();
    }

    format!("{} has the least {word}, {} {} times as much.{left_out}", first.1, last.1, number(last.0 / first.0))
}

pub(super) fn line(measured: &Measured, points: Vec<(f64, f64)>) -> Line {
    Line { label: measured.name(), way: measured.transport.clone(), is_dashed: !measured.is_ours(), points }
}

pub(super) fn names(lines: &[Line]) -> Vec<(String, String)> {
    let class = |line: &Line| format!("{}{}", line.way, if line.is_dashed { " dashed" } else { "" });

    lines.iter().map(|line| (class(line), line.label.clone())).collect()
}

fn two(first: &str, rest: &str) -> Vec<(String, String)> {
    [("first", first), ("rest", rest)].map(|(class, words)| (class.to_owned(), words.to_owned())).to_vec()
}
