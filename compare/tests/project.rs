//! The project keeps its own rules: one shape for all five, one table of lints, and tiny servers.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use compare::transports::ALL;

/// What stands in each of the five `lib.rs`, in this order.
const SHAPE: [&str; 4] = ["TRANSPORT", "routes", "messages", "encode"];

/// What else stands in one of them, and why. An exception that is no longer needed fails the test.
const EXCEPTIONS: [(&str, &[&str], &str); 5] = [
    ("polling", &[], ""),
    ("long-polling", &[], ""),
    ("iframe-stream", &["script", "LONGEST"], "a document has a form, and must not grow for ever"),
    ("sse", &["event", "last_event_id"], "events have a form, and the browser says where it was"),
    (
        "websocket",
        &["echo", "frame", "outlet", "session", "LONGEST", "converse", "publish", "refuse"],
        "it has a handshake, and goes both ways",
    ),
];

/// As many crates may be in one server, itself counted.
const MOST_CRATES: usize = 180;

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
        let tree = cargo(&["tree", "-p", row.transport.name, "-e", "normal", "--prefix", "none"]);

        let mut crates: Vec<_> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
        crates.sort_unstable();
        crates.dedup();

        println!("{}: {} crates", row.transport.name, crates.len());
        assert!(crates.len() < MOST_CRATES, "{} has {} crates", row.transport.name, crates.len());
    }
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
