//! Servers as processes of their own, and clients that go from one to another.

use std::{
    io::{BufRead as _, BufReader},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use compare::{
    client::{Connection, End, Event},
    transports::ALL,
};
use shared::{
    Cursor, Feed,
    testing::{LIMIT, Wire},
};
use tokio::time::{interval, timeout};

use crate::{entry, feed, newest, server::Redis, until};

/// The last message of all.
const LAST: &str = "the last";
/// Between two messages: 100 come in a second.
const PAUSE: Duration = Duration::from_millis(10);
/// So many each client has read before the next process is killed.
const ENOUGH: usize = 30;

/// A server of its own, on Redis.
struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    fn start(way: &str, redis: &Redis) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_compare"));
        command.args(["bench-server", way, "--redis", &redis.url()]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();

        Self { child, address: line.trim().parse().unwrap() }
    }
}

impl Drop for Process {
    /// With `kill -9`.
    fn drop(&mut self) {
        self.child.kill().ok(); // it may have ended
        self.child.wait().ok();
    }
}

/// Publishes until it is told to end.
async fn publish_all(feed: Feed, enough: Arc<AtomicBool>) -> Vec<Cursor> {
    let mut ids = Vec::new();
    let mut pauses = interval(PAUSE);
    while !enough.load(Relaxed) {
        pauses.tick().await;
        ids.push(feed.publish(entry(&ids.len().to_string())).await.unwrap().id);
    }
    ids.push(feed.publish(entry(LAST)).await.unwrap().id);

    ids
}

/// A client with a list of addresses, of one server of each way: where one is gone, it goes on at the next.
struct Wanderer {
    addresses: Arc<Mutex<Vec<SocketAddr>>>,
    at: usize,
    cursor: String,
    ledger: Vec<Cursor>,
    count: Arc<AtomicUsize>,
}

impl Wanderer {
    /// Reads until the last message, and gives its ledger.
    async fn read_all(mut self) -> Vec<Cursor> {
        loop {
            let address = self.addresses.lock().unwrap()[self.at];
            let client = (ALL[self.at].client)();
            if let Ok(mut connection) = Connection::open(client, address, Some(&self.cursor)).await {
                let end = self.read(&mut connection).await;
                self.cursor = connection.cursor().expect("it had one").to_owned();
                match end {
                    None => return self.ledger,
                    Some(End::Reopen) => continue,
                    Some(_gone) => {}
                }
            }
            self.at = (self.at + 1) % ALL.len();
        }
    }

