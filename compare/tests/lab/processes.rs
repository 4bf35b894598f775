//! The five as processes of their own: one of five is killed, or the one that has the file is restarted.

#[cfg(feature = "redis")]
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use compare::transports::ALL;
use shared::{Cursor, testing::LIMIT};
use tokio::runtime::Runtime;

#[cfg(feature = "store")]
use crate::between::put;
#[cfg(feature = "redis")]
use crate::redis::Redis;
use crate::{
    follower::{Follower, Ledger},
    support::{Page, Program},
};

/// More than any of it takes, on a busy machine.
const LONG: Duration = Duration::from_secs(60);

/// The newest message, as the page knows it.
fn newest(page: &Page) -> Cursor {
    let state = page.state();
    let (epoch, published) = (state["epoch"].as_str().unwrap(), state["published"].as_u64().unwrap());

    format!("{epoch}.{published}").parse().unwrap()
}

/// A client of each of the five, which has this message.
fn followers(program: &Program, cursor: Cursor) -> Vec<Follower> {
    ALL.iter().enumerate().map(|(at, row)| Follower::new(*row, program.tap(at), cursor)).collect()
}

/// All follow at once, until each has this message.
fn follow_all(runtime: &Runtime, followers: Vec<Follower>, last: u64) -> Vec<Follower> {
    runtime.block_on(async {
        let follow = |mut follower: Follower| async move {
            assert!(follower.until(last, LONG).await, "{last} did not come: {:?}", follower.ledger);
            follower
        };
        let tasks: Vec<_> = followers.into_iter().map(|follower| tokio::spawn(follow(follower))).collect();
        let mut followers = Vec::new();
        for task in tasks {
            followers.push(task.await.unwrap());
        }
        followers
    })
}

/// Nothing is lost, nothing comes twice, no gap is told.
fn assert_clean(followers: &[Follower], delivered: u64) {
    for (follower, row) in followers.iter().zip(ALL) {
        assert_eq!(follower.ledger, Ledger { delivered, ..Ledger::default() }, "{}", row.transport.name);
    }
}

/// The ids of the processes of the five.
fn processes(page: &Page) -> Vec<u64> {
    let state = page.state();
    let of = state["transports"].as_array().unwrap();

    of.iter().map(|of| of["process"].as_u64().expect("each has one")).collect()
}

/// By the hand of somebody else.
fn kill_by_hand(process: u64) {
    assert!(std::process::Command::new("kill").args(["-9", &process.to_string()]).status().unwrap().success());
}

/// Waits until a process is no more. One that nobody has asked how it ended may still have its number.
fn until_ended(process: u64) {
    let since = Instant::now();
    let is_there = || {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
    };
    while is_there() {
        assert!(since.elapsed() < LIMIT, "{process} goes on");
        std::thread::yield_now();
    }
}

