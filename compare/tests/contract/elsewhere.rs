//! The ways taken home as docs/TAKE-HOME.md says: a project outside of the workspace, and the contract asked of it.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Instant,
};

use compare::{client::websocket::frame, transports::ALL};
use shared::testing::{LIMIT, Wire};
use tempfile::TempDir;
use tokio::task::{JoinSet, spawn_blocking};

use crate::{
    clauses::SECTIONS,
    support::{Follower, PLAIN},
    target::{AT, LACKS, PARTLY, PATHS, Target},
};

#[test]
fn what_an_app_elsewhere_is_not_asked_is_a_clause() {
    let clauses: Vec<_> = SECTIONS.iter().flat_map(|section| section.clauses).collect();

    for (clause, lacks) in LACKS.into_iter().chain(PARTLY) {
        assert!(clauses.contains(&&clause), "{clause}, which needs {lacks}, is no clause");
    }
    for (clause, rest) in PARTLY {
        assert!(!LACKS.iter().any(|(lacking, _)| *lacking == clause), "{clause} is not asked at all, beside {rest}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a minute to build an App: run by ./test"]
async fn an_app_elsewhere_keeps_the_contract() {
    let home = home();
    copy(&root().join("compare/tests/take_home/app"), &home.path().join("app"));
    let app = App::start(&build(&home.path().join("app"), "build").join("app"));

    let asked: Vec<String> = SECTIONS
        .iter()
        .flat_map(|section| section.clauses)
        .filter(|clause| !LACKS.iter().any(|(lacking, _)| lacking == *clause))
        .map(|clause| format!("{clause}::"))
        .collect();
    let mut clauses = Command::new(env::current_exe().unwrap());
    let output = clauses.args(&asked).env(AT, app.address.to_string()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    println!("{text}");
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains(&format!("{} passed", asked.len() * ALL.len())), "{asked:?}");

    two_kinds_of_messages_do_not_mix(app.address);
    a_signal_ends_each_way(app).await;
}

/// A client of each way has heard a message, and waits for the next when the App is told to end.
async fn a_signal_ends_each_way(app: App) {
    let mut ends = JoinSet::new();
    for row in ALL {
        let room = Target::room(&row, app.address);
        let mut client = Follower::at(&row, &room, Some(&room.newest())).await;
        room.publish("last");
        assert_eq!(client.texts(1).await, ["last"], "{}", row.transport.name);
        ends.spawn(async move { (row.transport.name, client.end().await, row.stop) });
    }

    spawn_blocking(|| app.terminate()).await.unwrap();

    for (name, end, stop) in ends.join_all().await {
        assert_eq!(end, stop, "{name}");
    }
}

/// Notes and chat of one room are two feeds, and each way carries both.
fn two_kinds_of_messages_do_not_mix(address: SocketAddr) {
    const CHAT: &str = r#"{"name":"Ada","words":"hello"}"#;
    for (row, way) in ALL.iter().zip(PATHS) {
        let path = format!("/chat/{way}/{way}");
        let mut sender = ask(address, &format!("GET {path}"), row.headers, "");
        if row.two_way {
            sender.until("\r\n\r\n");
            sender.send(frame(1, CHAT.as_bytes()));
        } else {
            let head = ask(address, &format!("POST {path}"), PLAIN, CHAT).head();
            assert_eq!(head[0], "HTTP/1.1 201 Created", "{way}");
        }
        let mut chat = ask(address, &format!("GET {path}?after=start"), row.headers, "");
        hears(&mut chat, r#","name":"Ada","words":"hello"}"#);

        let mut notes = ask(address, &format!("GET /notes/{way}/poll"), "", "");
        assert!(notes.until("]}").contains(r#""messages":[]"#), "{way}: a note has come of it");
        let wrong = ask(address, &format!("POST {path}"), PLAIN, "no JSON").head();
        assert_eq!(wrong[0], "HTTP/1.1 400 Bad Request", "{way}");
    }
}

/// Reads up to this, whatever comes before.
fn hears(wire: &mut Wire, words: &str) {
    let mut heard = Vec::new();
    while !heard.ends_with(words.as_bytes()) {
        heard.extend(wire.exactly(1));
    }
}

fn ask(address: SocketAddr, line: &str, headers: &str, body: &str) -> Wire {
    let mut wire = Wire::to(address);
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    wire.send(format!("{line} HTTP/1.1\r\nHost: localhost\r\n{headers}{length}\r\n{body}"));

    wire
}

#[test]
#[ignore = "needs a minute to build a copy: run by ./test"]
fn the_ground_and_two_ways_work_as_copies() {
    let home = home();
    let own = home.path().join("own");
    let take_home = root().join("compare/tests/take_home");
    for (from, to) in
        [(take_home.join("ground.toml"), "shared/Cargo.toml"), (take_home.join("copies.toml"), "Cargo.toml")]
    {
        fs::create_dir_all(own.join(to).parent().unwrap()).unwrap();
        fs::copy(from, own.join(to)).unwrap();
    }
    let left = ["shell.rs", "shell", "store.rs", "store", "redis.rs", "redis", "testing.rs"];
    copy_but(&root().join("shared/src"), &own.join("shared/src"), &left);
    copy_but(&root().join("sse/src"), &own.join("src/sse"), &["main.rs", "demo.rs"]);
    copy_but(&root().join("websocket/src"), &own.join("src/websocket"), &["main.rs", "demo.rs", "echo.rs"]);
    for way in ["sse", "websocket"] {
        fs::rename(own.join("src").join(way).join("lib.rs"), own.join("src").join(way).join("mod.rs")).unwrap();
    }
    fs::copy(take_home.join("copies.rs"), own.join("src/main.rs")).unwrap();

    // What was copied brings its own tests along.
    build(&own.join("shared"), "test");
    build(&own, "test");
}

/// The project's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// A folder with this project in it, under the name that the text gives it.
fn home() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(root(), home.path().join("five-ways")).unwrap();

    home
}

fn copy(from: &Path, to: &Path) {
    copy_but(from, to, &[]);
}

/// Copies a folder, without the entries of these names in it.
fn copy_but(from: &Path, to: &Path, but: &[&str]) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let name = entry.file_name();
        if but.iter().any(|one| name == *one) {
            continue;
        }
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(&name));
        } else {
            fs::copy(entry.path(), to.join(&name)).unwrap();
        }
    }
}

