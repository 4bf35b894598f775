//! A real proxy between the taps and the servers.

use std::time::Duration;

use compare::transports::{ALL, Row};
use futures_util::future::join_all;
use serde_json::{Value, json};
use shared::{
    Cursor,
    testing::{Wire, newest},
};
use tokio::runtime::Runtime;

#[cfg(all(unix, any(feature = "store", feature = "redis")))]
use crate::support::Program;
use crate::{
    follower::{Follower, Ledger},
    support::{Lab, Page},
};

/// More than any of it takes, on a busy machine.
const LONG: Duration = Duration::from_secs(60);

const NOTHING: &str = r#"{"name":null,"form":null}"#;

/// Puts it between, and waits until it stands.
pub(crate) fn put(page: &Page, name: &str, form: &str) -> Value {
    assert_eq!(page.command("/between", &json!({ "name": name, "form": form }).to_string()), "204");

    page.until_state(name, |state| {
        let between = &state["between"];
        assert_eq!(between["problem"], Value::Null);
        between["stands"]["name"] == name && between["stands"]["form"] == form
    })
}

fn take_away(page: &Page) {
    assert_eq!(page.command("/between", NOTHING), "204");
    page.until_state("nothing", |state| state["between"]["stands"] == Value::Null);
}

/// What the page of a way is answered on the browser's side: the head, or all of it.
fn ask(lab: &Lab, at: usize, question: &str, headers: &str) -> String {
    let tap = lab.tap(at);
    let mut wire = Wire::to(tap);
    wire.send(format!("{question} HTTP/1.1\r\nHost: {tap}\r\nOrigin: http://{tap}\r\n{headers}\r\n"));

    wire.until("\r\n\r\n")
}

fn followers(lab: &Lab, cursor: Cursor) -> Vec<(Row, Follower)> {
    ALL.into_iter().enumerate().map(|(at, row)| (row, Follower::new(row, lab.tap(at), cursor))).collect()
}

async fn follow_all(followers: &mut [(Row, Follower)], last: u64) {
    let follow = async |(row, follower): &mut (Row, Follower)| {
        let name = row.transport.name;
        assert!(follower.until(last, LONG).await, "{name}: {last} did not come: {:?}", follower.ledger);
    };

    join_all(followers.iter_mut().map(follow)).await;
}

#[test]
fn nothing_stands_between_until_something_is_wanted() {
    let lab = Lab::start(&[]);

    assert_eq!(lab.command("/between", NOTHING), "204");

    let state = lab.state();
    assert_eq!(state["between"], json!({ "wanted": null, "stands": null }), "{state:#}");
    assert_eq!(state["transports"][0]["answered"], Value::Null, "{state:#}");
}

