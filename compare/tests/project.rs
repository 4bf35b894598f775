//! The project keeps its own rules: one shape for all five, one table of lints, and tiny servers.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use compare::transports::ALL;

/// What stands in each of the five `lib.rs`, in this order.
const SHAPE: [&str; 3] = ["demo", "respond", "encode"];

/// What else stands in one of them, and why. An exception that is no longer needed fails the test.
const EXCEPTIONS: [(&str, &[&str], &str); 5] = [
    ("polling", &["nothing"], "there is an answer without news"),
    ("long-polling", &["settings", "nothing"], "an answer waits, but not for ever"),
    ("iframe-stream", &["script", "settings"], "a document has a form, and must not grow for ever"),
    ("sse", &["event", "settings", "last_event_id"], "events have a form, and the browser says where it was"),
    (
        "websocket",
        &[
            "body",
            "close_code",
            "echo",
            "fragments",
            "frame",
            "handshake",
            "header",
            "keyed",
            "life",
            "outlet",
            "session",
            "settings",
            "unmasked",
            "waiting",
            "frames",
            "converse",
        ],
        "it has a handshake, and goes both ways",
    ),
];

/// As many crates may be in one server, itself counted.
const MOST_CRATES: usize = 180;

/// As many without the shell: actix-web, tokio and serde_json alone bring 101. A WebSocket has a handshake to compute.
const MOST_ON_THE_GROUND: [(&str, usize); 5] =
    [("polling", 112), ("long-polling", 112), ("iframe-stream", 112), ("sse", 112), ("websocket", 122)];

#[test]
fn the_five_libraries_have_the_same_items_in_the_same_order() {
    for (name, more, reason) in EXCEPTIONS {
        let items = items(&read(&root().join(name).join("src/lib.rs")));

        let (shape, rest): (Vec<_>, Vec<_>) = items.iter().partition(|item| SHAPE.contains(&item.as_str()));

        assert_eq!(shape, SHAPE, "{name}");
        assert_eq!(rest, more, "{name}: {reason}");
    }
}

#[test]
fn each_of_the_five_is_small_on_the_page() {
    for row in ALL {
        let folder = root().join(row.transport.name);
        for (file, lines) in files(&folder.join("src")).into_iter().chain(files(&folder.join("assets"))) {
            let allowed = match file.as_str() {
                "lib.rs" => 40..=110,
                "main.rs" => 1..=9,
                "client.js" => 20..=60,
                _ => 1..=150,
            };
            assert!(allowed.contains(&lines), "{}/{file} has {lines} lines", row.transport.name);
        }
    }
}

#[test]
fn every_member_inherits_the_lints() {
    for member in members() {
        let manifest = read(&root().join(&member).join("Cargo.toml"));

        assert!(manifest.contains("[lints]\nworkspace = true\n"), "{member}");
    }
}

#[test]
fn every_member_is_named_without_ambiguity() {
    for member in members() {
        let answer = cargo(&["pkgid", &member]);

        assert!(answer.contains(&format!("/{member}#")), "{member}: {answer}");
    }
}

#[test]
fn each_server_stays_tiny() {
    for row in ALL {
        let crates = crates(row.transport.name, &[]);

        println!("{}: {} crates", row.transport.name, crates.len());
        assert!(crates.len() < MOST_CRATES, "{} has {} crates", row.transport.name, crates.len());
    }
}

#[test]
fn without_the_shell_a_way_brings_nothing_of_a_program() {
    const OF_THE_SHELL: [&str; 7] =
        ["actix-files", "askama", "clap", "jiff", "rlimit", "tracing-appender", "tracing-subscriber"];
    for (name, most) in MOST_ON_THE_GROUND {
        let crates = crates(name, &["--no-default-features"]);

        println!("{name}: {} crates", crates.len());
        assert!(crates.len() <= most, "{name} has {} crates", crates.len());
        assert!(!crates.iter().any(|one| OF_THE_SHELL.contains(&one.as_str())), "{name}: {crates:?}");
    }
}

/// The names of the crates that a program is built of.
fn crates(name: &str, more: &[&str]) -> Vec<String> {
    let tree = cargo(&[&["tree", "-p", name, "-e", "normal", "--prefix", "none"], more].concat());
    let mut crates: Vec<_> = tree.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
    crates.sort_unstable();
    crates.dedup();

    crates
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The names of the members, from the workspace's manifest.
fn members() -> Vec<String> {
    let manifest = read(&root().join("Cargo.toml"));
    let list = manifest.lines().find_map(|line| line.strip_prefix("members = [")).unwrap();
    let members: Vec<_> = list.split('"').skip(1).step_by(2).map(str::to_owned).collect();
    assert_eq!(members.len(), 7, "{members:?}");

    members
}

/// The names and lengths of the files in a folder.
fn files(folder: &Path) -> Vec<(String, usize)> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let length = |path: PathBuf| read(&path).lines().count();

    entries.map(|entry| (entry.file_name().into_string().unwrap(), length(entry.path()))).collect()
}

/// The names of the items of a file, in order: what begins at the left edge, but for `use`.
fn items(source: &str) -> Vec<String> {
    let starts = ["mod ", "const ", "fn ", "struct ", "enum ", "trait ", "static ", "type "];
    let name = |line: &str| {
        let line = line.trim_start_matches("pub ").trim_start_matches("async ");
        let rest = starts.iter().find_map(|start| line.strip_prefix(start))?;
        Some(rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()?.to_owned())
    };

    source.lines().filter_map(name).collect()
}

fn cargo(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO"));
    let output = command.args(arguments).args(["--locked", "--offline"]).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));

    String::from_utf8(output.stdout).unwrap()
}
