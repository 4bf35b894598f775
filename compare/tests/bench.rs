//! A bench of seconds. It asserts only what is not time: what must arrive arrives, and all is written.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Command, Output, Stdio},
    thread::yield_now,
    time::Instant,
};

use serde_json::Value;
use shared::testing::LIMIT;
use tempfile::tempdir;

/// What each of the five has to say.
const FIGURES: [&str; 12] = [
    "delivered",
    "lost",
    "repeated",
    "out of order",
    "delay p50",
    "delay p95",
    "delay p99",
    "delay, largest",
    "bytes",
    "requests",
    "CPU",
    "memory, server",
];

#[test]
fn a_bench_of_both_polls_loses_nothing_and_writes_all() {
    all_is_there(&["polling", "long-polling"]);
}

#[test]
fn a_bench_of_both_streams_loses_nothing_and_writes_all() {
    all_is_there(&["iframe-stream", "sse"]);
}

#[test]
fn a_bench_of_sockets_loses_nothing_and_writes_all() {
    all_is_there(&["websocket"]);
}

fn all_is_there(ways: &[&str]) {
    let folder = tempdir().unwrap();
    let load = "--clients 20 --rate 20 --seconds 1 --rounds 2 --interval 200ms";

    let output = bench(folder.path(), load, &["--transports", &ways.join(",")]);
    let results = results(folder.path());
    let report = fs::read_to_string(folder.path().join("report.html")).unwrap();

    let measured: Vec<&str> = list(&results["subjects"]).iter().map(|way| way["transport"].as_str().unwrap()).collect();
    assert_eq!(measured, ways);
    for way in list(&results["subjects"]) {
        assert!(list(&way["checks"]).iter().all(|check| check["passed"] == true), "{:#}", way["checks"]);
        assert_eq!(list(&way["runs"]).len(), 2, "{way:#}");
        list(&way["runs"]).iter().for_each(complete);
        names(&way["figures"], &FIGURES);
    }
    for name in ["kernel", "processors", "memory_bytes", "versions"] {
        assert!(!results["machine"][name].is_null(), "{name}: {:#}", results["machine"]);
    }
    summed_up_anew(folder.path());
    let command = results["command"].as_str().unwrap();
    assert!(command.starts_with("cargo run --release -- bench --clients 20"), "{command}");
    assert!(!report.contains("<script") && !report.contains("src="), "it needs nothing but itself");
    assert!(report.contains("<svg") && report.contains("light-dark("));
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(ways.iter().all(|way| report.contains(way) && printed.contains(way)), "{printed}");
}

/// From the raw samples follows all else.
fn summed_up_anew(folder: &Path) {
    let again = tempdir().unwrap();
    let file = folder.join("results.json");

    bench(again.path(), "--from", &[file.to_str().unwrap()]);

    for name in ["results.json", "report.html"] {
        let [before, after] = [folder, again.path()].map(|folder| fs::read_to_string(folder.join(name)).unwrap());
        assert!(before == after, "{name} differs");
    }
}

/// Who has waited for an hour does not lose it.
#[cfg(target_os = "linux")]
#[test]
fn what_was_measured_until_it_is_stopped_is_written() {
    let folder = tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_compare"));
    command.args("bench --transports sse --clients 5 --rate 20 --seconds 1 --rounds 100 --out".split(' '));
    let mut bench = command.arg(folder.path()).stdout(Stdio::null()).spawn().unwrap();
    let mut publishers = BTreeSet::new();
    let since = Instant::now();
    while publishers.len() < 5 {
        publishers.extend(publishers_of(bench.id())); // two in each round: to warm up, and to measure
        assert!(since.elapsed() < 6 * LIMIT, "only {} publishers", publishers.len());
        yield_now();
    }

    Command::new("kill").args(["-INT", &bench.id().to_string()]).status().unwrap();

    assert!(bench.wait().unwrap().success());
    let results = results(folder.path());
    let runs = list(&results["subjects"][0]["runs"]);
    assert!((2..100).contains(&runs.len()), "{} rounds", runs.len());
    runs.iter().for_each(complete);
    names(&results["subjects"][0]["figures"], &FIGURES);
    assert!(list(&results["words"]).iter().any(|word| word == "stopped before the end: not all is measured"));
    assert!(folder.path().join("report.html").exists());
}

