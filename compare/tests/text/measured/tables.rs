//! What is made of the results: tables, a plot, and a row of the page side by side.

use std::fmt::Write as _;

use compare::transports::ALL;
use jiff::civil::Date;

use super::results::{self, Figure, Measured, Results, median};

const NOTHING: &str = "–";
/// The five, and what a row calls each.
const WAYS: [(&str, &str); 5] = [
    ("polling", "polling"),
    ("long-polling", "long polling"),
    ("iframe-stream", "iframe"),
    ("sse", "SSE"),
    ("websocket", "WebSocket"),
];
const PUSHED: &[&str] = &["sse", "iframe-stream", "websocket", "long-polling"];
const EACH: &[&str] = &["polling", "long-polling", "iframe-stream", "sse", "websocket"];

/// A row for each of the five.
pub(super) fn short(results: &Results) -> String {
    let (idle, crowd, base) = (count(results.most_clients()), count(results.crowd_clients()), results.base());
    let (clients, rate, size) = (count(base["clients"].as_u64().unwrap()), &base["rate"], &base["size"]);
    let mut text = format!(
        "Of each message of {size} bytes to {clients} clients, {rate} a second, and of an idle client of {idle}; the highest rate is that of \
         {crowd} clients, with a p99 under a second. ≥: the clients were at the limit, not the server.\n\n\
         | way | bytes down, up | requests | CPU a delivery | memory of an idle client: server + kernel | delay p50, p99 | deliveries a second |\n\
         |---|---|---|---|---|---|---|\n"
    );
    for (way, row) in ALL.map(|row| (row.transport.name, row)) {
        let of = |name: &'static str| results.one(way).and_then(|one| median(one, name)).map_or(NOTHING.into(), figure);
        let memory = results.one(way).and_then(results::memories);
        let memory = memory.map_or(NOTHING.into(), |(server, kernel)| match kernel {
            Some(kernel) => format!("{} + {} kB", figure(server), figure(kernel)),
            None => format!("{} kB", figure(server)),
        });
        let highest = cell(results.ours(way, results::in_time));
        writeln!(
            text,
            "| {} | {}, {} | {} | {} µs | {memory} | {}, {} ms | {highest} |",
            row.transport.title,
            of("bytes down"),
            of("bytes up"),
            of("requests"),
            of("CPU"),
            of("delay p50"),
            of("delay p99"),
        )
        .unwrap();
    }
    text
}

/// When, where and how it was measured, and what disturbed it and ours.
pub(super) fn run(results: &Results) -> String {
    let (all, machine) = (&results.0, &results.0["machine"]);
    let versions = machine["versions"].as_object().unwrap();
    let versions: Vec<String> = versions.iter().map(|(name, is)| format!("{name} {}", is.as_str().unwrap())).collect();
    let notes: String = results.notes().into_iter().map(|note| format!("- Note: {note}\n")).collect();
    let word = |value: &serde_json::Value| value.as_str().unwrap_or(NOTHING).to_owned();

    format!(
        "- When: {}, in {:.0} minutes\n- Command: `{}`\n- Machine: {} processors, {}, {:.0} GB, {}\n- Versions: {}\n{notes}",
        word(&all["date"]),
        all["took_seconds"].as_f64().unwrap() / 60.0,
        word(&all["command"]),
        machine["processors"],
        word(&machine["model"]),
        machine["memory_bytes"].as_f64().unwrap() / 1e9,
        word(&machine["kernel"]),
        versions.join(", "),
    )
}

/// A row for each figure and way.
pub(super) fn long(results: &Results) -> String {
    let (idle, crowd) = (count(results.most_clients()), count(results.crowd_clients()));
    let rows: [(String, Figure, bool, &[&str]); 8] = [
        ("CPU a delivery, µs".into(), results::cpu, false, PUSHED),
        ("CPU a poll, µs".into(), results::cpu_of_a_poll, false, &["polling"]),
        (format!("deliveries a second, {crowd} clients"), results::in_time, true, PUSHED),
        ("the same, the publisher waits for answers".into(), results::waiting, true, PUSHED),
        (format!("a POST's answer p50, {crowd} clients, ms"), results::post_p50, false, &["sse"]),
        (format!("a POST's answer p90, {crowd} clients, ms"), results::post_p90, false, &["sse"]),
        (format!("memory of the server for an idle client of {idle}, kB"), results::memory, false, EACH),
        ("bytes a message".into(), results::bytes, false, EACH),
    ];
    let mut text = "| figure | way | ours | bare | best other peer | limit | ours / best peer | ours / bare |\n\
                    |---|---|---|---|---|---|---|---|\n"
        .to_owned();
    for (name, figure, more, ways) in rows {
        for way in ways {
            let called = WAYS.iter().find(|(known, _)| known == way).unwrap().1;
            let (ours, bare) = (results.ours(way, figure), results.bare(way, figure));
            let best = results.best(way, figure, more);
            let limit = cell(results.limit(way, figure, more));
            let peer = best.map_or(NOTHING.into(), |(name, best)| format!("{} ({name})", cell(Some(best))));
            let (to_best, to_bare) = (ratio(ours, best.map(|best| best.1)), ratio(ours, bare));
            let (ours, bare) = (cell(ours), cell(bare));
            writeln!(text, "| {name} | {called} | {ours} | {bare} | {peer} | {limit} | {to_best} | {to_bare} |")
                .unwrap();
        }
    }
    text
}

