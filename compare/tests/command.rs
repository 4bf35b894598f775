//! What the five commands say to a mistake: one line, which says what to do.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    iter,
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::mpsc::channel,
    thread::spawn,
    time::Instant,
};

use compare::{
    client::websocket::{HANDSHAKE, frame},
    transports::ALL,
};
use serde_json::Value;
use shared::testing::{LIMIT, Wire};

#[test]
fn a_port_in_use_is_one_line_and_exit_code_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();

    for row in ALL {
        let (code, text) = run(&program(row.transport.name), &["--port", &port]);

        assert_eq!((code, text.lines().count()), (Some(1), 1), "{text}");
        assert!(text.contains("choose another port with --port"), "{text}");
    }
}

#[test]
fn missing_assets_are_one_line_and_exit_code_1() {
    for row in ALL {
        let (code, text) = run(&program(row.transport.name), &["--port", "0", "--assets", "/nowhere"]);

        assert_eq!((code, text.lines().count()), (Some(1), 1), "{text}");
        assert!(text.contains("point --assets at the project's folder"), "{text}");
    }
}

#[test]
fn a_missing_file_is_told_whichever_it_is() {
    let root = tempfile::tempdir().unwrap();
    let copy = |file: &str| {
        let to = root.path().join(file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file), to).unwrap();
    };
    let program = program("sse");
    let ask = || run(&program, &["--port", "0", "--assets", &root.path().to_string_lossy()]);
    let in_order = [
        "shared/assets/style.css",
        "shared/assets/page.js",
        "sse/assets/client.js",
        "shared/assets/form.js",
        "shared/assets/next.js",
        "shared/assets/sequence.js",
        "shared/assets/spoken.js",
        "shared/assets/backoff.js",
        "shared/assets/limit.js",
        "shared/assets/outbox.js",
    ];

    for missing in in_order {
        let (code, text) = ask();
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains(missing) && text.contains("is missing: point --assets at"), "{missing}: {text}");
        copy(missing);
    }
}

#[test]
fn a_mistake_says_what_to_do_instead() {
    let program = program("long-polling");

    for (wrong, instead) in [
        ("--history=0", "write a whole number from 1 on"),
        ("--workers=0", "write a whole number from 1 on"),
        ("--max-clients=many", "write a whole number from 0 on"),
        ("--host=localhost", "write an IP address as 127.0.0.1 or ::1"),
        ("--allow-host=http://x", "write a name as example.org, without scheme and port"),
        ("--allow-host=x:80", "write a name as example.org, without scheme and port"),
        ("--allow-origin=x", "write an origin as https://example.org"),
        ("--allow-embed=http://[::1]:8100", "no content security policy can name an IPv6 address"),
        ("--heartbeat=15", "write a duration as 15s"),
        ("--prot", "did you mean --port?"),
        ("--tik=1s", "did you mean --tick?"),
    ] {
        let (code, text) = run(&program, &["--port", "0", wrong]);

        assert_eq!((code, text.lines().count()), (Some(2), 1), "{wrong}: {text}");
        assert!(text.contains(instead), "{wrong}: {text}");
    }
}

#[test]
fn a_bad_option_is_one_line_and_exit_code_2() {
    for row in ALL {
        let program = program(row.transport.name);
        for wrong in ["--nonsense", "--tick=soon", "--port=65536", "--history=0", "--host=nobody", "--allow-embed=*"] {
            let (code, text) = run(&program, &["--port", "0", wrong]);

            assert_eq!((code, text.lines().count()), (Some(2), 1), "{wrong}: {text}");
            assert!(text.contains("--help lists the options"), "{text}");
        }
    }
}