/// Builds or tests a project with the versions of this one, and gives the folder of its programs.
fn build(project: &Path, how: &str) -> PathBuf {
    let target = root().join("target/take-home");
    fs::copy(root().join("Cargo.lock"), project.join("Cargo.lock")).unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.arg(how).args(["--offline", "--quiet", "--target-dir"]).arg(&target).current_dir(project);
    let output = cargo.env("CARGO_PROFILE_DEV_DEBUG", "0").output().unwrap();

    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
    target.join("debug")
}

/// An App that runs. It ends when it is dropped.
struct App {
    address: SocketAddr,
    process: Child,
}

impl App {
    fn start(program: &Path) -> Self {
        let mut process = Command::new(program).arg("127.0.0.1:0").stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();

        Self { address: line.trim().parse().unwrap(), process }
    }

    /// Ends it as a service manager does: in time, and without an error.
    fn terminate(mut self) {
        let since = Instant::now();
        assert!(Command::new("kill").arg(self.process.id().to_string()).status().unwrap().success());
        let status = loop {
            match self.process.try_wait().unwrap() {
                Some(status) => break status,
                None => assert!(since.elapsed() < LIMIT, "it does not end"),
            }
        };
        assert!(status.success(), "{status}");
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.process.kill().ok(); // it may have ended already
        self.process.wait().ok();
    }
}
