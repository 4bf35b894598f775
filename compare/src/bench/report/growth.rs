//! How the figures grow with clients, rate and text, and where they bend.

use super::{
    Plot,
    plots::{distinct, line, names},
};
use crate::bench::{
    figures::{each, idle},
    load::Load,
    results::Measured,
    run::Run,
    svg::{Axis, Line, Scale, lines},
    table::number,
};

/// A step that changes a line's course by more than this factor is a bend.
const BEND: f64 = 1.6;

/// What grows with what.
struct Kind {
    title: &'static str,
    x: &'static str,
    /// What is varied.
    of: fn(&Load) -> f64,
    value: fn(&Run) -> f64,
    scale: Scale,
    says: &'static str,
    silent: &'static str,
}

const KINDS: [Kind; 6] = [
    Kind {
        title: "CPU for each delivery, in µs, by clients",
        x: "clients",
        of: |load| f64::from(load.clients),
        value: |run| each(run, run.user_us + run.system_us),
        scale: Scale::Even,
        says: "What a server does once for each message is shared by all who wait for it, so few clients cost more each; many no \
            longer fit the processor's caches.",
        silent: "Whether a machine with more processors bends at the same place.",
    },
    Kind {
        title: "Delay p99, in ms, by clients",
        x: "clients",
        of: |load| f64::from(load.clients),
        value: |run| run.delay.p99 as f64 / 1e3,
        scale: Scale::Powers,
        says: "The last of a sweep waits for all before it: the delay grows with the clients. Polling's is its interval until the \
            server cannot answer all in one.",
        silent: "The clients' own part: they read on the same processors.",
    },
    Kind {
        title: "Memory for each idle client, in kB, by clients",
        x: "clients",
        of: |load| f64::from(load.clients),
        value: idle,
        scale: Scale::Even,
        says: "What a server takes once, as its allocator's first pages, weighs on few clients.",
        silent: "What the kernel takes beside it.",
    },
    Kind {
        title: "CPU for each delivery, in µs, by rate",
        x: "messages a second",
        of: |load| f64::from(load.rate),
        value: |run| each(run, run.user_us + run.system_us),
        scale: Scale::Even,
        says: "Where messages come faster than they are sent, several share a write. Polls are asked for whether there is news or \
            not: at a low rate each message pays for many.",
        silent: "Rates that no server holds; those are above.",
    },
    Kind {
        title: "Bytes a message, by rate",
        x: "messages a second",
        of: |load| f64::from(load.rate),
        value: |run| each(run, (run.bytes_up + run.bytes_down) as f64),
        scale: Scale::Powers,
        says: "A poll's heads are shared by the messages of one answer. A stream has none after its first.",
        silent: "Heartbeats, which come only into silence, and TCP's and IP's own heads.",
    },
    Kind {
        title: "CPU for each delivery, in µs, by bytes of a text",
        x: "bytes of a text",
        of: |load| f64::from(load.size),
        value: |run| each(run, run.user_us + run.system_us),
        scale: Scale::Even,
        says: "Copying is cheap beside waking and writing: it shows with long texts only.",
        silent: "A line with a limit, where each byte also takes time.",
    },
];

/// A plot for each, where more than one load was measured.
pub(super) fn all(subjects: &[Measured]) -> Vec<Plot> {
    KINDS.iter().filter_map(|kind| plot(kind, subjects)).collect()
}

fn plot(kind: &Kind, subjects: &[Measured]) -> Option<Plot> {
    let all: Vec<Line> = distinct(subjects).map(|measured| line(measured, points(kind, measured))).collect();
    if all.iter().all(|line| line.points.len() < 2) {
        return None;
    }
    let bends: Vec<String> = all.iter().filter_map(bend).collect();
    let bends =
        if bends.is_empty() { "No line bends much.".to_owned() } else { format!("Bends: {}.", bends.join("; ")) };
    let (x, y) = (Axis { says: kind.x, scale: Scale::Powers }, Axis { says: "", scale: kind.scale });

    Some(Plot {
        title: kind.title,
        legend: names(&all),
        svg: lines(kind.title, &all, x, y),
        says: format!("{} {bends}", kind.says),
        silent: kind.silent,
    })
}

/// The loads that differ from the first in this alone; of each the median round.
fn points(kind: &Kind, measured: &Measured) -> Vec<(f64, f64)> {
    let Some(base) = measured.runs.first().map(|run| run.load) else { return Vec::new() };
    let differs = |load: &Load| {
        [load.clients != base.clients, load.rate != base.rate, load.size != base.size]
            .iter()
            .filter(|one| **one)
            .count()
    };
    let is_on_line = |load: &Load| differs(load) == usize::from((kind.of)(load) != (kind.of)(&base));
    let mut points: Vec<(f64, f64)> = Vec::new();
    for run in measured.runs.iter().filter(|run| is_on_line(&run.load) && run.delivered > 0) {
        let x = (kind.of)(&run.load);
        if !points.iter().any(|point| point.0 == x) {
            let same = measured.runs.iter().filter(|other| is_on_line(&other.load) && (kind.of)(&other.load) == x);
            let middle = crate::bench::spread::Spread::of(same.map(kind.value));
            points.extend(middle.map(|middle| (x, middle.median)));
        }
    }
    points.sort_by(|one, other| one.0.total_cmp(&other.0));

    points
}

/// Where a line leaves the course that it has taken, and how far it has come there.
fn bend(line: &Line) -> Option<String> {
    let courses = line.points.windows(2).map(|pair| pair[1].1 / pair[0].1.max(f64::MIN_POSITIVE));
    let courses: Vec<f64> = courses.collect();
    let turns = courses.windows(2).map(|pair| (pair[1] / pair[0].max(f64::MIN_POSITIVE)).ln().abs()).enumerate();
    let (at, turn) = turns.max_by(|one, other| one.1.total_cmp(&other.1))?;
    let (x, value) = line.points.get(at + 1)?;

    (turn > BEND.ln()).then(|| format!("{} at {} ({})", line.label, number(*x), number(*value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(points: &[(f64, f64)]) -> Line {
        Line { label: "sse".into(), way: "sse".into(), is_dashed: false, points: points.to_vec() }
    }

    #[test]
    fn a_bend_is_where_the_course_changes() {
        assert_eq!(bend(&line(&[(1.0, 5.0), (10.0, 5.0), (100.0, 50.0)])), Some("sse at 10 (5)".to_owned()));
        assert_eq!(bend(&line(&[(1.0, 5.0), (10.0, 6.0), (100.0, 7.0)])), None);
        assert_eq!(bend(&line(&[(1.0, 5.0)])), None);
    }
}
