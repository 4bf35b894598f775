//! Every command is executed from the text that names it, as its reader would.

use std::{
    collections::HashMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use compare::transports::{ALL, Row};

use crate::{
    article::Article,
    page::{Page, Part},
    root,
};

#[test]
fn the_commands_that_start_a_server_start_it() {
    let commands: Vec<_> = first_page().into_iter().filter(|command| is_server(command)).collect();

    for row in ALL {
        let start = format!("cargo run -p {}", row.transport.name);
        assert!(commands.contains(&start), "{start} is not in README.md");
    }
    for command in commands {
        let row = ALL.into_iter().find(|row| command == format!("cargo run -p {}", row.transport.name));
        let mut server = Running::start(&command);
        let address = server.address();

        let status = ask(&address, if row.is_some() { "/status" } else { "/" });
        let clients: Vec<_> = row.iter().flat_map(|row| (0..100).map(|_| wait_for_messages(&address, row))).collect();
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
    for command in first_page().iter().filter(|command| !is_server(command) && !is_slow(command)) {
        let output = spawn(command).output().unwrap();

        let differ = command.starts_with("diff ") && output.status.code() == Some(1);
        assert!(output.status.success() || differ, "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
#[ignore = "needs minutes to build for release: run by ./test"]
fn the_slow_commands_succeed() {
    for command in first_page().iter().filter(|command| is_slow(command)) {
        let output = spawn(command).output().unwrap();

        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn the_table_is_that_of_the_code() {
    let text = Page::read("README.md").text;

    for row in ALL {
        let (name, port, about) = (row.transport.name, row.transport.port, row.transport.about);
        let line =
            format!("| [{}]({name}/README.md) | `cargo run -p {name}` | {port} | {about} |", row.transport.title);
        assert!(text.contains(&line), "README.md lacks: {line}");
    }
}

/// A reader goes through a chapter from the first command to the last. What was started goes on meanwhile.
#[test]
#[ignore = "needs curl: run by ./test"]
fn the_commands_of_a_chapter_do_what_it_says() {
    for page in Page::chapters() {
        let mut shell = Shell::default();
        let mut output = String::new();
        for part in &page.parts {
            match part {
                Part::Block(info, text) if info[0] == "sh" => {
                    output = text.lines().map(|line| shell.run(line)).collect();
                }
                Part::Block(info, text) if info[..] == ["text", "output"] => {
                    assert_eq!(without_digits(text), without_digits(&output), "{}", page.name);
                }
                Part::Code(code) if is_command(code) => drop(shell.run(code)),
                _ => {}
            }
        }
        assert!(shell.articles.len() == 1 && !shell.servers.is_empty(), "{} starts both programs", page.name);
    }
}

/// What a reader has running, and at which of the ports that the text names.
#[derive(Default)]
struct Shell {
    ports: HashMap<u16, SocketAddr>,
    articles: Vec<Article>,
    servers: Vec<Running>,
}

impl Shell {
    /// Executes a command, and gives what it prints. A server goes on.
    fn run(&mut self, command: &str) -> String {
        if let Some(row) = ALL.iter().find(|row| command.contains(&format!("--example {}-article", row.transport.name)))
        {
            let article = Article::start(row.transport.name);
            self.ports.extend([(3_001, article.page), (3_000, article.channel)]);
            self.articles.push(article);
        } else if is_server(command) {
            let row = ALL.iter().find(|row| command.contains(&format!("-p {}", row.transport.name))).unwrap();
            let mut server = Running::start(command);
            self.ports.insert(row.transport.port, server.address().parse().unwrap());
            self.servers.push(server);
        } else {
            return self.ask(command);
        }
        String::new()
    }

    fn ask(&self, command: &str) -> String {
        let mut here = command.to_owned();
        for (port, address) in &self.ports {
            here = here.replace(&format!("localhost:{port}"), &address.to_string());
        }
        let output = Command::new("sh").args(["-c", &here]).current_dir(root()).output().unwrap();

        let code = output.status.code();
        let ended = code == Some(0)
            || code == Some(28) && command.contains("-m ") // curl's time-out
            || code == Some(1) && command.starts_with("diff ");
        assert!(ended, "{here}: {code:?} {}", String::from_utf8_lossy(&output.stderr));
        assert!(!output.stdout.is_empty(), "{here} prints nothing");

        String::from_utf8(output.stdout).unwrap()
    }
}

/// Times and ids change from day to day.
fn without_digits(text: &str) -> String {
    text.trim_end().chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect()
}

/// All commands of the first pages: the lines of shell blocks, and the code in the text that is one. `./test` runs this.
fn first_page() -> Vec<String> {
    let mut commands = Vec::new();
    for part in Page::first_pages().into_iter().flat_map(|page| page.parts) {
        match part {
            Part::Block(info, lines) if info[0] == "sh" => commands.extend(lines.lines().map(str::to_owned)),
            Part::Code(code) if is_command(&code) => commands.push(code),
            _ => {}
        }
    }
    commands.retain(|command| command != "./test" && command != "cargo test --workspace");
    assert!(commands.len() >= 7, "{commands:?}");

    commands
}

fn is_command(code: &str) -> bool {
    ["cargo ", "curl ", "diff "].iter().any(|start| code.starts_with(start))
}

fn is_server(command: &str) -> bool {
    let runs = command == "cargo run" || command.starts_with("cargo run -- ") || command.starts_with("cargo run -p ");

    runs && !command.contains("--help")
}

fn is_slow(command: &str) -> bool {
    command.contains("--release")
}

/// The command as its reader types it, but on a free port.
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
    fn start(command: &str) -> Self {
        Self(spawn(command).stdout(Stdio::piped()).spawn().unwrap())
    }

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
