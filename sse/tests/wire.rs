//! What SSE sends, to the byte: each clause of docs/SPEC.md under "Server-Sent Events" has its test here.

use std::{collections::HashSet, num::NonZeroUsize};

use shared::{
    Cursor, Feed,
    shell::Kind,
    testing::{Server, Wire},
};
use sse::TRANSPORT;

#[test]
fn retry_and_the_place_are_the_first_event() {
    let server = Server::start(TRANSPORT, &[]);
    let place = server.newest();

    let streams = (0..8).map(|_| ask(&server, "", ""));

    let retries: HashSet<u32> = streams
        .map(|mut stream| {
            let head = [
                "HTTP/1.1 200 OK",
                "cache-control: no-store",
                "content-type: text/event-stream",
                "incremental: ?1",
                "transfer-encoding: chunked",
                "x-accel-buffering: no",
                "x-content-type-options: nosniff",
            ];
            assert_eq!(stream.head(), head);
            retry(&stream.chunk()).0
        })
        .collect();
    assert!(retries.len() > 1, "not random: {retries:?}");

    let first = server.publish("first").id;
    let newest = server.publish("newest").id;
    let cases = [("", first), ("?after=start", place), (&format!("?after={first}"), first)];
    for (query, id) in cases {
        let first_block = retry(&begun(&server, query, "").1).1;
        assert_eq!(first_block, format!("id: {id}\nevent: heartbeat\ndata: {{\"more\":true}}\n\n"), "{query}");
    }
    let up_to_date = retry(&begun(&server, &format!("?after={newest}"), "").1).1;
    assert_eq!(up_to_date, heartbeat(newest));
}