#[cfg(target_os = "linux")]
fn publishers_of(bench: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{bench}/task")).into_iter().flatten().flatten();
    let children = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let children: Vec<u32> =
        children.flat_map(|ids| ids.split_whitespace().map(|id| id.parse().unwrap()).collect::<Vec<u32>>()).collect();
    let is_publisher =
        |id: &u32| fs::read_to_string(format!("/proc/{id}/cmdline")).is_ok_and(|line| line.contains("bench-publisher"));

    children.into_iter().filter(is_publisher).collect()
}

/// The highest rate is a matter of time: what was found is not looked at.
#[test]
fn a_crowd_is_asked_for_its_highest_rate_and_for_how_long_a_post_takes() {
    let folder = tempdir().unwrap();

    let load = "--transports sse --clients 5 --rate 10 --seconds 1 --rounds 1 --crowd 10";
    bench(folder.path(), load, &[]);
    let results = results(folder.path());

    let crowd = &results["subjects"][0]["crowds"][0];
    verdict(&crowd["in_time"]);
    verdict(&crowd["waiting"]);
    complete(&crowd["posts"]["run"]);
    assert!(!list(&crowd["posts"]["run"]["answers_us"]).is_empty(), "{crowd:#}");
}

/// The five are peers here: what a peer must do, they do.
#[test]
fn a_peer_is_measured_beside_ours_and_one_that_is_not_there_is_left_out_with_a_word() {
    let folder = tempdir().unwrap();
    let peers = format!("again={} bench-server,nobody=/nowhere/nobody,idle=true", env!("CARGO_BIN_EXE_compare"));

    let load = "--transports sse --clients 5 --rate 10 --seconds 1 --rounds 1";
    bench(folder.path(), load, &["--peers", &peers]);
    let results = results(folder.path());

    let peers: Vec<&str> = list(&results["subjects"]).iter().map(|way| way["peer"].as_str().unwrap()).collect();
    let words: Vec<&str> = list(&results["words"]).iter().map(|word| word.as_str().unwrap()).collect();
    assert_eq!(peers, ["five-ways", "again"]);
    list(&results["subjects"]).iter().for_each(|way| complete(&way["runs"][0]));
    for left_out in ["nobody sse is left out: /nowhere/nobody is not there", "idle sse is left out: "] {
        assert!(words.iter().any(|word| word.starts_with(left_out)), "{words:?}");
    }
}

#[test]
fn the_help_of_the_page_names_the_benches_and_nothing_that_they_start() {
    let output = Command::new(env!("CARGO_BIN_EXE_compare")).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();

    let commands: Vec<&str> = help.lines().filter_map(|line| line.strip_prefix("  ")?.split("  ").next()).collect();
    assert!(["bench", "bench-kept", "bench-secure"].iter().all(|name| commands.contains(name)), "{help}");
    assert!(help.contains("--port") && !help.contains("-server") && !help.contains("-publisher"), "{help}");
}

#[test]
fn what_a_bench_of_kept_feeds_needs_is_said_before_it_begins() {
    let folder = tempdir().unwrap();
    let wanted =
        if cfg!(all(feature = "store", feature = "redis")) { "--redis-server" } else { "--features store,redis" };

    let mut command = Command::new(env!("CARGO_BIN_EXE_compare"));
    command.args(["bench-kept", "--redis-server", "/nowhere/redis-server", "--out"]).arg(folder.path());
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();

    assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.contains(wanted), "{said}");
}

