//! The server that a clause is asked of: one of ours, or, where `FIVE_WAYS_CONTRACT_AT` names an address, an App elsewhere
//! that has taken the five home.
//!
//! All that differs between the two stands here: the address, the paths, how to publish, and what is lacking.

use std::{
    cell::Cell,
    env,
    net::SocketAddr,
    sync::atomic::{AtomicU32, Ordering},
};

use compare::{client::Channel, transports::Row};
use serde_json::Value;
use shared::testing::{Server, Wire};
use tokio::task::spawn_blocking;

use crate::{
    reach::Reach,
    support::{Answer, PLAIN, ask_on, feed},
};

/// Where an App elsewhere listens.
pub(crate) const AT: &str = "FIVE_WAYS_CONTRACT_AT";

/// Where it is set, a proxy stands before that App.
const BEHIND: &str = "FIVE_WAYS_CONTRACT_BEHIND";

/// The names of the channels of that App, in the order of the table of the five: `/notes/ROOM/NAME`.
pub(crate) const PATHS: [&str; 5] = ["poll", "long-poll", "iframe", "events", "socket"];

/// An origin whose pages may publish there, besides its own.
const ALLOWED: &str = "https://app.example";

/// A clause that the App elsewhere is not asked, and what it lacks.
pub(crate) const LACKS: [(&str, &str); 31] = [
    ("the_page_carries_its_starting_cursor", "a page"),
    ("the_page_has_a_compact_form", "a page"),
    ("the_page_leads_to_the_next_way", "a page"),
    ("files_are_served_and_asked_for_again", "files"),
    ("beyond_max_clients_is_503", "so few seats"),
    ("what_is_too_old_ends_and_loses_nothing", "so low an age"),
    ("a_closed_feed_is_503", "a feed that this process can close"),
    ("a_feed_that_cannot_be_read_is_503", "a feed that this process can break"),
    ("options_tells_what_is_allowed", "the shell, which answers it"),
    ("what_no_browser_sends_is_answered_as_http_says", "/status"),
    ("an_unknown_path_is_404", "page and files; actix answers it by itself"),
    ("a_refused_body_is_read_before_the_answer", "the shell, which reads bodies"),
    ("a_body_beyond_measure_is_cut_off", "the shell, which reads bodies"),
    ("the_status_tells_figures", "/status"),
    ("the_metrics_tell_what_was_counted", "/metrics"),
    ("head_is_like_get_without_a_body", "a page and /status"),
    ("an_unknown_host_is_421", "the shell, which checks Host"),
    ("an_allowed_origin_may_read", "CORS, which the shell has"),
    ("only_allowed_origins_may_embed", "a page"),
    ("every_answer_has_the_security_headers", "the shell, which adds them"),
    ("a_websocket_elsewhere_is_400_at_once", "the shell, which refuses it"),
    ("http_1_0_gets_no_chunks", "the shell, which sees to HTTP/1.0"),
    ("a_head_does_not_come_alone", "a heartbeat that is off"),
    ("silence_is_broken_by_a_heartbeat", "a short heartbeat"),
    ("a_client_that_left_is_noticed", "/status; see take_home::without_it_a_client_that_closed_goes_unnoticed"),
    ("a_peer_that_takes_nothing_is_dropped", "a short heartbeat"),
    ("a_client_that_reads_slowly_is_kept", "a short heartbeat"),
    ("a_client_that_does_not_read_costs_bounded_memory", "a process of its own to measure"),
    ("a_hundred_waiting_clients_leave_other_routes_prompt", "other routes"),
    (
        "a_stop_ends_a_hundred_clients_in_two_seconds",
        "a stop by this process; a signal ends it, and a client of each way, in the test that starts it",
    ),
    ("servers_of_one_feed_stop_one_by_one", "a second server on its feed"),
];

/// A clause that the App elsewhere is asked in part, and what the rest needs.
pub(crate) const PARTLY: [(&str, &str); 6] = [
    ("a_wrong_method_is_405", "page, status and files; and the shell, which words actix's own answer"),
    ("errors_are_json", "page, status and files; the shell, which words actix's own answers; a feed to close"),
    (
        "an_offered_upgrade_is_ignored",
        "page, status and files; the shell, which says that it closes, and sees to HTTP/1.0",
    ),
    ("an_answer_keeps_the_connection", "page, status and files; and the shell, which keeps it longer than actix's 5 s"),
    ("what_was_asked_before_a_half_close_is_answered", "page, status and files"),
    ("a_client_that_does_not_read_slows_nobody", "the shell, which keeps the connection of a poll that sleeps"),
];

/// How many messages a feed holds: ours by default, and that App's.
const HISTORY: usize = 1_000;

/// Whether it is asked through a proxy, which ends connections as it likes, and takes off what is empty.
pub(crate) fn is_behind_a_proxy() -> bool {
    env::var_os(BEHIND).is_some()
}

thread_local! {
    /// How many rooms of the App elsewhere this test has asked.
    static ASKED: Cell<u32> = const { Cell::new(0) };
}

