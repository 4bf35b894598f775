//! Each crate's `examples/minimal.rs`, started as a reader starts it.

use std::{
    net::{SocketAddr, TcpListener},
    process::{Child, Command},
    time::Instant,
};

use compare::transports::{ALL, Row};
use shared::testing::{LIMIT, Wire};

/// One of them at an address of its own. It ends when it is dropped.
struct Minimal {
    address: SocketAddr,
    process: Child,
}

impl Minimal {
    fn start(name: &str) -> Self {
        Self::example(name, &format!("{name}-minimal"))
    }

    /// An example of a crate.
    fn example(name: &str, example: &str) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap(); // free a moment ago
        let mut command = Command::new(env!("CARGO"));
        command.args(["run", "--quiet", "--locked", "-p", name, "--example", example, "--", &address.to_string()]);
        let process = command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).spawn().unwrap();
        let mut minimal = Self { address, process };
        minimal.until_it_listens();

        minimal
    }

    fn until_it_listens(&mut self) {
        let until = Instant::now() + 6 * LIMIT; // it may have to be built
        while std::net::TcpStream::connect(self.address).is_err() {
            assert!(self.process.try_wait().unwrap().is_none(), "it has ended");
            assert!(Instant::now() < until, "it does not listen");
            std::thread::yield_now();
        }
    }

    fn ask(&self, line: &str, headers: &str, body: &str) -> Wire {
        let mut wire = Wire::to(self.address);
        let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        wire.send(format!("{line} HTTP/1.1\r\nHost: localhost\r\n{headers}{length}\r\n{body}"));

        wire
    }
}

impl Drop for Minimal {
    fn drop(&mut self) {
        self.process.kill().ok(); // it may have ended already
        self.process.wait().ok();
    }
}

#[test]
fn each_minimal_app_has_rooms_messages_and_an_allowed_origin_of_its_own() {
    const ADA: &str = r#""name":"Ada","words":"hello"}"#;
    for row in ALL {
        let name = row.transport.name;
        let app = Minimal::start(name);

        let statuses = ["https://app.example", "https://evil.example"].map(|origin| publish(&app, &row, origin));
        let mut blue = app.ask("GET /rooms/blue?after=start", row.headers, "");
        let mut red = app.ask("GET /rooms/red?after=start", row.headers, "");

        assert_eq!(statuses, if row.two_way { ["101", "403"] } else { ["201", "403"] }, "{name}");
        hears(&mut blue, ADA);
        assert!(!red.head()[0].contains("404"), "{name}");
        red.stream.set_nonblocking(true).unwrap();
        let mut rest = [0; 4_096];
        let seen = std::io::Read::read(&mut red.stream, &mut rest).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&rest[..seen]).contains("Ada"), "{name}: red hears of blue");
        end(app, name);
    }
}

#[test]
fn the_app_that_falls_back_has_all_ways_at_one_origin_with_a_page_and_refuses_on_demand() {
    let app = Minimal::example("compare", "fallback");
    let status = |path: &str, headers: &str| app.ask(&format!("GET {path}"), headers, "").head()[0].clone();

    for (path, row) in ["poll", "long-poll", "iframe", "events", "socket"].into_iter().zip(ALL) {
        let way = format!("/notes/blue/{path}?after=start");
        let wanted = if row.two_way { "101" } else { "200" };
        assert!(status(&way, row.headers).contains(wanted), "{path}");
        assert!(status(&format!("{way}&between=refuse"), row.headers).contains("502"), "{path}");
    }
    for path in ["/", "/shared/fallback.js", "/shared/judge.js", "/compare/fallback-page.js", "/sse/client.js"] {
        assert!(status(path, "").contains("200"), "{path}");
    }
    end(app, "fallback");
}

/// Publishes in the blue room as a page of this origin, and gives the status of the answer.
fn publish(app: &Minimal, row: &Row, origin: &str) -> String {
    const CHAT: &str = r#"{"name":"Ada","words":"hello"}"#;
    let origin = format!("Origin: {origin}\r\n");
    let mut wire = if row.two_way {
        app.ask("GET /rooms/blue", &format!("{}{origin}", row.headers), "")
    } else {
        app.ask("POST /rooms/blue", &format!("Content-Type: text/plain\r\n{origin}"), CHAT)
    };
    let status = wire.head()[0].split(' ').nth(1).unwrap().to_owned();
    if status == "101" {
        wire.send(compare::client::websocket::frame(1, CHAT.as_bytes()));
        hears(&mut wire, r#""words":"hello"}"#);
    }

    status
}

/// Reads up to this, whatever comes before.
fn hears(wire: &mut Wire, words: &str) {
    let mut heard = Vec::new();
    while !heard.ends_with(words.as_bytes()) {
        heard.extend(wire.exactly(1));
    }
}

/// SIGTERM ends it in time, however many listen.
fn end(mut app: Minimal, name: &str) {
    if cfg!(unix) {
        let id = app.process.id().to_string();
        assert!(Command::new("kill").arg(id).status().unwrap().success());
        let until = Instant::now() + LIMIT;
        let status = loop {
            match app.process.try_wait().unwrap() {
                Some(status) => break status,
                None => assert!(Instant::now() < until, "{name} does not end"),
            }
        };
        assert!(status.success(), "{name}: {status}");
    }
}