/// All know the options of a feed that outlives its server and those of TLS, and say how to get what is not built in.
#[test]
fn what_is_not_built_in_is_one_line_that_says_what_to_do() {
    let mistakes: [(&[&str], i32, &str); 11] = [
        (&["--store", "feed.db"], 1, "write --features store before the --"),
        (&["--redis", "redis://localhost"], 1, "write --features redis before the --"),
        (&["--durable"], 2, "--store <FILE>"),
        (&["--redis-wait"], 2, "--redis <redis://HOST:PORT>"),
        (&["--store", "feed.db", "--redis", "redis://localhost"], 2, "cannot be used with"),
        (&["--tls-self-signed"], 1, "write --features tls before the --"),
        (&["--tls-cert", "a", "--tls-key", "b"], 1, "write --features tls before the --"),
        (&["--tls-cert", "a"], 2, "--tls-key <FILE>"),
        (&["--tls-key", "b"], 2, "--tls-cert <FILE>"),
        (&["--tls-folder", "a"], 2, "--tls-self-signed"),
        (&["--tls-self-signed", "--tls-cert", "a", "--tls-key", "b"], 2, "cannot be used with"),
    ];
    for row in ALL {
        let program = program(row.transport.name);
        for (wrong, code, instead) in mistakes {
            let (ended, text) = run(&program, &[&["--port", "0"], wrong].concat());

            assert_eq!((ended, text.lines().count()), (Some(code), 1), "{wrong:?}: {text}");
            assert!(text.contains(instead), "{wrong:?}: {text}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_file_when_descriptors_run_out_is_503_and_says_so() {
    let few = "ulimit -n 64 && exec \"$0\" --port 0 --workers 2";
    let server = Running::start(Command::new("sh").args(["-c", few]).arg(program("polling")));
    let mut asking = Wire::to(server.address);
    let mut ask = || {
        asking.send("GET /assets/client.js HTTP/1.1\r\nHost: localhost\r\n\r\n");
        let head = asking.head();
        let length = head.iter().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap();
        (head, String::from_utf8(asking.exactly(length)).unwrap())
    };
    let since = Instant::now();
    let mut until = |wanted: &str| loop {
        let (head, body) = ask();
        if head[0].contains(wanted) {
            return (head, body);
        }
        assert!(since.elapsed() < LIMIT, "no {wanted}: {head:?}");
    };

    until("200 OK");
    let taken: Vec<TcpStream> = (0..100).map(|_| TcpStream::connect(server.address).unwrap()).collect();
    let (head, body) = until("503 Service Unavailable");
    drop(taken);
    until("200 OK");

    assert!(head.contains(&"retry-after: 1".to_owned()), "{head:?}");
    assert_eq!(body, r#"{"error":"the file cannot be read now: try again in a second"}"#);
}

#[test]
fn a_text_is_logged_as_published_once_whichever_way_it_came() {
    let mut command = Command::new(program("websocket"));
    let mut server = Running::start(command.args(["--port", "0", "--tick", "0"]).env("RUST_LOG", "debug"));
    let mut post = Wire::to(server.address);
    let mut socket = Wire::to(server.address);

    post.send("POST /messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n\r\nx");
    post.head();
    socket.send(format!("GET /messages HTTP/1.1\r\nHost: localhost\r\n{HANDSHAKE}\r\n"));
    socket.head();
    socket.send(frame(1, b"y"));
    let ids: Vec<String> = server.lines().filter(|line| line.contains("published")).take(2).collect();

    assert!(ids.len() == 2 && ids[0].contains(".1") && ids[1].contains(".2"), "{ids:?}");
}

#[test]
fn a_log_that_nobody_reads_stops_nobody_and_tells_what_is_lost() {
    let mut server = Running::start(Command::new(program("polling")).args(["--port", "0"]).env("RUST_LOG", "debug"));

    let mut wire = Wire::to(server.address);
    publish(&mut wire, 10_000);
    let mut lines = server.lines();
    let told = lines.any(|line| {
        publish(&mut wire, 1); // each is a line, and the next tells
        line.contains("lines of the log are lost")
    });

    assert!(told);
}

#[cfg(unix)]
#[test]
fn a_log_that_nobody_reads_does_not_hold_up_the_end() {
    let mut server = Running::start(Command::new(program("polling")).args(["--port", "0"]).env("RUST_LOG", "debug"));

    publish(&mut Wire::to(server.address), 10_000);
    let since = Instant::now();
    assert!(Command::new("kill").arg(server.process.id().to_string()).status().unwrap().success());
    let status = loop {
        match server.process.try_wait().unwrap() {
            Some(status) => break status,
            None => assert!(since.elapsed() < LIMIT, "it does not end"),
        }
    };

    assert_eq!(status.code(), Some(0));
}

/// Publishes so many messages, and waits for the answers.
fn publish(wire: &mut Wire, count: usize) {
    let post = "POST /messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n\r\nx";
    for _ in 0..count {
        wire.send(post);
        assert!(wire.head()[0].contains(" 201 "));
        wire.until("}");
    }
}

#[test]
fn the_metrics_count_the_lines_of_the_log_that_are_lost() {
    let mut command = Command::new(program("polling"));
    let server = Running::start(command.args(["--port", "0", "--metrics"]).env("RUST_LOG", "debug"));
    let mut wire = Wire::to(server.address);
    let mut lost = || {
        wire.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
        let head = wire.head();
        let length = head.iter().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap();
        let text = String::from_utf8(wire.exactly(length)).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("five_ways_log_lines_lost_total "));
        line.unwrap().parse::<u64>().unwrap()
    };

    assert_eq!(lost(), 0);
    publish(&mut Wire::to(server.address), 10_000);

    assert!(lost() > 0, "nobody reads them");
}

#[test]
fn a_server_that_runs_is_asked_for_its_status() {
    let program = program("sse");
    let server = Running::start(Command::new(&program).args(["--host", "0.0.0.0", "--port", "0"]));
    let port = server.address.port().to_string();
    let ask = || {
        Command::new(&program)
            .arg("status")
            .env("FIVE_WAYS_HOST", "0.0.0.0")
            .env("FIVE_WAYS_PORT", &port)
            .output()
            .unwrap()
    };

    let there = ask();
    drop(server);
    let gone = ask();

    let says = |output: &[u8]| String::from_utf8(output.to_vec()).unwrap();
    assert_eq!(there.status.code(), Some(0), "{there:?}");
    assert!(serde_json::from_slice::<Value>(&there.stdout).unwrap()["uptime"].is_number(), "{there:?}");
    assert_eq!((gone.status.code(), says(&gone.stdout)), (Some(1), String::new()));
    let wanted = format!("sse: no status from 127.0.0.1:{port}: ");
    assert!(says(&gone.stderr).starts_with(&wanted) && says(&gone.stderr).lines().count() == 1, "{gone:?}");
}

#[test]
fn a_mistake_goes_to_standard_error() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();

    for wrong in ["--nonsense", &format!("--port={port}"), "--assets=/nowhere"] {
        let output = Command::new(program("polling")).arg(wrong).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();

        assert!(output.stdout.is_empty(), "{wrong}: {output:?}", output = output.stdout);
        assert!(said.starts_with("polling: ") && said.ends_with('\n') && said.lines().count() == 1, "{said}");
    }
}

/// A server that runs. It is killed when it is dropped.
struct Running {
    address: SocketAddr,
    process: Child,
    output: Option<BufReader<ChildStdout>>,
}

impl Running {
    /// The first line that it prints says where it is.
    fn start(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let address = line.split_once("http://").and_then(|(_, rest)| rest.split_once('/'));
        let (address, _) = address.unwrap_or_else(|| panic!("{line}"));

        Self { address: address.parse().unwrap(), process, output: Some(output) }
    }

    /// What it prints from here on, until nothing comes for [`LIMIT`].
    fn lines(&mut self) -> impl Iterator<Item = String> + use<> {
        let mut lines = self.output.take().unwrap().lines().map_while(Result::ok);
        let (sender, log) = channel();
        spawn(move || lines.try_for_each(|line| sender.send(line)));

        iter::from_fn(move || log.recv_timeout(LIMIT).ok())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.process.kill().ok(); // it may have ended already
        self.process.wait().ok();
    }
}

/// What `cargo run -p` runs, built as that does.
fn program(name: &str) -> PathBuf {
    let mut command = Command::new(env!("CARGO"));
    let cargo = ["build", "--quiet", "--locked", "-p", name, "--message-format", "json"];
    let output = command.args(cargo).current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).output().unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));

    let told = String::from_utf8(output.stdout).unwrap();
    let mut built = told.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let program = built.find_map(|unit| unit["executable"].as_str().map(PathBuf::from));

    program.unwrap_or_else(|| panic!("{name} is no program"))
}

/// The exit code, and all that was printed.
fn run(program: &Path, options: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(program).args(options).output().unwrap();

    (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}