#[cfg(feature = "store")]
#[test]
fn a_restart_of_the_process_that_has_the_file_loses_nothing_and_tells_no_gap() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("feed.db");
    let program = Program::start(&["--store", &file.to_string_lossy()]);
    let runtime = Runtime::new().unwrap();
    program.command("/feed", r#"{"rate":100}"#);
    let begun = newest(&program);
    let mut followers = followers(&program, begun);
    let mut process = processes(&program)[0];
    assert_eq!(processes(&program), [process; 5], "only one process may have the file");

    for command in [r#"{"name":"restart"}"#, r#"{"name":"kill","transport":"sse"}"#, "by hand"] {
        followers = follow_all(&runtime, followers, newest(&program).seq + 100);
        if command == "by hand" {
            kill_by_hand(process);
        } else {
            assert_eq!(program.command("/fault", command), "204");
        }
        let name = if command.contains("restart") { "restart" } else { "kill" };
        for (at, row) in ALL.iter().enumerate() {
            program.until(at, row.transport.name, |of| of["faults"][0]["name"] == name);
        }
        process = program.process(0, process);
        assert_eq!(processes(&program), [process; 5]);
    }
    followers = follow_all(&runtime, followers, newest(&program).seq + 100);
    program.command("/feed", r#"{"rate":0}"#);
    let last = newest(&program);
    followers = follow_all(&runtime, followers, last.seq);

    assert_eq!(last.epoch, begun.epoch, "the feed goes on");
    assert_clean(&followers, last.seq - begun.seq);
}

#[cfg(feature = "store")]
#[test]
#[ignore = "needs nginx: run by ./test"]
fn a_proxy_stands_in_front_of_processes_too_and_none_outlives_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Program::start(&["--store", &folder.path().join("feed.db").to_string_lossy()]);
    let runtime = Runtime::new().unwrap();
    program.command("/feed", r#"{"rate":100}"#);
    let begun = newest(&program);
    let process = processes(&program)[0];

    put(&program, "nginx", "right");
    let followers = follow_all(&runtime, followers(&program, begun), newest(&program).seq + 100);
    assert_eq!(program.command("/fault", r#"{"name":"kill"}"#), "204");
    program.process(0, process);
    let followers = follow_all(&runtime, followers, newest(&program).seq + 100);
    program.command("/feed", r#"{"rate":0}"#);
    let last = newest(&program);
    let followers = follow_all(&runtime, followers, last.seq);

    assert_clean(&followers, last.seq - begun.seq);
    let started = below(program.id());
    assert!(started.len() > 5, "the servers, and a proxy for each: {started:?}");
    program.kill();
    started.into_iter().for_each(until_ended);
}

/// The processes that one has started, and those that these have.
#[cfg(feature = "store")]
fn below(process: u32) -> Vec<u64> {
    let stat = |entry: std::fs::DirEntry| std::fs::read_to_string(entry.path().join("stat")).ok();
    let parent = |stat: String| {
        let (id, rest) = stat.split_once(' ')?;
        let parent = rest.rsplit_once(')')?.1.split(' ').nth(2)?;
        Some((id.parse().ok()?, parent.parse().ok()?))
    };
    let entries = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let all: Vec<(u64, u64)> = entries.filter_map(stat).filter_map(parent).collect();

    let mut found = vec![u64::from(process)];
    let mut at = 0;
    while let Some(one) = found.get(at).copied() {
        found.extend(all.iter().filter(|(_, parent)| *parent == one).map(|(id, _)| id));
        at += 1;
    }
    found.split_off(1)
}

#[cfg(feature = "store")]
#[test]
fn what_is_said_on_the_page_is_kept_by_the_process_that_has_the_file_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("feed.db");
    let program = Program::start(&["--store", &file.to_string_lossy()]);
    program.command("/feed", r#"{"rate":0}"#);

    let key = "Content-Type: text/plain\r\nIdempotency-Key: 5f1c3b0a-4d2e-4c55\r\n";
    let first = program.ask("POST /say", key, "once");
    let published = newest(&program).seq;
    let process = processes(&program)[0];
    assert_eq!(program.command("/fault", r#"{"name":"kill"}"#), "204");
    program.process(0, process);
    let [again, another] = ["once", "another text"].map(|text| program.ask("POST /say", key, text));
    assert_eq!(program.command("/burst", r#"{"count":1000}"#), "204");

    assert!([&first, &again].iter().all(|answer| answer.starts_with("HTTP/1.1 204")), "{first} {again}");
    assert!(another.starts_with("HTTP/1.1 422"), "{another}");
    assert_eq!(newest(&program).seq, published + 1_000);
    assert_eq!(program.state()["reachable"], true);
}

#[cfg(feature = "store")]
#[test]
fn no_process_outlives_the_program_and_the_next_goes_on_with_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("feed.db");
    let options = ["--store", &file.to_string_lossy()];
    let mut program = Program::start(&options);
    program.command("/feed", r#"{"rate":0}"#);
    assert_eq!(program.command("/burst", r#"{"count":100}"#), "204");
    let (seen, process) = (newest(&program), processes(&program)[0]);

    program.kill();
    until_ended(process);

    let next = Program::start(&options);
    let goes_on = newest(&next);
    assert!(goes_on.epoch == seen.epoch && goes_on.seq >= seen.seq, "{seen} {goes_on}");
}

#[cfg(feature = "store")]
#[test]
fn a_file_that_another_program_has_is_one_line_and_exit_code_1() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("feed.db");
    let _program = Program::start(&["--store", &file.to_string_lossy()]);

    let mut second = std::process::Command::new(env!("CARGO_BIN_EXE_compare"));
    let refused = second.args(["--port", "0", "--store"]).arg(&file).output().unwrap();

    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!((refused.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.contains("another process has it open"), "{said}");
}

#[cfg(feature = "redis")]
#[test]
#[ignore = "needs redis-server: run by ./test"]
fn where_one_of_five_processes_is_killed_the_others_lose_nothing_and_its_client_goes_on() {
    let redis = Redis::start(&[]);
    let program = Program::start(&["--redis", &redis.url()]);
    let runtime = Runtime::new().unwrap();
    program.command("/feed", r#"{"rate":100}"#);
    let begun = newest(&program);
    let mut followers = followers(&program, begun);
    assert_eq!(BTreeSet::from_iter(processes(&program)).len(), 5, "each is a process of its own");

    for (at, row) in ALL.iter().enumerate() {
        followers = follow_all(&runtime, followers, newest(&program).seq + 100);
        let before = processes(&program);
        let command = format!(r#"{{"name":"kill","transport":"{}"}}"#, row.transport.name);
        assert_eq!(program.command("/fault", &command), "204");
        program.until(at, row.transport.name, |of| of["faults"][0]["name"] == "kill");
        program.process(at, before[at]);

        let now = processes(&program);
        for other in (0..5).filter(|other| *other != at) {
            assert_eq!(now[other], before[other], "{} stays", ALL[other].transport.name);
        }
    }
    followers = follow_all(&runtime, followers, newest(&program).seq + 100);
    program.command("/feed", r#"{"rate":0}"#);
    let last = newest(&program);
    followers = follow_all(&runtime, followers, last.seq);

    assert_eq!(last.epoch, begun.epoch);
    assert_clean(&followers, last.seq - begun.seq);
}

#[cfg(feature = "redis")]
#[test]
#[ignore = "needs redis-server: run by ./test"]
fn five_processes_restart_and_none_outlives_the_program() {
    let redis = Redis::start(&[]);
    let mut program = Program::start(&["--redis", &redis.url()]);
    let before = processes(&program);

    assert_eq!(program.command("/fault", r#"{"name":"restart"}"#), "204");
    let after: Vec<u64> = before.iter().enumerate().map(|(at, id)| program.process(at, *id)).collect();
    before.iter().for_each(|process| until_ended(*process));
    kill_by_hand(after[2]);
    let again = program.process(2, after[2]);

    program.kill();
    after.iter().chain([&again]).for_each(|process| until_ended(*process));
}

#[cfg(feature = "redis")]
#[test]
#[ignore = "needs redis-server: run by ./test"]
fn the_page_says_when_redis_is_away() {
    let mut redis = Redis::start(&[]);
    let program = Program::start(&["--redis", &redis.url()]);
    program.until_state("there", |state| state["reachable"] == true);

    redis.kill();

    program.until_state("away", |state| state["reachable"] == false);
    let said = program.ask("POST /say", "Content-Type: text/plain\r\n", "not now");
    assert!(said.starts_with("HTTP/1.1 503 ") && said.to_lowercase().contains("\r\nretry-after: "), "{said}");
}
