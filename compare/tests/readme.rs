//! What README.md says is so: its commands are executed from its text, its table is that of the code.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use compare::transports::{ALL, Row};
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

#[test]
fn the_commands_that_start_a_server_start_it() {
    let commands: Vec<_> = commands().into_iter().filter(|command| is_server(command)).collect();

    for row in ALL {
        let start = format!("cargo run -p {}", row.transport.name);
        assert!(commands.contains(&start), "{start} is not in README.md");
    }
    for command in commands {
        let row = ALL.into_iter().find(|row| command.ends_with(row.transport.name)).unwrap();
        let mut server = Running(spawn(&command).stdout(Stdio::piped()).spawn().unwrap());
        let address = server.address();

        let status = ask(&address, "/status");
        let clients: Vec<_> = (0..100).map(|_| wait_for_messages(&address, &row)).collect();
        let begun = Instant::now();
        let code = server.terminate();

        println!("{command}: {} clients, stopped in {:?}", clients.len(), begun.elapsed());
        assert!(begun.elapsed() < Duration::from_secs(10), "{command}: {:?}", begun.elapsed());
        assert!(status.starts_with("HTTP/1.1 200 OK"), "{command}: {status}");
        assert_eq!(code, Some(0), "{command}");
    }
}

#[test]
fn the_commands_that_end_by_themselves_succeed() {
    for command in commands().iter().filter(|command| !is_server(command) && !is_slow(command)) {
        let output = spawn(command).output().unwrap();

        let differ = command.starts_with("diff ") && output.status.code() == Some(1);
        assert!(output.status.success() || differ, "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
#[ignore = "needs minutes to build for release: run by ./test"]
fn the_slow_commands_succeed() {
    for command in commands().iter().filter(|command| is_slow(command)) {
        let output = spawn(command).output().unwrap();

        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn the_table_is_that_of_the_code() {
    let text = text();

    for row in ALL {
        let line =
            format!("| `cargo run -p {}` | {} | {} |", row.transport.name, row.transport.port, row.transport.about);
        assert!(text.contains(&line), "README.md lacks: {line}");
    }
}

#[test]
fn the_links_lead_somewhere() {
    for event in Parser::new(&text()) {
        if let Event::Start(Tag::Link { dest_url, .. }) = event {
            let there = dest_url.starts_with("https://") || root().join(&*dest_url).exists();
            assert!(there, "{dest_url}");
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

/// All commands: the lines of shell blocks, and the code in the text that begins like one. `./test` runs this.
fn commands() -> Vec<String> {
    let (mut commands, mut shell) = (Vec::new(), false);
    for event in Parser::new_ext(&text(), pulldown_cmark::Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(kind))) => shell = &*kind == "sh",
            Event::End(TagEnd::CodeBlock) => shell = false,
            Event::Text(lines) if shell => commands.extend(lines.lines().map(str::to_owned)),
            Event::Code(code) if code.starts_with("cargo ") || code.starts_with("diff ") => {
                commands.push(code.into_string());
            }
            _ => {}
        }
    }
    commands.retain(|command| command != "./test" && command != "cargo test --workspace");
    assert!(commands.len() >= 7, "{commands:?}");

    commands
}

fn is_server(command: &str) -> bool {
    command.starts_with("cargo run -p ") && !command.contains("--help")
}

fn is_slow(command: &str) -> bool {
    command.contains("--release")
}

/// The command as the README's reader types it, but on a free port.
fn spawn(command: &str) -> Command {
    let mut words = command.split_whitespace();
    let mut command = Command::new(words.next().unwrap());
    command.args(words).current_dir(root()).env("FIVE_WAYS_PORT", "0").stderr(Stdio::piped());

    command
}

fn ask(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();

    answer
}

/// A client that has been answered: by the head of a stream, or by all there is.
fn wait_for_messages(address: &str, row: &Row) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET /messages HTTP/1.1\r\nHost: {address}\r\n{}\r\n", row.headers).unwrap();
    assert!(stream.read(&mut [0; 64]).unwrap() > 0);

    stream
}

/// A server that ends with the test, also when it fails.
struct Running(Child);

impl Running {
    /// The address in the first line that it prints.
    fn address(&mut self) -> String {
        let mut line = String::new();
        BufReader::new(self.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.split_once("http://").and_then(|(_, rest)| rest.split_once('/'));

        address.unwrap_or_else(|| panic!("no address in {line:?}")).0.to_owned()
    }

    /// Ends it as a service manager does, and gives its exit code.
    fn terminate(mut self) -> Option<i32> {
        let sent = Command::new("kill").arg(self.0.id().to_string()).status().unwrap();
        assert!(sent.success());

        self.0.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok(); // it has ended by itself, unless the test failed
        self.0.wait().ok();
    }
}
