//! The promises.

use std::{
    env, fs,
    net::Shutdown,
    process::Command,
    time::{Duration, Instant},
};

use compare::{
    client::{Channel, End, Event, Received, request},
    transports::Row,
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use shared::testing::{LIMIT, Server};
use socket2::SockRef;
use tokio::{
    net::TcpStream,
    spawn,
    task::{JoinSet, spawn_blocking},
    time::{interval, timeout},
};

use crate::{
    misbehaving::{cut_after, narrow, stalled},
    reach::Reach,
    support::{Follower, PLAIN, ask, feed, seqs, status},
    target::Target,
};

crate::contract! {
    messages_arrive_in_order_and_once,
    a_client_that_was_cut_off_loses_and_repeats_nothing,
    a_hostile_text_arrives_unchanged,
    silence_is_broken_by_a_heartbeat,
    a_client_that_left_is_noticed,
    a_peer_that_takes_nothing_is_dropped,
    a_client_that_reads_slowly_is_kept,
    a_client_that_does_not_read_slows_nobody,
    a_client_that_does_not_read_costs_bounded_memory,
    a_hundred_waiting_clients_leave_other_routes_prompt,
    a_stop_ends_a_hundred_clients_in_two_seconds,
    servers_of_one_feed_stop_one_by_one,
}

async fn messages_arrive_in_order_and_once(row: &Row) {
    const EACH: usize = 250;
    let server = Target::start(row);
    let cursor = server.newest();
    let mut readers = JoinSet::new();
    for _ in 0..3 {
        let mut reader = Follower::at(row, &server, Some(&cursor)).await;
        readers.spawn(async move { reader.messages(4 * EACH).await });
    }

    let mut publishers = JoinSet::new();
    for name in ["a", "b"] {
        publishers.spawn(server.clone().publish_all(texts(name, EACH)));
    }
    let posting = server.clone();
    publishers.spawn_blocking(move || {
        let mut wire = posting.connect();
        texts("c", EACH).iter().for_each(|text| drop(posting.post(&mut wire, text)));
    });
    let mut speaker = Follower::at(row, &server, Some(&cursor)).await;
    say_each(&mut speaker, &server, "d", EACH).await;
    readers.spawn(async move { speaker.messages(4 * EACH).await });
    publishers.join_all().await;

    for received in readers.join_all().await {
        assert_eq!(seqs(&received), (1..=4 * EACH as u64).collect::<Vec<_>>());
        for name in ["a", "b", "c", "d"] {
            let texts = received.iter().map(|message| &*message.text).filter(|text| text.starts_with(name));
            let expected: Vec<_> = (0..EACH).map(|number| format!("{name}{number}")).collect();
            assert_eq!(texts.collect::<Vec<_>>(), expected);
        }
    }
}

fn texts(name: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{name}{number}")).collect()
}

/// Says it on the connection itself, where that is possible.
async fn say_each(client: &mut Follower, server: &Target, name: &str, count: usize) {
    for text in texts(name, count) {
        if !client.connection.say(&text).await.expect("the server takes it") {
            server.publish(&text);
        }
    }
}

async fn a_client_that_was_cut_off_loses_and_repeats_nothing(row: &Row) {
    const SEED: u64 = 5;
    const CUT: u64 = 400;
    const WHOLE: u64 = 300;
    let server = Target::start(row);
    let mut client = Returning::new(server.newest());
    let mut dice = StdRng::seed_from_u64(SEED);

    client.listen(row, &server, 0, CUT).await; // before the first message
    let publishing = spawn(publish_now_and_then(server.clone(), CUT));
    while (client.received.len() as u64) < CUT {
        let magnitude = dice.random_range(4..17); // in the head, in a message, after many
        client.listen(row, &server, dice.random_range(0..1 << magnitude), CUT).await;
    }
    publishing.await.expect("it does not panic");
    (0..WHOLE).for_each(|_| drop(server.publish(&"long".repeat(200))));
    while (client.received.len() as u64) < CUT + WHOLE {
        client.listen(row, &server, u64::MAX, CUT + WHOLE).await;
    }

    eprintln!("seed {SEED}: {} cuts, {} reopened", client.cuts, client.reopened);
    assert_eq!(seqs(&client.received), (1..=CUT + WHOLE).collect::<Vec<_>>());
    assert!(client.cuts > 20, "{} cuts", client.cuts);
    assert_eq!(client.reopened > 0, row.reopens, "{} reopened", client.reopened);
}

async fn publish_now_and_then(server: Target, count: u64) {
    let mut pace = interval(Duration::from_millis(1));
    for number in 0..count {
        pace.tick().await;
        server.publish(&"x".repeat(1 + number as usize * 2));
    }
}

/// A client that comes back wherever it is cut.
struct Returning {
    since: Instant,
    cursor: String,
    received: Vec<Received>,
    cuts: usize,
    reopened: usize,
}

impl Returning {
    fn new(cursor: String) -> Self {
        Self { since: Instant::now(), cursor, received: Vec::new(), cuts: 0, reopened: 0 }
    }

    /// Listens until it is cut after so many bytes, or has received so many messages in all.
    async fn listen(&mut self, row: &Row, server: &Target, bytes: u64, count: u64) {
        let reach = server.reach().through(cut_after(bytes, server.address).await);
        let Ok(mut client) = Follower::to(row, server.channel(), reach, Some(&self.cursor)).await else {
            self.cuts += 1; // even before it could ask
            return;
        };

        while (self.received.len() as u64) < count {
            assert!(self.since.elapsed() < 2 * LIMIT, "still without {count}: {:?}", seqs(&self.received));
            match timeout(LIMIT, client.connection.next()).await.expect("something comes").expect("it is HTTP") {
                Event::Message(message) => self.received.push(message),
                Event::Place { .. } | Event::Heartbeat | Event::Nothing => {}
                Event::End(end) => {
                    assert!(matches!(end, End::Cut | End::Reopen), "{end:?} after {:?}", self.received.last());
                    self.cuts += usize::from(end == End::Cut);
                    self.reopened += usize::from(end == End::Reopen);
                    break;
                }
                other => panic!("{other:?} after {:?}", self.received.last()),
            }
        }
        self.cursor = client.connection.cursor().expect("it began with one").to_owned();
    }
}

async fn a_hostile_text_arrives_unchanged(row: &Row) {
    let controls: String = (0..=0x9f).filter_map(char::from_u32).collect();
    let hostile = [
        "</script><script>alert(1)</script><!--<script>]]>",
        "\"'`\\\\\\\"${x}{{x}}&lt;&#60;%3c",
        "one\ntwo\rthree\r\nfour\n\nid: 9\ndata: x\n\n",
        "\u{2028}\u{2029}\u{feff}\u{0}\u{fffd}\u{fffe}\u{202e}",
        "👩‍👩‍👧 e\u{301} 𝕏 \u{10ffff}",
        "{\"gap\":true}",
        "{\"reopen\":true}",
        " \t ",
        &controls,
        &"<".repeat(4_096),
        &"\u{0}".repeat(4_096),
    ];
    let server = Target::start(row);
    let mut client = Follower::at(row, &server, Some(&server.newest())).await;

    for text in hostile {
        let answer = server.ask("POST /messages", PLAIN, text);
        assert_eq!(client.texts(1).await, [text]);
        assert_eq!(serde_json::from_str::<Received>(&answer.body).expect("a message").text, text);

        let said = client.connection.say(text).await.expect("the server takes it");
        assert_eq!(said, row.two_way);
        if said {
            assert_eq!(client.texts(1).await, [text]);
        }
    }
}

async fn silence_is_broken_by_a_heartbeat(row: &Row) {
    let server = Server::start(row.transport, &row.options(&["--heartbeat", "500ms", "--hold", "700ms"]));
    let cursor = server.publish("old").id.to_string();
    let sign = if row.streams { Event::Heartbeat } else { Event::Nothing };

    let mut client = Follower::open(row, &server, Some(&cursor)).await;
    let silence = [sign_of_life(&mut client).await, sign_of_life(&mut client).await];
    server.publish("new");
    let message = client.texts(1).await;
    let silence_again = sign_of_life(&mut client).await;

    assert_eq!(silence, [sign.clone(), sign.clone()]);
    assert_eq!(message, ["new"]);
    assert_eq!(silence_again, sign);
}

/// What comes next, but for the place.
async fn sign_of_life(client: &mut Follower) -> Event {
    loop {
        match client.next().await {
            Event::Place { .. } => {}
            event => return event,
        }
    }
}

async fn a_client_that_left_is_noticed(row: &Row) {
    let server = Server::start(row.transport, &["--heartbeat", "0"]);
    let cursor = server.publish("old").id.to_string();

    for how in ["closed", "closed for sending", "reset"] {
        let mut wire = server.connect();
        wire.send(request("GET", &Channel::at("localhost"), Some(&cursor), row.headers, ""));
        server.until_open(usize::from(row.waits));
        let since = Instant::now();
        match how {
            "closed" => wire.stream.shutdown(Shutdown::Both).expect("it is open"),
            "closed for sending" => wire.end_sending(),
            _ => SockRef::from(&wire.stream).set_linger(Some(Duration::ZERO)).expect("it is open"),
        }
        let half_open = (how == "closed for sending").then_some(wire);
        server.until_open(0);
        let noticed = since.elapsed();

        drop(half_open);
        assert!(noticed < Duration::from_secs(5), "{how}: noticed after {noticed:?}");
    }
}

async fn a_peer_that_takes_nothing_is_dropped(row: &Row) {
    if !cfg!(target_os = "linux") {
        return;
    }
    let server = Server::start(row.transport, &["--heartbeat", "300ms"]);
    let cursor = server.publish("old").id.to_string();
    let silent = stalled(&server, row, &cursor);
    server.until_open(usize::from(row.waits));

    let since = Instant::now();
    while status(&server).open > 0 {
        (0..100).for_each(|_| drop(server.publish(&"x".repeat(4_000))));
        assert!(since.elapsed() < LIMIT, "after {:?} it is still open", since.elapsed());
    }

    let status = status(&server);
    assert!(status.published > 1 || !row.waits, "{status:?}");
    drop(silent);
}

/// It takes some bytes in each heartbeat; an answer to a ping waits behind all that it has not read.
async fn a_client_that_reads_slowly_is_kept(row: &Row) {
    const MANY: usize = 240;
    const PAUSE: Duration = Duration::from_millis(25);
    let server = Server::start(row.transport, &["--heartbeat", "2s"]);
    let cursor = server.newest().to_string();
    let stream = narrow(server.address, 8 * 1_024);
    stream.set_nonblocking(true).expect("it is open");
    let stream = TcpStream::from_std(stream).expect("it does not block");
    let reach = Reach::of(&server);
    let stream = reach.speak(stream).await.expect("the server takes it");
    let slow = Follower::on(row, Channel::at(server.address), reach, stream, Some(&cursor)).await;
    let mut slow = slow.expect("the server takes it");
    server.until_open(usize::from(row.waits));

    (0..MANY).for_each(|_| drop(server.publish(&"x".repeat(4_000))));
    let mut received = Vec::new();
    let mut pause = interval(PAUSE);
    while received.len() < MANY {
        pause.tick().await;
        received.extend(seqs(&slow.messages(1).await));
    }

    server.publish("new");

    assert_eq!(received, (1..=MANY as u64).collect::<Vec<_>>());
    assert_eq!(slow.texts(1).await, ["new"], "the connection goes on");
    assert!(row.reopens || slow.reopened == 0, "it was given up, and came back");
}

async fn a_client_that_does_not_read_slows_nobody(row: &Row) {
    const EACH: usize = 50;
    let server = Target::holding(row, 100);
    let count = server.history + 2_000; // more than is in flight to a sleeper and in the history
    let is_kept = row.streams || server.rest("a_client_that_does_not_read_slows_nobody").is_some();
    let cursor = server.newest();
    let mut reader = Follower::at(row, &server, Some(&cursor)).await;
    let mut sleepers = Vec::new();
    for _ in 0..3 {
        let stream = narrow(server.address, 64 * 1_024);
        stream.set_nonblocking(true).expect("it is open");
        let stream = TcpStream::from_std(stream).expect("it does not block");
        let stream = server.reach().speak(stream).await.expect("the server takes it");
        let sleeper = Follower::on(row, server.channel(), server.reach(), stream, Some(&cursor)).await;
        sleepers.push(sleeper.expect("the server takes it"));
    }

    let mut received = Vec::new();
    for _ in 0..count / EACH {
        server.clone().publish_all(vec!["x".repeat(4_000); EACH]).await;
        received.extend(seqs(&reader.messages(EACH).await));
    }

    assert_eq!(received, (1..=count as u64).collect::<Vec<_>>());
    for mut sleeper in sleepers {
        sleeper_receives_the_gap(&mut sleeper, count as u64, is_kept).await;
    }
}

/// A client that slept for longer than the history wakes up: it jumps where a gap is reported, and nowhere else.
async fn sleeper_receives_the_gap(client: &mut Follower, newest: u64, is_kept: bool) {
    let mut last = 0;
    let mut gaps = 0;
    let mut jump = false;
    while last < newest {
        match client.event().await {
            Event::Gap => {
                gaps += 1;
                jump = true;
            }
            Event::Message(message) => {
                assert_eq!(message.id.seq > last + 1, jump, "{last}, {}", message.id.seq);
                last = message.id.seq;
                jump = false;
            }
            Event::End(End::Cut) if !is_kept => client.reopen().await,
            other => panic!("{other:?} after {last}"),
        }
    }

    assert!(gaps > 0, "no gap was reported");
}

async fn a_client_that_does_not_read_costs_bounded_memory(row: &Row) {
    const ALONE: &str = "CONTRACT_ALONE";
    const TEST: &str = "promises::a_client_that_does_not_read_costs_bounded_memory";
    if !cfg!(target_os = "linux") {
        return;
    }
    if env::var_os(ALONE).is_some() {
        return memory_stays_bounded(row);
    }

    // In a process of its own, where no other test takes memory.
    let test = format!("{TEST}::{}", row.transport.name.replace('-', "_"));
    let program = env::current_exe().expect("this test is a program");
    let mut command = Command::new(program);
    command.args(["--exact", &test, "--nocapture"]).env(ALONE, "yes");
    let output = spawn_blocking(move || command.output()).await.expect("it does not panic").expect("it starts");

    let text = String::from_utf8_lossy(&output.stdout);
    let passed = output.status.success() && text.contains("1 passed");
    assert!(passed, "{text}{}", String::from_utf8_lossy(&output.stderr));
}

fn memory_stays_bounded(row: &Row) {
    const CLIENTS: usize = 50;
    const MIB: usize = 1_024 * 1_024;
    let server = Server::on(feed(100), row.transport, &["--heartbeat", "0"]);
    let cursor = server.publish("old").id.to_string();
    let silent: Vec<_> = (0..CLIENTS).map(|_| stalled(&server, row, &cursor)).collect();
    server.until_open(if row.waits { CLIENTS } else { 0 });
    let publish = |mib: usize| {
        for _ in 0..mib * MIB / 4_000 {
            server.publish(&"x".repeat(4_000));
        }
        status(&server); // the server has had its turn
    };
    publish(5);

    let before = resident();
    for published in (5..=30).step_by(5) {
        publish(5);
        let growth = resident().saturating_sub(before);
        eprintln!("{published} MiB published to {CLIENTS} clients, {} KiB more resident", growth / 1_024);
        assert!(growth < 10 * MIB, "{growth} bytes more after {published} MiB were published");
    }

    drop(silent);
}

/// The memory of this process, in bytes.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").expect("this is Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it is there");
    let kib: usize = line.trim().trim_end_matches(" kB").parse().expect("a number");

    kib * 1_024
}