#[test]
fn a_message_is_an_event() {
    let server = Server::start(TRANSPORT, &[]);
    let message = server.publish("</script>\r\n\u{2028}\"😀\0");

    let mut stream = open(&server, "?after=start", "");
    let first = stream.chunk();
    let up_to_date = stream.chunk();
    let tick = server.publish_as(Kind::Clock, "2026-11-22 23:17:00");
    let second = stream.chunk();

    assert_eq!(first, format!("id: {}\ndata: {}\n\n", message.id, message.json));
    assert_eq!(up_to_date, heartbeat(message.id));
    assert_eq!(second, format!("id: {}\nevent: clock\ndata: {}\n\n", tick.id, tick.json));
    assert!(tick.json.starts_with(&format!(r#"{{"id":"{}","#, tick.id)), "{}", tick.json);
}

#[test]
fn a_gap_is_an_event() {
    let server = Server::start(TRANSPORT, &[]);
    let here = server.newest();
    let elsewhere = Cursor { epoch: !here.epoch, ..here };

    let (_stream, nothing_held) = begun(&server, &format!("?after={elsewhere}"), "");
    server.publish("held");
    let (_stream, held) = begun(&server, &format!("?after={elsewhere}"), "");

    let gap = format!("id: {here}\nevent: gap\ndata: {{}}\n\n");
    assert_eq!(retry(&held).1, gap, "the first event: an id ahead of it would come back as a valid place");
    assert_eq!(retry(&nothing_held).1, gap + &heartbeat(here));
}

#[test]
fn a_heartbeat_moves_no_id() {
    let server = Server::start(TRANSPORT, &["--heartbeat", "50ms"]);
    let message = server.publish("the last before a silence");

    let mut stream = open(&server, "?after=start", "");

    assert_eq!(stream.chunk(), format!("id: {}\ndata: {}\n\n", message.id, message.json));
    assert_eq!(stream.chunk(), heartbeat(message.id), "now the client is up to date");
    assert_eq!(stream.chunk(), format!(": heartbeat\n{}", heartbeat(message.id)));
}

#[test]
fn last_event_id_wins_over_after() {
    let server = Server::start(TRANSPORT, &[]);
    let [seen, missed, newest] = ["seen", "missed", "newest"].map(|text| server.publish(text));
    let header = format!("Last-Event-ID: {}\r\n", seen.id);
    let events = [missed, newest.clone()].map(|message| format!("id: {}\ndata: {}\n\n", message.id, message.json));

    for after in ["start".to_owned(), seen.id.to_string(), newest.id.to_string()] {
        let mut stream = open(&server, &format!("?after={after}"), &header);

        assert_eq!(stream.chunk(), events.concat(), "after={after}");
    }
}

#[test]
fn a_malformed_last_event_id_is_a_gap() {
    let server = Server::start(TRANSPORT, &[]);
    let place = server.newest();
    let held = server.publish("held");

    for id in ["start", "17", "9F3C51AA.17", "é"] {
        let (mut stream, first) = begun(&server, &format!("?after={}", held.id), &format!("Last-Event-ID: {id}\r\n"));

        assert_eq!(retry(&first).1, format!("id: {place}\nevent: gap\ndata: {{}}\n\n"), "{id:?}");
        assert_eq!(stream.chunk(), format!("id: {}\ndata: {}\n\n", held.id, held.json), "{id:?}");
    }
}

#[test]
fn an_empty_last_event_id_is_none() {
    let server = Server::start(TRANSPORT, &[]);
    let seen = server.publish("seen").id;
    server.publish("new");

    for header in ["Last-Event-ID:\r\n", "Last-Event-ID: \r\n"] {
        let (_stream, first) = begun(&server, &format!("?after={seen}"), header);

        assert_eq!(retry(&first).1, format!("id: {seen}\nevent: heartbeat\ndata: {{\"more\":true}}\n\n"));
    }
}

/// Cut at any byte, a browser comes back with the id of the last event that was whole, or as it came first.
#[test]
fn a_stream_that_is_cut_at_any_byte_goes_on_where_it_was() {
    let server = Server::on(Feed::new(NonZeroUsize::new(3).unwrap()), TRANSPORT, &[]);
    let lost = server.newest();
    let ids = ["1", "2", "3", "4"].map(|text| server.publish(text).id);
    let [_, _, third, newest] = ids;
    let elsewhere = Cursor { epoch: !newest.epoch, ..newest };

    for (after, gap, wanted) in [
        (None, false, &ids[3..]),
        (Some("start".to_owned()), false, &ids[1..]),
        (Some(third.to_string()), false, &ids[3..]),
        (Some(newest.to_string()), false, &ids[4..]),
        (Some(lost.to_string()), true, &ids[1..]),
        (Some(elsewhere.to_string()), true, &ids[1..]),
    ] {
        let query = after.map_or(String::new(), |after| format!("?after={after}"));
        let whole = until_up_to_date(&server, &query, "");
        for end in 0..=whole.len() {
            let mut heard = Heard::default();
            heard.take(&String::from_utf8_lossy(&whole[..end]));
            let header = heard.last_id.clone().map_or(String::new(), |id| format!("Last-Event-ID: {id}\r\n"));
            let rest = until_up_to_date(&server, &query, &header);
            heard.take(&String::from_utf8_lossy(&rest));

            assert_eq!((&*heard.messages, heard.gaps > 0), (wanted, gap), "{query}, cut after {end} bytes");
        }
    }
}

/// What a browser makes of events: one that is not whole is forgotten, its id too.
#[derive(Default)]
struct Heard {
    last_id: Option<String>,
    messages: Vec<Cursor>,
    gaps: usize,
}

impl Heard {
    fn take(&mut self, stream: &str) {
        let whole = stream.rfind("\n\n").map_or("", |end| &stream[..end]);
        for event in whole.split("\n\n").filter(|event| !event.is_empty()) {
            let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            self.last_id = field("id").map(str::to_owned).or(self.last_id.take());
            match field("event") {
                Some("gap") => self.gaps += 1,
                Some("heartbeat") => {}
                _ => self.messages.push(field("id").expect("an id").parse().expect("a cursor")),
            }
        }
    }
}

/// The stream until it says that nothing is pending.
fn until_up_to_date(server: &Server, query: &str, header: &str) -> Vec<u8> {
    let mut stream = ask(server, query, header);
    stream.head();
    let mut heard = String::new();
    while !heard.ends_with("\ndata: {\"more\":false}\n\n") {
        heard += &stream.chunk();
    }

    heard.into_bytes()
}

#[test]
fn a_stop_ends_the_body() {
    let server = Server::start(TRANSPORT, &[]);
    let mut stream = open(&server, "", "");

    server.stop.cancel();

    assert_eq!(stream.rest(), "0\r\n\r\n");
}

/// Asks for the channel on a connection of its own; `header` is empty, or one more line.
fn ask(server: &Server, query: &str, header: &str) -> Wire {
    let mut wire = server.connect();
    wire.send(format!("GET /messages{query} HTTP/1.1\r\nHost: localhost\r\n{header}\r\n"));

    wire
}

/// A stream that has told its place.
fn open(server: &Server, query: &str, header: &str) -> Wire {
    begun(server, query, header).0
}

/// A stream, and its first chunk.
fn begun(server: &Server, query: &str, header: &str) -> (Wire, String) {
    let mut stream = ask(server, query, header);
    assert_eq!(stream.head()[0], "HTTP/1.1 200 OK");
    let first = stream.chunk();

    (stream, first)
}

/// How long to wait, in milliseconds, and the rest of the first event.
fn retry(chunk: &str) -> (u32, String) {
    let (ms, rest) = chunk.strip_prefix("retry: ").and_then(|rest| rest.split_once('\n')).expect("retry comes first");
    let ms = ms.parse().expect("a number");
    assert!((1_000..=2_000).contains(&ms), "{ms}");

    (ms, rest.to_owned())
}

/// The event that says that nothing is pending.
fn heartbeat(place: Cursor) -> String {
    format!("id: {place}\nevent: heartbeat\ndata: {{\"more\":false}}\n\n")
}