/// What so many clients take that get a message a second each.
pub(super) fn scale(results: &Results) -> String {
    let mut text = "| way | 1,000,000 clients: memory | processors | 100,000,000 clients: memory | processors |\n\
                    |---|---|---|---|---|\n"
        .to_owned();
    for way in PUSHED {
        let called = WAYS.iter().find(|(known, _)| known == way).unwrap().1;
        let times = |measured: Option<Measured>, clients: f64| {
            measured.map_or(NOTHING.into(), |one| figure(one.value * clients / 1e6)) // kB to GB, µs to s
        };
        let of = |clients| {
            let (memory, cpu) = (results.ours(way, results::memory), results.ours(way, results::cpu));
            format!("{} GB | {}", times(memory, clients), times(cpu, clients))
        };
        writeln!(text, "| {called} | {} | {} |", of(1e6), of(1e8)).unwrap();
    }
    text
}

/// Where the CPU of a delivery is spent: in a server's own code, or in the kernel for it.
pub(super) fn places(results: &Results) -> String {
    let mut text = "| way | ours: own code | ours: kernel | bare: own code | bare: kernel | the limit: kernel |\n|---|---|---|---|---|---|\n".to_owned();
    let [own, kernel]: [Figure; 2] = [results::cpu_own, results::cpu_kernel];
    for (way, called) in WAYS {
        let of = |measured| cell(measured).replace(NOTHING, "not measured");
        let (ours, bare) = (
            [own, kernel].map(|figure| of(results.ours(way, figure))),
            [own, kernel].map(|figure| of(results.bare(way, figure))),
        );
        let limit = of(results.limit(way, kernel, false));
        writeln!(text, "| {called} | {} | {} | {} | {} | {limit} |", ours[0], ours[1], bare[0], bare[1]).unwrap();
    }
    text
}

/// CPU a delivery: ours, the best peer's and the limit's, one group for each way.
pub(super) fn plot(results: &Results) -> String {
    const STYLE: &str = "text { font: 13px system-ui, sans-serif; fill: #1b1f26; } .soft { fill: #59606b; } \
         .rest { opacity: 0.4; } .polling { fill: #5c1a0e; } .long-polling { fill: #a9842a; } \
         .iframe-stream { fill: #7f34b0; } .sse { fill: #0f6a3c; } .websocket { fill: #3b93ea; } \
         @media (prefers-color-scheme: dark) { text { fill: #ebe9e5; } .soft { fill: #a5abb6; } \
         .polling { fill: #e09581; } .long-polling { fill: #f4da70; } .iframe-stream { fill: #a764cd; } \
         .sse { fill: #367c54; } .websocket { fill: #5cbefe; } }";
    let mut bars = Vec::new();
    for row in ALL {
        let way = row.transport.name;
        let best = results.best(way, results::cpu, false);
        let limit = results.limit(way, results::cpu, false);
        bars.push((way, row.transport.title.to_owned(), results.ours(way, results::cpu), true));
        bars.extend(best.map(|(name, best)| (way, format!("best peer: {name}"), Some(best), false)));
        bars.extend(limit.map(|limit| (way, "the limit".to_owned(), Some(limit), false)));
    }
    let most = bars.iter().filter_map(|bar| bar.2).map(|bar| bar.value).fold(f64::MIN_POSITIVE, f64::max);
    let height = 30 + 24 * bars.len();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 {height}\" role=\"img\" \
         aria-label=\"The server's CPU for each delivery, in microseconds\">\n<style>{STYLE}</style>\n\
         <text y=\"16\">The server's CPU for each delivery, in µs: less is better</text>\n"
    );
    for (at, (way, label, measured, is_ours)) in bars.into_iter().enumerate() {
        let (y, width) = (30 + 24 * at, measured.map_or(0.0, |measured| measured.value / most * 380.0));
        let (class, rest) = if is_ours { ("", "") } else { (" class=\"soft\"", " rest") };
        let value = cell(measured);
        let end = 180.0 + width + 8.0;
        writeln!(
            svg,
            "<text x=\"170\" y=\"{}\" text-anchor=\"end\"{class}>{label}</text>\
             <rect class=\"{way}{rest}\" x=\"180\" y=\"{y}\" width=\"{width:.1}\" height=\"18\"/>\
             <text x=\"{end:.1}\" y=\"{}\"{class}>{value}</text>",
            y + 14,
            y + 14,
        )
        .unwrap();
    }
    svg + "</svg>\n"
}