async fn a_hundred_waiting_clients_leave_other_routes_prompt(row: &Row) {
    let server = Server::start(row.transport, &[]);
    let cursor = server.publish("old").id.to_string();
    let mut clients = hundred(row, &server, &cursor).await;

    let mut slowest = Duration::ZERO;
    for path in ["/status", "/", "/shared/page.js"].into_iter().cycle().take(30) {
        let since = Instant::now();
        let answer = ask(&server, &format!("GET {path}"), "", "");
        slowest = slowest.max(since.elapsed());
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    server.publish("new");

    eprintln!("the slowest answer took {slowest:?}");
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
    for client in &mut clients {
        assert_eq!(client.texts(1).await, ["new"]);
    }
}

async fn hundred(row: &Row, server: &Server, cursor: &str) -> Vec<Follower> {
    let mut clients = Vec::new();
    for _ in 0..100 {
        clients.push(Follower::open(row, server, Some(cursor)).await);
    }
    server.until_open(if row.waits { clients.len() } else { 0 });

    clients
}

async fn a_stop_ends_a_hundred_clients_in_two_seconds(row: &Row) {
    let server = Server::start(row.transport, &[]);
    let cursor = server.publish("old").id.to_string();
    let clients = hundred(row, &server, &cursor).await;
    let mut ends = JoinSet::new();
    for mut client in clients {
        ends.spawn(async move { client.end().await });
    }

    let since = Instant::now();
    let stopped = spawn_blocking(|| server.stop()).await.expect("it does not panic");
    let ends = ends.join_all().await;
    let took = since.elapsed();

    eprintln!("the stop took {took:?}");
    assert!(stopped.is_ok(), "{stopped:?}");
    assert_eq!(ends, [row.stop; 100], "each receives it");
    assert!(took < Duration::from_secs(10), "the stop took {took:?}");
}

async fn servers_of_one_feed_stop_one_by_one(row: &Row) {
    let feed = feed(10);
    let [first, second] = [(); 2].map(|()| Server::on(feed.clone(), row.transport, &[]));
    let cursor = first.publish("old").id.to_string();
    let mut of_first = Follower::open(row, &first, Some(&cursor)).await;
    let mut of_second = Follower::open(row, &second, Some(&cursor)).await;
    for server in [&first, &second] {
        server.until_open(usize::from(row.waits));
    }
    let address = first.address;

    let end = spawn(async move { of_first.end().await });
    spawn_blocking(|| first.stop()).await.expect("it does not panic").expect("it ends without an error");
    let end = end.await.expect("it does not panic");
    let answer = ask(&second, "POST /messages", PLAIN, "new");

    assert_eq!(end, row.stop);
    assert!(TcpStream::connect(address).await.is_err(), "the first has stopped");
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(of_second.texts(1).await, ["new"], "the second goes on");
    assert_eq!(status(&second).open, if row.streams { 1 } else { 0 });
}