/// Runs a clause, and sees that it has asked the App elsewhere, where there is one: a clause that starts a server of ours
/// would show nothing.
pub(crate) async fn asked(clause: &str, run: impl Future<Output = ()>) {
    ASKED.set(0);
    run.await;

    let elsewhere = env::var_os(AT).is_some() && !LACKS.iter().any(|(lacking, _)| *lacking == clause);
    assert!(!elsewhere || ASKED.get() > 0, "{clause} was not asked of the App elsewhere");
}

/// A server under test, as it is set by default. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    pub(crate) path: String,
    /// Whose pages may publish besides its own.
    pub(crate) allowed: &'static str,
    /// How many messages its feed holds.
    pub(crate) history: usize,
    ours: Option<std::sync::Arc<Server>>,
}

impl Target {
    /// One of ours, or a room of its own in the App elsewhere.
    pub(crate) fn start(row: &Row) -> Self {
        Self::holding(row, HISTORY)
    }

    /// The same with a feed that holds so many messages, where that can be said.
    pub(crate) fn holding(row: &Row, history: usize) -> Self {
        let Ok(address) = env::var(AT) else {
            let server = Server::on(feed(history), row.transport, &["--allow-origin", ALLOWED]);
            let path = Channel::at("").path;
            return Self { address: server.address, path, allowed: ALLOWED, history, ours: Some(server.into()) };
        };

        ASKED.set(ASKED.get() + 1);
        Self::room(row, address.parse().expect("an address"))
    }

    /// For the rest of a clause that is asked elsewhere in part: the server, if it is ours.
    pub(crate) fn rest(&self, clause: &str) -> Option<&Server> {
        assert!(PARTLY.iter().any(|(partly, _)| *partly == clause), "{clause} must say what its rest needs");

        self.ours.as_deref()
    }

    pub(crate) fn room(row: &Row, address: SocketAddr) -> Self {
        static ROOMS: AtomicU32 = AtomicU32::new(0);
        let room = ROOMS.fetch_add(1, Ordering::Relaxed);
        let at = compare::transports::ALL.iter().position(|one| one.transport.name == row.transport.name);
        let way = PATHS[at.expect("it is one of the five")];

        let path = format!("/notes/{}-{room}/{way}", std::process::id());

        Self { address, path, allowed: ALLOWED, history: HISTORY, ours: None }
    }

    /// A request line as this server understands it: clauses call the channel `/messages`.
    pub(crate) fn line(&self, line: &str) -> String {
        line.replacen(&Channel::at("").path, &self.path, 1)
    }

    pub(crate) fn channel(&self) -> Channel {
        Channel { host: self.address.to_string(), path: self.path.clone() }
    }

    /// How it is reached.
    pub(crate) fn reach(&self) -> Reach {
        self.ours.as_deref().map_or_else(|| Reach::clear(self.address), Reach::of)
    }

    /// The scheme of its addresses.
    pub(crate) fn scheme(&self) -> &'static str {
        self.ours.as_deref().map_or("http", Server::scheme)
    }

    pub(crate) fn connect(&self) -> Wire {
        self.ours.as_deref().map_or_else(|| Wire::to(self.address), Server::connect)
    }

    /// Asks on a new connection and reads the answer.
    pub(crate) fn ask(&self, line: &str, headers: &str, body: impl AsRef<[u8]>) -> Answer {
        ask_on(&mut self.connect(), &self.line(line), headers, body)
    }

    /// Publishes a text, and gives its id.
    pub(crate) fn publish(&self, text: &str) -> String {
        match &self.ours {
            Some(server) => server.publish(text).id.to_string(),
            None => self.post(&mut self.connect(), text),
        }
    }

    /// The same by a request, on a connection that goes on.
    pub(crate) fn post(&self, wire: &mut Wire, text: &str) -> String {
        let answer = ask_on(wire, &self.line("POST /messages"), PLAIN, text);
        assert_eq!(answer.status, 201, "{answer:?}");
        if is_behind_a_proxy() {
            *wire = self.connect(); // Apache ends one where it needs the room, between two requests
        }

        json(&answer)["id"].as_str().expect("an id").to_owned()
    }

    /// Publishes texts one after the other, each when the last has been published.
    pub(crate) async fn publish_all(self, texts: Vec<String>) {
        match &self.ours {
            Some(server) => {
                for text in texts {
                    server.publish(&text);
                    tokio::task::yield_now().await;
                }
            }
            None => spawn_blocking(move || {
                let mut wire = self.connect();
                for text in texts {
                    self.post(&mut wire, &text);
                }
            })
            .await
            .expect("it does not panic"),
        }
    }

    /// The id of the newest message, or `EPOCH.0`.
    pub(crate) fn newest(&self) -> String {
        match &self.ours {
            Some(server) => server.newest().to_string(),
            None => {
                let (room, _way) = self.path.rsplit_once('/').expect("it has a name");
                let poll = format!("GET {room}/{}", PATHS[0]);
                json(&ask_on(&mut self.connect(), &poll, "", ""))["next"].as_str().expect("a cursor").to_owned()
            }
        }
    }
}

fn json(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
}