    /// Reads until this connection ends; None is the last message.
    async fn read(&mut self, connection: &mut Connection) -> Option<End> {
        loop {
            match timeout(LIMIT, connection.next()).await.expect("something comes") {
                Ok(Event::Message(message)) => {
                    self.ledger.push(message.id);
                    self.count.store(self.ledger.len(), Relaxed);
                    if message.text == LAST {
                        return None;
                    }
                }
                Ok(Event::Place { .. } | Event::Heartbeat | Event::Nothing) => {}
                Ok(Event::End(end)) => return Some(end),
                other => panic!("at {}, after {:?}: {other:?}", ALL[self.at].transport.name, self.ledger.last()),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs redis-server: run by ./test"]
async fn kill_9_of_each_of_five_processes_loses_nothing_and_its_clients_go_on_at_another() {
    let redis = Redis::start(&[]);
    let feed = feed(&redis).await;
    let mut processes: Vec<Process> = ALL.iter().map(|row| Process::start(row.transport.name, &redis)).collect();
    let addresses = Arc::new(Mutex::new(processes.iter().map(|process| process.address).collect::<Vec<_>>()));
    let enough = Arc::new(AtomicBool::new(false));
    let cursor = newest(&feed).await.to_string();
    let counts: [Arc<AtomicUsize>; ALL.len()] = Default::default();
    let clients: Vec<_> = (0..ALL.len())
        .map(|at| {
            let (addresses, count) = (Arc::clone(&addresses), Arc::clone(&counts[at]));
            let client = Wanderer { addresses, at, cursor: cursor.clone(), ledger: Vec::new(), count };
            tokio::spawn(client.read_all())
        })
        .collect();
    let publisher = tokio::spawn(publish_all(feed, Arc::clone(&enough)));

    for victim in 0..ALL.len() {
        let before = counts.each_ref().map(|count| count.load(Relaxed));
        until("messages at each client", async || {
            let more = counts.iter().zip(before).all(|(count, before)| count.load(Relaxed) >= before + ENOUGH);
            more.then_some(())
        })
        .await;
        processes.remove(victim);
        processes.insert(victim, Process::start(ALL[victim].transport.name, &redis));
        addresses.lock().unwrap()[victim] = processes[victim].address;
    }
    enough.store(true, Relaxed);

    let published = publisher.await.unwrap();
    for (client, row) in clients.into_iter().zip(ALL) {
        let ledger = timeout(LIMIT, client).await.expect("it reads to the end").unwrap();
        assert_eq!(ledger, published, "the client that began with {}", row.transport.name);
    }
}

#[test]
#[ignore = "needs redis-server: run by ./test"]
fn where_redis_is_not_there_a_server_says_so_in_a_line_and_ends_with_1() {
    let mut server = Command::new(env!("CARGO_BIN_EXE_compare"));
    server.args(["bench-server", "sse", "--redis", "redis://127.0.0.1:1"]).stdin(Stdio::null());

    let ended = server.output().unwrap();

    let line = String::from_utf8_lossy(&ended.stderr);
    assert_eq!((ended.status.code(), line.lines().count()), (Some(1), 1), "{line}");
    assert!(line.contains("cannot use Redis: ") && line.contains("refused"), "{line}");
}

/// `examples/redis.rs`, started as a reader starts it. It ends when this is dropped.
struct Example {
    address: SocketAddr,
    process: Child,
}

impl Example {
    fn start(redis: &Redis) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap(); // free a moment ago
        let mut command = Command::new(env!("CARGO"));
        command.args([
            "run",
            "--quiet",
            "--locked",
            "-p",
            "sse",
            "--features",
            "redis",
            "--example",
            "sse-redis",
            "--",
        ]);
        command.args([address.to_string(), redis.url()]).current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        let mut example = Self { address, process: command.spawn().unwrap() };
        let since = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(example.process.try_wait().unwrap().is_none(), "it has ended");
            assert!(since.elapsed() < 10 * LIMIT, "it does not listen"); // it may have to be built
            std::thread::yield_now();
        }

        example
    }

    fn ask(&self, line: &str, headers: &str, body: &str) -> Wire {
        let mut wire = Wire::to(self.address);
        let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        wire.send(format!("{line} HTTP/1.1\r\nHost: localhost\r\n{headers}{length}\r\n{body}"));

        wire
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        self.process.kill().ok(); // it may have ended
        self.process.wait().ok();
    }
}

#[test]
#[ignore = "needs redis-server: run by ./test"]
fn the_example_has_the_same_rooms_in_each_of_its_programs() {
    const CHAT: &str = r#"{"name":"Ada","words":"hello"}"#;
    let redis = Redis::start(&[]);
    let (one, other) = (Example::start(&redis), Example::start(&redis));

    let mut blue = other.ask("GET /rooms/blue?after=start", "Accept: text/event-stream\r\n", "");
    blue.head();
    let posted = one.ask("POST /rooms/blue", "Content-Type: text/plain\r\n", CHAT).head();
    let elsewhere = one.ask("POST /rooms/red", "Content-Type: text/plain\r\n", CHAT).head();

    assert!(posted[0].contains("201") && elsewhere[0].contains("201"), "{posted:?} {elsewhere:?}");
    assert!(blue.until(r#""words":"hello"}"#).contains(r#""name":"Ada","#));
    assert_eq!(redis.ask(&["EXISTS", "{room:blue}:epoch", "{room:red}:epoch"]), ["2"]);
}
