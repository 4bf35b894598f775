//! Every command is executed from the text that names it, as its reader would.

use std::{
    collections::{HashMap, HashSet},
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use compare::transports::{ALL, Row};

use crate::{
    article::Article,
    exchanges::{AT, EPOCH, after_each},
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

        let is_secure = command.contains("--tls-self-signed");
        let status = if is_secure {
            ask_by_tls(&command, &address)
        } else {
            ask(&address, if row.is_some() { "/status" } else { "/" })
        };
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

/// At an address of its own: who listens to the room hears what is said in it.
#[test]
#[ignore = "needs curl: run by ./test"]
fn the_commands_of_take_home_do_what_it_says() {
    let page = Page::read("docs/TAKE-HOME.md");
    let blocks = page.blocks().filter(|(info, _)| info[0] == "sh").flat_map(|(_, text)| text.lines());
    let [start, listen, say] = blocks.collect::<Vec<_>>().try_into().expect("it has three commands");
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string(); // free a moment ago
    let shell = |line: &str| {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("exec {}", line.replace("127.0.0.1:8080", &address))]).current_dir(root());
        command
    };

    let mut server = Running(shell(&format!("{start} -- {address}")).spawn().unwrap());
    while TcpStream::connect(&address).is_err() {
        assert!(server.0.try_wait().unwrap().is_none(), "{start} has ended");
    }
    let mut listener = Running(shell(listen).stdout(Stdio::piped()).spawn().unwrap());
    let mut heard = BufReader::new(listener.0.stdout.take().unwrap()).lines().map_while(Result::ok);
    heard.find(|line| line.starts_with("retry: ")).unwrap();
    let said = shell(say).output().unwrap();

    assert!(heard.any(|line| line.ends_with(r#""name":"Ada","words":"hello"}"#)), "{said:?}");
    assert_eq!(server.terminate(), Some(0));
}

/// Also where it stands alone, as in `--hold` or `-- --tick 0`.
#[test]
fn every_option_exists() {
    let programs = [
        "cargo run --quiet -p websocket -- --help",
        "cargo run --quiet -p long-polling -- --help",
        "cargo run --quiet -p compare -- bench --help",
        "cargo run --quiet -p compare -- proxies --help",
    ];
    let help = programs.map(|command| String::from_utf8(spawn(command).output().unwrap().stdout).unwrap()).concat();
    let is_variable = |code: &str| help.contains(&format!("[env: {code}="));
    let known: HashSet<&str> = help.split([' ', '\n', ',', '=']).filter(|word| word.starts_with("--")).collect();
    assert!(known.len() > 10, "{help}");

    for page in Page::all() {
        for part in &page.parts {
            let Part::Code(code) = part else { continue };
            assert!(!code.starts_with("FIVE_WAYS_") || is_variable(code), "{} names {code}", page.name);
            for option in
                code.split(' ').filter(|word| code.starts_with("--") && word.len() > 2 && word.starts_with("--"))
            {
                assert!(known.contains(option), "{} names {option}", page.name);
            }
        }
    }
}

/// `./test` is not run by itself.
#[test]
fn every_option_of_the_test_command_exists() {
    let script = fs::read_to_string(root().join("test")).unwrap();

    for page in Page::all() {
        for part in &page.parts {
            let Part::Code(code) = part else { continue };
            for option in code.strip_prefix("./test ").into_iter().flat_map(str::split_whitespace) {
                assert!(script.contains(&format!(" {option}) ")), "{} names {code}", page.name);
            }
        }
    }
}

#[test]
fn the_texts_name_the_version_of_rust_that_is_needed() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let version = manifest.lines().find_map(|line| line.strip_prefix("rust-version = \"")?.strip_suffix('"')).unwrap();

    for name in ["README.md", "docs/CONTRIBUTING.md"] {
        assert!(Page::read(name).text.contains(&format!("Rust {version}")), "{name} lacks Rust {version}");
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
    for (page, row) in Page::chapters().iter().zip(ALL) {
        let mut shell = Shell { row, ports: HashMap::new(), articles: Vec::new(), servers: Vec::new() };
        let mut printed = String::new();
        for part in &page.parts {
            match part {
                Part::Block(info, text) if info[0] == "sh" => {
                    assert_eq!(printed, "", "{} does not say that this is printed", page.name);
                    printed = text.lines().map(|line| shell.run(line)).collect();
                }
                Part::Block(info, text) if info[..] == ["text", "output"] => {
                    assert_eq!(usual(text), usual(&std::mem::take(&mut printed)), "{}", page.name);
                }
                Part::Code(code) if is_command(code) => drop(shell.run(code)),
                _ => {}
            }
        }
        assert_eq!(printed, "", "{} does not say that this is printed", page.name);
        assert!(shell.articles.len() == 1 && !shell.servers.is_empty(), "{} starts both programs", page.name);
    }
}

/// Where the chapters say that they are.
#[test]
fn the_articles_programs_are_at_port_3000() {
    for row in ALL {
        let program = fs::read_to_string(root().join(row.transport.name).join("examples/article.rs")).unwrap();
        let ports = if row.two_way { "unwrap_or(3000), ports.next().unwrap_or(3001)" } else { "map_or(3000, |port|" };

        assert!(program.contains(ports), "{}", row.transport.name);
    }
}

/// What the reader of a chapter has running, and at which of the ports that the text names.
struct Shell {
    row: Row,
    ports: HashMap<u16, SocketAddr>,
    articles: Vec<Article>,
    servers: Vec<Running>,
}

impl Shell {
    /// Executes a command, and gives what it prints. A server goes on.
    fn run(&mut self, command: &str) -> String {
        let Row { transport, two_way, .. } = self.row;
        let own = ["cargo", "run", "-p", transport.name];
        let is_own = command.split(' ').take(own.len()).eq(own);
        assert!(is_own || !command.starts_with("cargo "), "{}: {command}", transport.title);
        let moved = is_own && (command.contains("--port") || command.contains("--example") && command.contains(" -- "));
        assert!(!moved, "it is not at the port that the text names: {command}");
        if command.contains("--example") {
            let article = Article::run(command);
            self.ports.insert(3_000, article.channel);
            if two_way {
                self.ports.insert(3_001, article.page);
            }
            self.articles.push(article);
        } else if is_own {
            let mut server = Running::start(command);
            self.ports.insert(transport.port, server.address().parse().unwrap());
            self.servers.push(server);
        } else {
            return self.ask(command);
        }
        String::new()
    }

    fn ask(&self, command: &str) -> String {
        let mut here = command.to_owned();
        for (port, address) in &self.ports {
            here = here.replace(&format!("localhost:{port}/"), &format!("{address}/"));
        }
        assert!(!here.contains("localhost"), "nothing that the chapter starts is there: {command}");
        let output = Command::new("sh").args(["-c", &here]).current_dir(root()).output().unwrap();

        let code = output.status.code();
        let differ = i32::from(command.starts_with("diff "));
        assert_eq!(code, Some(differ), "{here}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(!output.stdout.is_empty(), "{here} prints nothing");

        String::from_utf8(output.stdout).unwrap()
    }
}

/// What is printed, but for what is new each time: the time of day, the id of a message, and when it was published.
fn usual(text: &str) -> String {
    let mut usual = text.trim_end().replace('\r', "").into_bytes();
    let time = b"0000-00-00 00:00:00";
    for at in 0..usual.len().saturating_sub(time.len() - 1) {
        let part = &mut usual[at..at + time.len()];
        if part.iter().zip(time).all(|(byte, shape)| byte == shape || *shape == b'0' && byte.is_ascii_digit()) {
            part.copy_from_slice(time);
        }
    }
    let usual = after_each(&String::from_utf8(usual).unwrap(), "\"at\":", |c| c.is_ascii_digit(), AT);

    after_each(&usual, "\"id\":\"", |c| c.is_ascii_hexdigit() || c == '.', EPOCH)
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

/// The command as its reader types it, but on a free port, and with files of its own.
fn spawn(command: &str) -> Command {
    let file = concat!(env!("CARGO_TARGET_TMPDIR"), "/feed.db");
    let mut words = command.split_whitespace().map(|word| if word == "feed.db" { file } else { word });
    let mut command = Command::new(words.next().unwrap());
    command
        .args(words)
        .current_dir(root())
        .env("FIVE_WAYS_PORT", "0")
        .env("XDG_DATA_HOME", env!("CARGO_TARGET_TMPDIR"))
        .stderr(Stdio::piped());

    command
}

fn ask(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();

    answer
}

/// By the program itself, which knows TLS.
fn ask_by_tls(command: &str, address: &str) -> String {
    let port = address.rsplit_once(':').unwrap().1;
    let ask = command.replace(" -- ", " -- status ");
    let output = spawn(&ask).env("FIVE_WAYS_PORT", port).output().unwrap();
    assert!(output.status.success(), "{ask}: {}", String::from_utf8_lossy(&output.stderr));

    "HTTP/1.1 200 OK".to_owned() // or it would have failed
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

    /// The address in the first line that it prints, but for one that says where the feed is kept.
    fn address(&mut self) -> String {
        let mut lines = BufReader::new(self.0.stdout.as_mut().unwrap()).lines().map_while(Result::ok);
        let line = lines.find(|line| !line.contains("the feed is kept in")).unwrap_or_default();
        let address = line.split_once("://").and_then(|(_, rest)| rest.split_once('/'));

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
