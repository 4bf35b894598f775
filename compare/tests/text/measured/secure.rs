//! What TLS and HTTP/2 cost, as `compare/bench/secure.json` has it.

use std::{fmt::Write as _, fs};

use serde_json::Value;

use super::tables::figure;
use crate::root;

/// When, with what, and the three tables.
pub(super) fn tables() -> String {
    let text = fs::read_to_string(root().join("compare/bench/secure.json")).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();

    [run(&all), bytes(&all), lines(&all), goals(&all)].join("\n")
}

fn run(all: &Value) -> String {
    let notes: String = list(&all["words"]).iter().map(|word| format!("- Note: {}\n", text(word))).collect();

    format!(
        "- When: {}, in {:.0} minutes\n- Command: `{}`\n{notes}",
        text(&all["date"]),
        number(&all["took_seconds"]) / 60.0,
        text(&all["command"]),
    )
}

/// Of single requests.
fn bytes(all: &Value) -> String {
    let mut table =
        "| a request and its answer | by | bytes up, down | with what TLS adds |\n|---|---|---|---|\n".to_owned();
    for one in list(&all["bytes"]) {
        let pair = |which: &str| [0, 1].map(|at| figure(number(&one[which][at]).round())).join(", ");
        let tls = if one["line"] == "clear" { "–".to_owned() } else { pair("tcp") };
        let line = name(all, &one["line"]);
        writeln!(table, "| {} | {line} | {} | {tls} |", text(&one["transport"]).replace('-', " "), pair("http"))
            .unwrap();
    }
    table
}

/// Each way by each line.
fn lines(all: &Value) -> String {
    let mut table = "| way | by | CPU of a delivery, µs | times that in the clear | memory of a client, kB | bytes of a delivery | delay p50, p99, ms |\n\
                     |---|---|---|---|---|---|---|\n"
        .to_owned();
    for one in list(&all["subjects"]) {
        let spread = |figure: &str, part: &str| number(&one["figures"][figure][part]);
        let median = |name: &str| figure(spread(name, "median"));
        let times = match text(&one["line"]) {
            "clear" => "1".to_owned(),
            _ => {
                let [median, min, max] = ["median", "min", "max"].map(|part| spread("times", part));
                format!("{median:.2} ({min:.2} to {max:.2})")
            }
        };
        writeln!(
            table,
            "| {} | {} | {} | {times} | {} | {} | {}, {} |",
            text(&one["transport"]),
            text(&one["name"]),
            median("cpu_us"),
            median("memory_kb"),
            median("bytes"),
            median("p50_ms"),
            median("p99_ms")
        )
        .unwrap();
    }
    table
}

fn goals(all: &Value) -> String {
    let mut table = "| SSE by | may cost, times the clear | costs | goal |\n|---|---|---|---|\n".to_owned();
    for goal in list(&all["goals"]) {
        let [wanted, measured] = ["wanted", "measured"].map(|which| number(&goal[which]));
        let is_met = if measured <= wanted { "met" } else { "missed" };
        writeln!(table, "| {} | {wanted:.1} | {measured:.2} | {is_met} |", name(all, &goal["line"])).unwrap();
    }
    table
}

/// What tables call a line.
fn name<'a>(all: &'a Value, line: &Value) -> &'a str {
    let one = list(&all["subjects"]).iter().find(|one| one["line"] == *line);

    text(&one.unwrap()["name"])
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}
