//! The same contract again: of feeds that are kept elsewhere than in memory, and over TLS. No transport notices.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{env, ffi::OsStr, process::Command};

use compare::transports::ALL;

use crate::clauses::SECTIONS;

/// What fails only where an answer is late is tried so often.
const TRIES: usize = 20;

/// A clause that is not kept, and why.
type Lack = (&'static str, &'static str);

/// Of a feed that is kept elsewhere.
#[cfg(any(feature = "store", feature = "redis"))]
const LACKS: [Lack; 1] = [(
    "what_was_asked_before_a_half_close_is_answered",
    "where it is set to notice a client that closed, actix-http ends the connection of one that has closed its half, unless the answer is \
     there at once; a POST to such a feed must wait. It is published",
)];

/// All clauses but those that are lacking, where this variable is set.
fn holds(name: &str, place: impl AsRef<OsStr>, lacks: &[Lack]) {
    let is_lacking = |clause: &&str| lacks.iter().any(|(lacking, _)| lacking == clause);
    let all = SECTIONS.iter().flat_map(|section| section.clauses).copied();
    let clauses: Vec<&str> = all.filter(|clause| !is_lacking(clause)).collect();

    let (good, text) = ask(&clauses, name, place.as_ref());
    assert!(good, "{text}");
    assert!(text.contains(&format!("{} passed", clauses.len() * ALL.len())), "{text}");
    for (clause, reason) in lacks {
        let fails = (0..TRIES).any(|_| !ask(&[clause], name, place.as_ref()).0);
        assert!(fails, "{clause} is kept, though it was said: {reason}");
    }
}

/// Whether these clauses are kept, and what was printed.
fn ask(clauses: &[&str], name: &str, place: &OsStr) -> (bool, String) {
    let tests = clauses.iter().map(|clause| format!("{clause}::"));
    let output = Command::new(env::current_exe().unwrap()).args(tests).env(name, place).output().unwrap();

    (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[cfg(feature = "store")]
#[test]
fn the_contract_holds_on_a_feed_in_a_file() {
    let folder = tempfile::tempdir().unwrap();

    holds(shared::testing::STORES, folder.path(), &LACKS);

    let files = folder.path().read_dir().unwrap().count();
    assert!(files > 200, "{files} files: the feeds were not kept there");
}

#[cfg(feature = "redis")]
#[test]
#[ignore = "needs redis-server: run by ./test"]
fn the_contract_holds_on_a_feed_in_redis() {
    let redis = crate::redis::Redis::start(&[]);

    holds(shared::testing::REDIS, redis.url(), &LACKS);

    let feeds = redis.ask(&["DBSIZE"])[0].parse::<usize>().unwrap();
    assert!(feeds > 200, "{feeds} keys: the feeds were not kept there");
}

#[cfg(feature = "tls")]
#[test]
fn the_contract_holds_over_tls() {
    let folder = tempfile::tempdir().unwrap();

    holds(shared::testing::TLS, folder.path(), &[]);

    assert!(folder.path().join("localhost.pem").exists(), "TLS was not spoken");
}