#[test]
#[ignore = "needs nginx: run by ./test"]
fn through_nginx_as_it_is_right_all_five_pass_and_nothing_is_lost_in_coming_and_going() {
    let lab = Lab::start(&[]);
    lab.command("/feed", r#"{"rate":100}"#);
    let cursor = newest(lab.feed());
    let runtime = Runtime::new().unwrap();
    let mut all = followers(&lab, cursor);
    runtime.block_on(follow_all(&mut all, cursor.seq + 100));

    let state = put(&lab, "nginx", "right");
    runtime.block_on(follow_all(&mut all, newest(lab.feed()).seq + 200));
    let status = ask(&lab, 0, "GET /status", "");
    let posts = [0, 1, 2, 3].map(|at| state["transports"][at]["answered"]["post"].clone());
    let handshake = ask(&lab, 4, "GET /messages", ALL[4].headers);
    take_away(&lab);
    lab.command("/feed", r#"{"rate":0}"#);
    let last = newest(lab.feed()).seq;
    runtime.block_on(follow_all(&mut all, last));

    assert!(status.starts_with("HTTP/1.1 200 ") && status.to_lowercase().contains("\r\nserver: nginx"), "{status}");
    assert_eq!(posts, [400; 4], "an empty text is refused for that alone");
    assert_eq!(state["transports"][4]["answered"], json!({ "handshake": 101 }));
    assert!(handshake.starts_with("HTTP/1.1 101 "), "{handshake}");
    assert!(state["between"]["stands"]["version"].as_str().unwrap().contains('.'), "{state:#}");
    for (row, follower) in all {
        let expected = Ledger { delivered: last - cursor.seq, ..Ledger::default() };
        assert_eq!(follower.ledger, expected, "{}", row.transport.name);
    }
    assert!(!ask(&lab, 0, "GET /status", "").to_lowercase().contains("server: nginx"), "it stands there no more");
}

#[test]
#[ignore = "needs nginx: run by ./test"]
fn nginx_as_it_comes_refuses_the_socket_and_every_text() {
    let lab = Lab::start(&[]);

    let state = put(&lab, "nginx", "as-it-comes");
    let handshake = ask(&lab, 4, "GET /messages", ALL[4].headers);
    let post = ask(&lab, 3, "POST /messages", "Content-Type: text/plain\r\nContent-Length: 0\r\n");

    assert!(!handshake.starts_with("HTTP/1.1 101 "), "{handshake}");
    assert_ne!(state["transports"][4]["answered"]["handshake"], 101, "{state:#}");
    assert!(state["transports"][4]["answered"]["handshake"].as_u64().unwrap() >= 400, "{state:#}");
    assert_eq!([0, 1, 2, 3].map(|at| state["transports"][at]["answered"]["post"].clone()), [403; 4]);
    assert!(post.starts_with("HTTP/1.1 403 "), "{post}");
}

#[test]
#[ignore = "needs nginx: run by ./test"]
fn of_many_wishes_the_last_is_done() {
    let lab = Lab::start(&[]);

    for form in ["right", "as-it-comes", "right", "as-it-comes"] {
        assert_eq!(lab.command("/between", &json!({ "name": "nginx", "form": form }).to_string()), "204");
    }
    let stands = put(&lab, "nginx", "right")["between"].clone();

    assert_eq!(stands["wanted"], json!({ "name": "nginx", "form": "right" }), "{stands:#}");
    take_away(&lab);
    assert!(ask(&lab, 4, "GET /messages", ALL[4].headers).starts_with("HTTP/1.1 101 "), "nothing comes after it");
}

#[cfg(all(unix, any(feature = "store", feature = "redis")))]
#[test]
fn where_a_proxy_does_not_start_the_page_says_why_and_nothing_changes() {
    use std::{env, fs, iter::once, os::unix::fs::PermissionsExt as _, path::PathBuf, process::Command};

    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("nginx");
    fs::write(&broken, "#!/bin/sh\necho nginx/9.9\n[ \"$1\" = -v ] || { echo no luck today >&2; exit 3; }\n").unwrap();
    fs::set_permissions(&broken, fs::Permissions::from_mode(0o755)).unwrap();
    let path = env::var_os("PATH").unwrap();
    let path = env::join_paths(once(PathBuf::from(folder.path())).chain(env::split_paths(&path))).unwrap();
    let program = Program::of(Command::new(env!("CARGO_BIN_EXE_compare")).env("PATH", path));

    assert_eq!(program.command("/between", r#"{"name":"nginx","form":"right"}"#), "204");
    let state = program.until_state("a problem", |state| state["between"]["problem"].is_string());

    let problem = state["between"]["problem"].as_str().unwrap();
    assert!(problem.starts_with("nginx does not start: ") && problem.contains("no luck today"), "{problem}");
    assert_eq!(problem.lines().count(), 1, "{problem}");
    assert_eq!((&state["between"]["wanted"], &state["between"]["stands"]), (&Value::Null, &Value::Null), "{state:#}");
    assert!(program.ask("GET /", "", "").contains("<option value=\"nginx\">"), "it may be tried again");
    assert_eq!(program.command("/between", NOTHING), "204");
    program.until_state("no problem", |state| state["between"]["problem"] == Value::Null);
}
