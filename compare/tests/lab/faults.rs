//! Each fault in turn, of all five at once, while a hundred messages a second are published.

use std::time::Duration;

use compare::transports::ALL;
use shared::testing::{Wire, newest};
use tokio::{runtime::Runtime, time::Instant};

use crate::{
    follower::{Follower, Ledger},
    support::Lab,
};

/// More than any of the faults takes, on a busy machine.
const LONG: Duration = Duration::from_secs(60);

const FAULTS: [(&str, &str); 6] = [
    ("cut", r#"{"name":"cut"}"#),
    ("silence", r#"{"name":"silence"}"#),
    ("refuse", r#"{"name":"refuse"}"#),
    ("slow", r#"{"name":"slow","rate":20}"#),
    ("buffer", r#"{"name":"buffer"}"#),
    ("restart", r#"{"name":"restart"}"#),
];

#[test]
fn whatever_happens_to_the_connections_nothing_is_lost_and_nothing_comes_twice() {
    let lab = Lab::start(&[]);
    lab.command("/feed", r#"{"rate":100}"#);
    let cursor = newest(lab.feed());
    let followers: Vec<_> = ALL.iter().enumerate().map(|(at, row)| Follower::new(*row, lab.tap(at), cursor)).collect();

    let (last, followers) = Runtime::new().unwrap().block_on(async {
        let mut tasks: Vec<_> = followers.into_iter().map(|follower| (follower, cursor.seq)).collect();
        for (name, command) in FAULTS {
            let begun = Instant::now();
            tokio::task::block_in_place(|| assert_eq!(lab.command("/fault", command), "204", "{name}"));
            let healthy = newest(lab.feed()).seq + 300; // 3 s of it
            tasks = follow_all(tasks, healthy).await;
            eprintln!("{name}: all five are there after {:?}", begun.elapsed());
        }
        tokio::task::block_in_place(|| lab.command("/feed", r#"{"rate":0}"#));
        let last = newest(lab.feed()).seq;
        (last, follow_all(tasks, last).await)
    });

    for (follower, _) in followers {
        let expected = Ledger { delivered: last - cursor.seq, ..Ledger::default() };
        assert_eq!(follower.ledger, expected);
    }
}

async fn follow_all(followers: Vec<(Follower, u64)>, last: u64) -> Vec<(Follower, u64)> {
    let tasks: Vec<_> = followers
        .into_iter()
        .map(|(mut follower, _)| {
            tokio::spawn(async move {
                assert!(follower.until(last, LONG).await, "{last} did not come: {:?}", follower.ledger);
                (follower, last)
            })
        })
        .collect();
    let mut followers = Vec::new();
    for task in tasks {
        followers.push(task.await.unwrap());
    }

    followers
}

#[test]
fn with_a_short_history_what_the_ring_dropped_is_reported_and_counted() {
    let lab = Lab::start(&["--history", "100"]);
    lab.command("/feed", r#"{"rate":0}"#);
    let cursor = newest(lab.feed());
    lab.command("/burst", r#"{"count":250}"#);

    Runtime::new().unwrap().block_on(async {
        for (at, row) in ALL.iter().enumerate() {
            let mut follower = Follower::new(*row, lab.tap(at), cursor);
            assert!(follower.until(cursor.seq + 250, LONG).await);

            let expected = Ledger { delivered: 100, lost: 150, gaps: 1, ..Ledger::default() };
            assert_eq!(follower.ledger, expected, "{}", row.transport.name);
        }
    });
}

#[test]
fn a_fault_shows_while_it_lasts_and_ends_by_itself() {
    let lab = Lab::start(&[]);

    for (name, command) in &FAULTS {
        assert_eq!(lab.command("/fault", command), "204", "{name}");
        let of = lab.state()["transports"].clone();
        assert!(of.as_array().unwrap().iter().all(|of| of["faults"][0]["name"] == *name), "{name}: {of:#}");

        for (at, row) in ALL.iter().enumerate() {
            lab.until(at, row.transport.name, |of| of["faults"].as_array().unwrap().is_empty());
        }
    }
    assert_eq!(lab.command("/fault", r#"{"name":"silence","transport":"sse"}"#), "204");
    let silent: Vec<_> = lab.state()["transports"].as_array().unwrap().iter().map(|of| of["faults"].clone()).collect();
    assert!(
        silent.iter().zip(ALL).all(|(faults, row)| (row.transport.name == "sse") != (faults == &serde_json::json!([])))
    );
}

#[test]
fn while_a_server_restarts_new_connections_wait_and_none_is_refused() {
    let lab = Lab::start(&[]);

    for (at, row) in ALL.iter().enumerate() {
        let before = lab.laboratory.testbeds()[at].tap().totals();
        let command = format!(r#"{{"name":"restart","transport":"{}"}}"#, row.transport.name);
        assert_eq!(lab.command("/fault", &command), "204");

        let mut asked = 0;
        loop {
            let mut wire = Wire::to(lab.tap(at));
            wire.send("GET /status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            let answer = wire.rest();
            assert!(answer.starts_with("HTTP/1.1 200 "), "{}: {answer:?}", row.transport.name);
            asked += 1;
            if !lab.laboratory.testbeds()[at].is_restarting() {
                break;
            }
        }
        eprintln!("{}: {asked} answers meanwhile", row.transport.name);
        assert!(lab.laboratory.testbeds()[at].tap().totals().opened >= before.opened + asked);
    }
}