/// Nothing here is a time, but for those that the bench itself has said: all came, once and in order, wherever it was kept.
#[cfg(all(feature = "store", feature = "redis"))]
#[test]
#[ignore = "needs redis-server: run by ./test"]
fn a_bench_of_kept_feeds_loses_nothing_and_writes_what_it_found() {
    let folder = tempdir().unwrap();
    let load = "--clients 20 --seconds 1 --rounds 1 --publishers 40 --trials 1";

    let mut command = Command::new(env!("CARGO_BIN_EXE_compare"));
    let output = command.arg("bench-kept").args(load.split(' ')).arg("--out").arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let kept: Value = serde_json::from_slice(&fs::read(folder.path().join("kept.json")).unwrap()).unwrap();

    let keepers: Vec<_> = list(&kept["alone"]).iter().map(|one| one["keeper"].as_str().unwrap()).collect();
    assert_eq!(keepers, ["memory", "file", "file, durable", "Redis"]);
    let ours = list(&kept["shared"]).iter().filter(|one| one["peer"] == "five-ways");
    let shared: Vec<_> = ours.map(|one| (&one["usual"], one["processes"].as_u64().unwrap())).collect();
    assert_eq!(shared.iter().map(|(_, processes)| *processes).collect::<Vec<_>>(), [2, 2, 4, 4]);
    let of_redis = list(&kept["of_redis"]);
    assert_eq!(of_redis.len(), 4);
    let runs = list(&kept["alone"]).iter().flat_map(|one| list(&one["runs"]));
    for run in runs.chain(shared.into_iter().map(|(usual, _)| usual)).chain(of_redis) {
        let wrong = ["lost", "repeated", "out_of_order", "broken"].map(|what| run[what].as_u64().unwrap());
        assert_eq!(wrong, [0; 4], "{run:#}");
        assert!(run["delivered"].as_u64().unwrap() > 0, "{run:#}");
    }
    assert!(kept["durable"]["in_a_sync"].as_f64().is_some_and(|messages| messages > 1.0), "{kept:#}");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("messages in one sync") && said.contains("several processes on one Redis"), "{said}");
    assert_eq!(folder.path().read_dir().unwrap().count(), 1, "its files while it ran are gone");
}

#[cfg(not(feature = "tls"))]
#[test]
fn what_a_bench_of_tls_needs_is_said_before_it_begins() {
    let folder = tempdir().unwrap();

    let mut command = Command::new(env!("CARGO_BIN_EXE_compare"));
    let output = command.args(["bench-secure", "--out"]).arg(folder.path()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();

    assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.contains("--features tls"), "{said}");
}

#[cfg(feature = "tls")]
#[test]
fn a_bench_of_both_polls_by_tls_and_http_2_loses_nothing_and_writes_what_it_found() {
    all_is_there_by_tls(&[("polling", true), ("long-polling", true)]);
}

#[cfg(feature = "tls")]
#[test]
fn a_bench_of_both_streams_by_tls_and_http_2_loses_nothing_and_writes_what_it_found() {
    all_is_there_by_tls(&[("iframe-stream", true), ("sse", true)]);
}

#[cfg(feature = "tls")]
#[test]
fn a_bench_of_sockets_by_tls_loses_nothing_and_offers_none_over_http_2() {
    all_is_there_by_tls(&[("websocket", false)]);
}

