//! The contract, asked of what stands between: its tests are a program, which cargo builds.

use std::{io, net::SocketAddr, path::PathBuf, process::Stdio, time::Duration};

use serde::Deserialize;
use tokio::{process::Command, time::timeout};

/// What a proxy is asked: the transport's own clauses and promises. `compare/tests/contract/behind.rs` says why not the others.
pub const CLAUSES: [&str; 12] = [
    "without_after_it_starts_with_the_newest_message",
    "after_start_gives_everything_held",
    "after_a_cursor_gives_what_comes_after_it",
    "another_parameter_is_passed_over",
    "an_unknown_cursor_gives_everything_held_and_the_gap_first",
    "a_client_is_told_its_place_and_when_it_is_up_to_date",
    "a_text_is_published",
    "a_key_is_published_once",
    "a_foreign_origin_is_403",
    "messages_arrive_in_order_and_once",
    "a_client_that_was_cut_off_loses_and_repeats_nothing",
    "a_hostile_text_arrives_unchanged",
];

/// By this the tests know where to ask.
const AT: &str = "FIVE_WAYS_CONTRACT_AT";
/// And by this that a proxy is there.
const BEHIND: &str = "FIVE_WAYS_CONTRACT_BEHIND";
/// A test that fails waits for long; so many wait at once.
const THREADS: &str = "8";
/// It ends within this, or not at all.
const LIMIT: Duration = Duration::from_secs(900);
/// The workspace.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The program of the tests.
#[derive(Debug)]
pub(super) struct Contract(PathBuf);

/// A clause that was asked of one way.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) clause: String,
    /// As in the name of a test, with `_`.
    pub(super) way: String,
    pub(super) is_kept: bool,
}

/// What cargo says of each thing that it has built.
#[derive(Deserialize)]
struct Built {
    target: Option<Target>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

impl Contract {
    /// Builds it, with what this program is built with.
    ///
    /// # Errors
    /// When cargo is not there, or says why not.
    pub(super) async fn build() -> io::Result<Self> {
        let features = [("store", cfg!(feature = "store")), ("redis", cfg!(feature = "redis"))];
        let features: Vec<&str> = features.iter().filter(|(_, is_on)| *is_on).map(|(name, _)| *name).collect();
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["test", "-p", "compare", "--test", "contract", "--no-run", "--message-format=json", "--quiet"]);
        cargo.args(["--features", &features.join(",")]).current_dir(ROOT).stdin(Stdio::null());
        let output = cargo.kill_on_drop(true).output().await?;
        let said = String::from_utf8_lossy(&output.stdout);

        let program = said.lines().find_map(program);
        program.map(Self).ok_or_else(|| {
            let error = String::from_utf8_lossy(&output.stderr);
            io::Error::other(format!("cargo did not build the contract: {}", error.lines().next().unwrap_or_default()))
        })
    }

    /// Asks what is at this address. A clause of which nothing is known is not kept.
    ///
    /// # Errors
    /// When the tests do not come to an end.
    pub(super) async fn ask(&self, address: SocketAddr) -> io::Result<Vec<Asked>> {
        let mut command = Command::new(&self.0);
        command.args(CLAUSES.map(|clause| format!("::{clause}::"))).args(["--test-threads", THREADS]);
        command.env(AT, address.to_string()).env(BEHIND, "yes").stdin(Stdio::null()).kill_on_drop(true);
        let output = timeout(LIMIT, command.output()).await;
        let output = output.map_err(|_| io::Error::other("the contract's tests do not end"))??;
        let asked: Vec<Asked> = String::from_utf8_lossy(&output.stdout).lines().filter_map(asked).collect();

        if asked.is_empty() { Err(io::Error::other("the contract's tests say nothing")) } else { Ok(asked) }
    }
}

fn program(line: &str) -> Option<PathBuf> {
    let built: Built = serde_json::from_str(line).ok()?;

    built.executable.filter(|_| built.target.is_some_and(|target| target.name == "contract"))
}

/// `test SECTION::CLAUSE::WAY ... ok`, or `FAILED`.
fn asked(line: &str) -> Option<Asked> {
    let (name, outcome) = line.strip_prefix("test ")?.split_once(" ... ")?;
    let mut parts = name.rsplit("::");
    let (way, clause) = (parts.next()?.to_owned(), parts.next()?.to_owned());

    CLAUSES.contains(&clause.as_str()).then(|| Asked { clause, way, is_kept: outcome == "ok" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_tests_say_is_understood() {
        let line = "test channel::a_text_is_published::long_polling ... ";
        let of = |is_kept| {
            let (clause, way) = ("a_text_is_published".to_owned(), "long_polling".to_owned());
            Some(Asked { clause, way, is_kept })
        };

        assert_eq!(asked(&format!("{line}ok")), of(true));
        assert_eq!(asked(&format!("{line}FAILED")), of(false));
        assert_eq!(asked("test result: ok. 65 passed; 0 failed"), None);
        assert_eq!(asked("---- channel::a_text_is_published::sse stdout ----"), None);
    }

    #[test]
    fn the_program_is_the_one_of_that_name() {
        let line = |name: &str, file: &str| format!(r#"{{"target":{{"name":"{name}"}},"executable":{file}}}"#);

        assert_eq!(program(&line("contract", r#""/x/contract-1""#)), Some(PathBuf::from("/x/contract-1")));
        assert_eq!(program(&line("contract", "null")), None);
        assert_eq!(program(&line("compare", r#""/x/compare""#)), None);
        assert_eq!(program(r#"{"reason":"build-finished","success":true}"#), None);
    }
}