/// The row of the page side by side: good is what is near the least.
pub(super) fn silent(results: &Results) -> String {
    let kib = ALL.map(|row| results.one(row.transport.name).and_then(results::silent).map(|bytes| bytes / 1024.0));
    let least = kib.into_iter().flatten().fold(f64::MAX, f64::min);
    let cells = kib.map(|kib| match kib {
        Some(kib) => format!("[{}, \"{kib:.0} KiB\"]", if kib <= least * 1.1 { 2 } else { 1 }),
        None => "[1, \"not measured\"]".to_owned(),
    });
    let (machine, base) = (&results.0["machine"], results.base());
    let date: Date = results.0["date"].as_str().unwrap()[..10].parse().unwrap();
    let kernel = machine["kernel"].as_str().unwrap().split('-').next().unwrap();
    let kernel = kernel.rsplitn(2, '.').last().unwrap();
    let processors = match machine["processors"].as_u64().unwrap() {
        2 => "two processors".to_owned(),
        other => format!("{other} processors"),
    };

    format!(
        "    cells: [{}],\n    here: \"{}, {kernel} on {processors}: resident memory of the server, with {} silent clients as \
         bench --clients {} has them, --release, without the kernel's sockets\",",
        cells.join(", "),
        date.strftime("%-d %B %Y"),
        count(base["clients"].as_u64().unwrap()),
        base["clients"],
    )
}

fn cell(measured: Option<Measured>) -> String {
    match measured {
        None => NOTHING.to_owned(),
        Some(Measured { value: 0.0, at_least: true }) => NOTHING.to_owned(), // no rate was held, and that says nothing
        Some(Measured { value, at_least }) => format!("{}{}", if at_least { "≥ " } else { "" }, figure(value)),
    }
}

/// Of two lower bounds the quotient is none.
fn ratio(ours: Option<Measured>, theirs: Option<Measured>) -> String {
    let (Some(ours), Some(theirs)) = (ours, theirs) else { return NOTHING.to_owned() };
    if ours.value <= 0.0 || theirs.value <= 0.0 {
        return NOTHING.to_owned();
    }
    let mark = match (ours.at_least, theirs.at_least) {
        (false, false) => "",
        (true, false) => "≥ ",
        (false, true) => "≤ ",
        (true, true) => "~ ",
    };

    let ratio = ours.value / theirs.value;

    if (0.1..10.0).contains(&ratio) { format!("{mark}{ratio:.2}") } else { format!("{mark}{}", figure(ratio)) }
}

/// Three digits, and a comma at each thousand.
pub(super) fn figure(value: f64) -> String {
    if value <= 0.0 {
        return "0".to_owned();
    }
    let digits = 2 - value.log10().floor() as i32;
    if let Ok(digits) = usize::try_from(digits)
        && digits > 0
    {
        let text = format!("{value:.*}", digits.min(3));
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    let unit = 10_f64.powi(-digits);

    count(((value / unit).round() * unit) as u64)
}

/// With a comma at each thousand.
fn count(number: u64) -> String {
    if number < 1_000 { number.to_string() } else { format!("{},{:03}", count(number / 1_000), number % 1_000) }
}

#[test]
fn a_figure_has_three_digits() {
    let seen = [0.0, 0.01234, 1.0, 4.256, 12.34, 123.4, 1_234.5, 9_996.0, 1_234_567.0].map(figure);

    assert_eq!(seen, ["0", "0.012", "1", "4.26", "12.3", "123", "1,230", "10,000", "1,230,000"]);
}

#[test]
fn a_bound_is_marked_and_what_was_not_measured_is_not_invented() {
    let [exact, bound] = [false, true].map(|at_least| Some(Measured { value: 2.0, at_least }));

    assert_eq!([None, exact, bound].map(cell), ["–", "2", "≥ 2"]);
    assert_eq!(ratio(exact, None), "–");
    assert_eq!([ratio(exact, exact), ratio(bound, exact), ratio(exact, bound)], ["1.00", "≥ 1.00", "≤ 1.00"]);
    assert_eq!(ratio(bound, bound), "~ 1.00");
}