/// Of ways, each with whether HTTP/2 has it. Nothing here is a time, but for those that the bench itself has said: all came, once
/// and in order, by whatever line.
#[cfg(feature = "tls")]
fn all_is_there_by_tls(ways: &[(&str, bool)]) {
    let folder = tempdir().unwrap();
    let names: Vec<_> = ways.iter().map(|(way, _)| *way).collect();
    let load = "--clients 30 --seconds 1 --rounds 1 --transports";

    let mut command = Command::new(env!("CARGO_BIN_EXE_compare"));
    command.arg("bench-secure").args(load.split(' ')).arg(names.join(",")).arg("--out").arg(folder.path());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let secure: Value = serde_json::from_slice(&fs::read(folder.path().join("secure.json")).unwrap()).unwrap();

    let subjects = list(&secure["subjects"]);
    for (way, is_over_http_2) in ways {
        let of_way = subjects.iter().filter(|one| one["transport"] == *way);
        let lines: Vec<_> = of_way.map(|one| one["line"].as_str().unwrap()).collect();
        assert_eq!(
            lines,
            if *is_over_http_2 { &["clear", "tls", "h2", "shared"][..] } else { &["clear", "tls"] },
            "{way}"
        );
    }
    for one in subjects {
        assert!(list(&one["checks"]).iter().all(|check| check["passed"] == true), "{:#}", one["checks"]);
        list(&one["runs"]).iter().for_each(complete);
        assert!(one["figures"]["times"]["median"].is_number(), "{one:#}");
    }
    bytes_are_as_the_lines_have_them(list(&secure["bytes"]));
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(names.iter().all(|way| printed.contains(&format!("{way}, HTTP/1.1, TLS"))), "{printed}");
    assert_eq!(folder.path().read_dir().unwrap().count(), 1, "the certificate of while it ran is gone");
}

/// Each poll's request and answer: TLS adds to them, and HTTP/2 says each field of a head once.
#[cfg(feature = "tls")]
fn bytes_are_as_the_lines_have_them(bytes: &[Value]) {
    for way in ["polling", "long-polling"] {
        let of = |line: &str, what: &str| {
            let one = bytes.iter().find(|one| one["transport"] == way && one["line"] == line);
            [0, 1].map(|at| one.unwrap()[what][at].as_f64().unwrap())
        };

        assert_eq!(of("clear", "http"), of("clear", "tcp"));
        for at in [0, 1] {
            assert!(of("tls", "http")[at] < of("tls", "tcp")[at], "{bytes:#?}");
            assert!(of("h2", "http")[at] < of("tls", "http")[at], "{bytes:#?}");
        }
    }
}

#[test]
fn a_mistake_is_one_line_and_exit_code_2() {
    for wrong in ["--clients=0", "--size=1", "--transports=pigeon", "--rounds=many", "--peers=nobody", "--nonsense"] {
        let output = Command::new(env!("CARGO_BIN_EXE_compare")).args(["bench", wrong]).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();

        assert_eq!((output.status.code(), said.lines().count()), (Some(2), 1), "{wrong}: {said}");
        assert!(said.contains("--help lists the options"), "{said}");
    }
}

fn bench(folder: &Path, load: &str, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_compare"));
    command.arg("bench").args(load.split(' ')).args(more).arg("--out").arg(folder);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");

    output
}

fn results(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("results.json")).unwrap()).unwrap()
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("no list: {value:#}"))
}

/// All came, once and in order.
fn complete(run: &Value) {
    let number = |name: &str| run[name].as_u64().unwrap();

    assert!(number("published") > 0, "{run:#}");
    assert_eq!(number("delivered"), number("expected"), "{run:#}");
    for name in ["lost", "repeated", "out_of_order", "gaps", "broken"] {
        assert_eq!(number(name), 0, "{name}: {run:#}");
    }
    let counted: u64 = list(&run["delay"]["histogram"]).iter().map(|bucket| bucket[1].as_u64().unwrap()).sum();
    assert_eq!(counted, number("delivered"), "each delivery has a delay");
    verdict(run);
}

fn names(figures: &Value, wanted: &[&str]) {
    for name in wanted {
        let figure = list(figures).iter().find(|figure| figure["name"] == *name);
        let figure = figure.unwrap_or_else(|| panic!("no {name}: {figures:#}"));
        assert!(["median", "min", "max"].iter().all(|part| figure[part].is_number()), "{figure:#}");
        verdict(figure);
    }
}

fn verdict(figure: &Value) {
    assert!(figure["verdict"] == "server" || figure["verdict"] == "client", "{figure:#}");
}
