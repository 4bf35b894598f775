//! A feed that outlives its process: what `kill -9` leaves, with the servers as processes of their own.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread::{JoinHandle, spawn},
};

use compare::transports::ALL;
use serde_json::Value;
use shared::testing::LIMIT;

const PROGRAM: &str = env!("CARGO_BIN_EXE_compare");

/// A server of its own, on a file.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start(way: &str, file: &Path, more: &[&str]) -> Self {
        Self::of(Command::new(PROGRAM).args(["bench-server", way, "--store"]).arg(file).args(more))
    }

    fn of(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();

        Self { child, address: line.trim().parse().unwrap() }
    }

    /// With `kill -9`.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// As a server ends that is told to.
    fn end(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }

    fn get(&self, path: &str) -> Value {
        let mut connection = connect(self.address);
        write!(connection, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();

        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap_or(Value::Null)
    }

    /// All that it holds, by id, and none may be missing between two.
    fn held(&self) -> BTreeMap<u64, Value> {
        let mut held = BTreeMap::new();
        let mut path = "/messages?after=start".to_owned();
        loop {
            let answer = self.get(&path);
            let Value::Array(messages) = &answer["messages"] else { return held };
            for message in messages {
                let seq = seq(message);
                assert!(held.keys().next_back().is_none_or(|newest| newest + 1 == seq), "a hole before {seq}");
                held.insert(seq, message.clone());
            }
            if messages.is_empty() {
                return held;
            }
            path = format!("/messages?after={}", answer["next"].as_str().unwrap());
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok(); // a test that failed leaves none
        self.child.wait().ok();
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    let connection = TcpStream::connect(address).unwrap();
    connection.set_read_timeout(Some(LIMIT)).unwrap();
    connection.set_nodelay(true).unwrap();

    connection
}

fn seq(message: &Value) -> u64 {
    message["id"].as_str().unwrap().split_once('.').unwrap().1.parse().unwrap()
}

/// Publishes one text after the other until the server is gone, and gives what was answered.
fn publish_until_it_ends(address: SocketAddr, name: &'static str) -> JoinHandle<Vec<Value>> {
    spawn(move || {
        let mut connection = BufReader::new(connect(address));

        (0..).map_while(|number| post(&mut connection, &format!("{name} {number}"))).collect()
    })
}

/// The message that was published. None once the server is gone.
fn post(connection: &mut BufReader<TcpStream>, text: &str) -> Option<Value> {
    let (head, message) = answer(connection, text)?;
    assert!(head.starts_with("http/1.1 201 "), "{head}");

    Some(message)
}

/// The head of the answer, in lower case, and what is in it.
fn answer(connection: &mut BufReader<TcpStream>, text: &str) -> Option<(String, Value)> {
    let head = "POST /messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n";
    write!(connection.get_mut(), "{head}Content-Length: {}\r\n\r\n{text}", text.len()).ok()?;
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if connection.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    head.make_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    connection.read_exact(&mut body).ok()?;

    Some((head, serde_json::from_slice(&body).unwrap()))
}

/// Reads as a client of this server does, until it is gone, and gives the newest that it got. It tells when it is past this one.
fn follow(address: SocketAddr, enough: u64) -> (JoinHandle<u64>, Receiver<u64>) {
    let (told, past) = channel();
    let reader = spawn(move || {
        let mut connection = connect(address);
        write!(
            connection,
            "GET /messages?after=start HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"
        )
        .unwrap();
        let ids = BufReader::new(connection).lines().map_while(Result::ok).filter_map(|line| {
            let json: Value = serde_json::from_str(line.strip_prefix("data: ")?).ok()?;
            json["id"].is_string().then(|| seq(&json))
        });
        let tell = |id: &u64| {
            if *id > enough {
                told.send(*id).ok(); // it was heard already
            }
        };

        ids.inspect(tell).last().unwrap()
    });

    (reader, past)
}

#[test]
fn kill_9_at_a_thousand_messages_a_second_loses_nothing_and_tells_no_gap() {
    for more in [&[][..], &["--durable"]] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("feed.db");
        let mut answered: Vec<Value> = Vec::new();
        let mut seen = 0;
        for _ in 0..3 {
            let server = Server::start("sse", &file, more);
            let (reader, past) = follow(server.address, seen + 1_000);
            let publishers = ["one", "two", "three", "four"].map(|name| publish_until_it_ends(server.address, name));
            past.recv_timeout(LIMIT).expect("a thousand messages more");
            server.kill();
            for publisher in publishers {
                answered.extend(publisher.join().unwrap());
            }
            seen = reader.join().unwrap();
        }

        let server = Server::start("polling", &file, more);
        let held = server.held();
        let epochs: Vec<&str> = answered.iter().map(|message| &message["id"].as_str().unwrap()[..8]).collect();
        assert!(epochs.windows(2).all(|two| two[0] == two[1]), "the epoch goes on");
        assert!(held.last_key_value().unwrap().0 >= &seen, "what a reader saw is there");
        for message in &answered {
            assert_eq!(&held[&seq(message)], message);
        }
        for message in [answered.first(), answered.last()] {
            let known = message.unwrap()["id"].as_str().unwrap();
            assert_ne!(server.get(&format!("/messages?after={known}"))["gap"], true); // no body at all, where that was the newest
        }
        server.end();
    }
}

/// Its files may not grow beyond 100 KiB, as on a disk that is full, until that is lifted.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_takes_nothing_is_503_and_goes_on_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("feed.db");
    let few = "trap '' XFSZ && ulimit -S -f 200 && exec \"$0\" bench-server sse --store \"$1\"";
    let server = Server::of(Command::new("sh").args(["-c", few, PROGRAM]).arg(&file));
    let mut connection = BufReader::new(connect(server.address));
    let mut newest = 0;

    let (refused, error) = loop {
        let (head, json) = answer(&mut connection, "text").unwrap();
        if !head.starts_with("http/1.1 201 ") {
            break (head, json);
        }
        newest += 1;
        assert_eq!(seq(&json), newest);
    };
    assert!(refused.starts_with("http/1.1 503 ") && refused.contains("\r\nretry-after: "), "{refused}");
    assert_eq!(error["error"], "the feed is not available: try again later");
    let status = server.get("/status");
    assert_eq!((&status["reachable"], &status["published"]), (&false.into(), &newest.into()), "{status}");

    let lift = ["--pid", &server.child.id().to_string(), "--fsize=unlimited"];
    assert!(Command::new("prlimit").args(lift).status().unwrap().success());
    assert_eq!(seq(&post(&mut connection, "text").unwrap()), newest + 1);
    assert_eq!(server.get("/status")["reachable"], true);
    server.kill();

    let server = Server::start("polling", &file, &[]);
    assert!(server.held().into_keys().eq(1..=newest + 1));
    server.end();
}

