//! What a feed costs that outlives its process, as `compare/bench/kept.json` has it.

use std::{fmt::Write as _, fs};

use serde_json::Value;

use super::{results::middle, tables::figure};
use crate::root;

/// When, with what, and the three tables.
pub(super) fn tables() -> String {
    let text = fs::read_to_string(root().join("compare/bench/kept.json")).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();

    [run(&all), alone(&all), shared(&all), of_redis(&all)].join("\n")
}

fn run(all: &Value) -> String {
    let durable = &all["durable"];
    let [acknowledged, syncs] = [number(&durable["acknowledged"]), number(&durable["syncs"])];
    let counted = durable["in_a_sync"].as_f64().map(figure);
    let counted = counted.map(|count| format!(" One sync of the server has {count} messages, as strace counts them."));
    let in_a_sync = counted.unwrap_or_default();
    let notes: String =
        list(&all["words"]).iter().map(|word| format!("- Note: {}\n", word.as_str().unwrap())).collect();

    format!(
        "- When: {}, in {:.0} minutes, with Redis {}\n- Command: `{}`\n{notes}- Durable: {} publishers, each of which waits for its answer, have {} messages \
         a second synced and acknowledged. The file system alone syncs a page {} times a second: {} messages for each of those.{in_a_sync}\n",
        all["date"].as_str().unwrap(),
        number(&all["took_seconds"]) / 60.0,
        all["redis"].as_str().unwrap(),
        all["command"].as_str().unwrap(),
        durable["publishers"],
        figure(acknowledged),
        figure(syncs),
        figure(acknowledged / syncs),
    )
}

/// The median over the rounds, and what is added to that of memory.
fn alone(all: &Value) -> String {
    let delays = |one: &Value| {
        ["p50", "p99"]
            .map(|which| middle(list(&one["runs"]).iter().map(|run| number(&run["delay"][which]) / 1e3)).unwrap())
    };
    let memory = delays(&all["alone"][0]);
    let mut text = "| kept in | delay p50, p99, ms | added, ms |\n|---|---|---|\n".to_owned();
    for one in list(&all["alone"]) {
        let own = delays(one);
        let added = [own[0] - memory[0], own[1] - memory[1]].map(signed);
        writeln!(
            text,
            "| {} | {}, {} | {}, {} |",
            one["keeper"].as_str().unwrap(),
            figure(own[0]),
            figure(own[1]),
            added[0],
            added[1]
        )
        .unwrap();
    }
    text
}

fn shared(all: &Value) -> String {
    let mut text = "| on one Redis | processes × clients | messages a second | delay p50, p99 at ten a second, ms |\n|---|---|---|---|\n".to_owned();
    for one in list(&all["shared"]) {
        let [p50, p99] = ["p50_us", "p99_us"].map(|which| figure(number(&one["usual"][which]) / 1e3));
        let peer = one["peer"].as_str().unwrap().replace("five-ways", "ours");
        let (way, processes) = (one["transport"].as_str().unwrap(), &one["processes"]);
        let clients = figure(number(&one["clients_each"]));
        writeln!(
            text,
            "| {peer}, {way} | {processes} × {clients} | {} | {p50}, {p99} |",
            figure(number(&one["highest"]))
        )
        .unwrap();
    }
    text
}

fn of_redis(all: &Value) -> String {
    let mut text =
        "| processes that follow | CPU of Redis for a message, µs | for each process, µs |\n|---|---|---|\n".to_owned();
    for one in list(&all["of_redis"]) {
        let (processes, used) = (number(&one["processes"]), number(&one["redis_us"]));
        writeln!(text, "| {processes} | {} | {} |", figure(used), figure(used / processes)).unwrap();
    }
    text
}

/// Less than a tenth is nothing that could be told from the rounds' own differences.
fn signed(value: f64) -> String {
    match value {
        value if value.abs() < 0.1 => "0".to_owned(),
        value if value < 0.0 => format!("−{}", figure(-value)),
        value => figure(value),
    }
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}
