//! Counts are exact, whatever the texts, and wherever TCP cuts.

use compare::{
    client::Received,
    dissect::{Direction, Kind, MOST_UNANSWERED, Part, Weight},
    transports::ALL,
};
use rand::{SeedableRng as _, rngs::StdRng};
use shared::testing::Server;

use crate::{
    Bench, Passes, bytes,
    exchange::{self, HOSTILE},
    of_direction, totals,
};

/// Of the dice that cut.
const SEED: u64 = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn payload_is_the_json_of_the_messages_and_requests_are_counted() {
    let (open, nothing) = ("<".repeat(4_096), "\0".repeat(4_096));
    for row in ALL {
        let exchange = exchange::run(&row, &[&HOSTILE[..], &[&open, &nothing]].concat()).await;

        let parts: Vec<Part> = exchange.connections.iter().flat_map(Bench::all).collect();
        let totals = totals(&parts);

        let name = row.transport.name;
        assert_eq!(messages(&parts), exchange.messages, "{name}");
        assert_eq!(totals.messages, exchange.messages.len() as u64, "{name}");
        assert_eq!(totals.down.payload, exchange.messages.iter().map(|json| json.len() as u64).sum::<u64>(), "{name}");
        assert_eq!(totals.texts, exchange.texts.len() as u64, "{name}");
        assert_eq!(totals.up.payload, exchange.texts.iter().sum::<usize>() as u64, "{name}");
        assert_eq!(totals.posts, exchange.connections.len() as u64 - 1, "{name}");
        let up = String::from_utf8_lossy(&bytes(&parts, Direction::Up)).into_owned();
        assert_eq!(totals.requests - totals.posts, up.matches("GET /messages").count() as u64, "{name}");
        assert_eq!((totals.up.other, totals.down.other), (0, 0), "{name}");
        let raw: Vec<_> = parts.iter().filter(|part| part.kind == Kind::Raw && part.note.is_none()).collect();
        assert!(raw.is_empty(), "{name}: {raw:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn where_tcp_cuts_makes_no_difference() {
    println!("seed {SEED}");
    let mut dice = StdRng::seed_from_u64(SEED);
    let open = "<".repeat(4_096);
    for row in ALL {
        let exchange = exchange::run(&row, &[HOSTILE[0], HOSTILE[1], &open]).await;
        for passes in &exchange.connections {
            let parts = Bench::all(passes);
            let of = |wanted: Direction| passes.iter().filter(move |(direction, _)| *direction == wanted).cloned();
            let up_first: Passes = of(Direction::Up).chain(of(Direction::Down)).collect();

            let few = totals(&parts).requests <= MOST_UNANSWERED as u64; // on a slow machine a poll may ask more often

            for _ in 0..10 {
                for passes in [passes, &up_first].into_iter().take(if few { 2 } else { 1 }) {
                    let cut = Bench::cut(passes, &mut dice);
                    for direction in [Direction::Up, Direction::Down] {
                        assert_eq!(
                            of_direction(&cut, direction),
                            of_direction(&parts, direction),
                            "{}",
                            row.transport.name
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn page_files_and_status_are_not_of_the_channel() {
    let requests = [
        "GET / HTTP/1.1\r\nHost: x.localhost\r\n\r\n",
        "HEAD /status HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /assets/client.js HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "POST /messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi",
        "GET /messages?after=1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /shared/style.css HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    ];
    for row in ALL {
        let server = Server::start(row.transport, &[]);
        let mut wire = server.connect();
        wire.send(requests.concat());
        let answers = wire.remaining();
        let parts = Bench::all(&vec![(Direction::Up, requests.concat().into()), (Direction::Down, answers.clone())]);

        let status_lines: Vec<_> = parts.iter().filter(|part| part.kind == Kind::StatusLine).collect();
        let codes = status_lines.iter().map(|part| String::from_utf8_lossy(&part.bytes[9..12]).into_owned());
        assert_eq!(codes.collect::<Vec<_>>(), ["421", "200", "200", "201", "400", "200"], "{answers:?}");
        let channel = status_lines.iter().map(|part| part.weight != Weight::Other);
        assert_eq!(channel.collect::<Vec<_>>(), [false, false, false, true, true, false]);
        let totals = totals(&parts);
        assert_eq!((totals.requests, totals.posts, totals.texts, totals.messages), (2, 1, 1, 0));
        let lengths = requests.map(|request| request.len() as u64);
        assert_eq!(totals.up.other, lengths[0] + lengths[1] + lengths[2] + lengths[5]);
        assert_eq!((totals.up.payload, totals.up.overhead), (2, lengths[3] + lengths[4] - 2));
        let start = answers.windows(12).position(|part| part == b"HTTP/1.1 201").unwrap();
        let end = answers.windows(15).rposition(|part| part == b"HTTP/1.1 200 OK").unwrap();
        assert_eq!((totals.down.payload, totals.down.overhead), (0, (end - start) as u64));
    }
}

/// Where the server finds its channel, there it is counted, however the target is spelled (RFC 9112 §3.2, RFC 3986 §6.2.2).
#[test]
fn what_the_server_takes_for_the_channel_is_counted_as_the_channel() {
    let targets = [
        ("/messages", true),
        ("/messages?after=start", true),
        ("/%6dessages", true),
        ("/%6D%65ssages?after=start", true),
        ("http://localhost/messages", true),
        ("HTTP://localhost:1/%6dessages?after=start", true),
        ("http://localhost", false),
        ("/messages/", false),
        ("//messages", false),
        ("/./messages", false),
        ("/Messages", false),
        ("/%2fmessages", false),
        ("/messages%3Fafter=start", false),
        ("/messages%20", false),
        ("/messages;x", false),
        ("/messages%00", false),
        ("/messages%", false),
        ("/status?/messages", false),
    ];
    for row in ALL.into_iter().filter(|row| !row.streams && !row.waits) {
        let server = Server::start(row.transport, &[]);
        server.publish("hello");
        for (target, channel) in targets {
            let request = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            let mut wire = server.connect();
            wire.send(&request);
            let answer = wire.remaining();
            let parts = Bench::all(&vec![(Direction::Up, request.into()), (Direction::Down, answer.clone())]);

            let answer = String::from_utf8_lossy(&answer);
            assert_eq!(answer.contains(r#""messages":["#), channel, "{target}: {answer}");
            assert_eq!(totals(&parts).requests, u64::from(channel), "{target}");
            assert_eq!(totals(&parts).messages, u64::from(channel), "{target}");
        }
    }
}

/// The JSON of each message, as it is on the wire. Each is one whole part, and can be read.
pub(crate) fn messages(parts: &[Part]) -> Vec<String> {
    let messages = parts.iter().filter(|part| part.kind == Kind::Message);

    messages
        .map(|part| {
            serde_json::from_slice::<Received>(&part.bytes).unwrap_or_else(|error| panic!("{error}: {part:?}"));
            String::from_utf8(part.bytes.clone()).unwrap()
        })
        .collect()
}