/// What `--durable` promises is an order: written, synced, answered. What the disk makes of it no test can see.
#[test]
#[ignore = "needs strace: run by ./test"]
fn a_message_is_synced_before_its_answer_and_before_any_reader_gets_it() {
    let folder = tempfile::tempdir().unwrap();
    let (file, trace) = (folder.path().join("feed.db"), folder.path().join("trace"));
    let server = Server::start("sse", &file, &["--durable"]);
    let mut reader = BufReader::new(connect(server.address));
    write!(reader.get_mut(), "GET /messages HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n").unwrap();
    let mut strace = Command::new("strace")
        .args(["-f", "-y", "-s", "5000", "-e", "trace=pwrite64,fdatasync,fsync,sendto,sendmsg,write,writev", "-o"])
        .arg(&trace)
        .args(["-p", &server.child.id().to_string()])
        .stderr(Stdio::piped())
        .spawn()
        .expect("strace is installed");
    let mut attached = String::new();
    let mut told = BufReader::new(strace.stderr.take().unwrap()); // to the end: it ends where nobody listens
    told.read_line(&mut attached).unwrap();
    assert!(attached.contains("attached"), "{attached}");

    let message = post(&mut BufReader::new(connect(server.address)), "mark of this text").unwrap();
    let heard = reader.by_ref().lines().map_while(Result::ok).find(|line| line.contains("mark of this text")).unwrap();
    assert!(heard.contains(message["id"].as_str().unwrap()));
    server.end();
    strace.wait().unwrap();
    drop(told);

    let trace = fs::read_to_string(&trace).unwrap();
    let calls: Vec<&str> = trace.lines().collect();
    let at = |what: &str, is: &dyn Fn(&str) -> bool| {
        calls.iter().position(|call| is(call)).unwrap_or_else(|| panic!("no {what} among {} calls", calls.len()))
    };
    let written = at("write", &|call| call.contains("pwrite64") && call.contains("mark of this text"));
    let done = |call: &&str| {
        call.contains("sync") && (call.contains("feed.db-wal") || call.contains("resumed")) && call.ends_with("= 0")
    };
    let synced = written + calls[written..].iter().position(done).expect("a sync");
    let answered = at("answer", &|call| call.contains("201 Created"));
    let heard = at("event", &|call| call.contains("data: ") && call.contains("mark of this text"));
    assert!(synced < answered && synced < heard, "{written} {synced} {answered} {heard}");
}

#[test]
fn two_servers_do_not_share_a_file_and_one_after_the_other_does() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("feed.db");
    let mut newest = None;
    for row in ALL {
        let server = Server::start(row.transport.name, &file, &[]);
        let mut second = Command::new(PROGRAM);
        second.args(["bench-server", "sse", "--store"]).arg(&file).stdin(Stdio::null());
        let refused = second.output().unwrap();
        assert_eq!(refused.status.code(), Some(1));
        let text = String::from_utf8_lossy(&refused.stderr);
        assert!(text.trim_end().ends_with("as a store: another process has it open"), "{text}");

        let status = server.get("/status");
        assert!(newest.is_none_or(|newest| newest == status["newest"]), "{}", row.transport.name);
        newest = post(&mut BufReader::new(connect(server.address)), "text").map(|message| message["id"].clone());
        server.end();
    }
}
