//! The one table of the five. What differs between them is a field here, and a test asserts that it still holds.

use shared::shell::Transport;

use crate::client::{self, Client, End};

/// A transport, its client, and where it differs from the others.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The server's half.
    pub transport: Transport,
    /// The client's half.
    pub client: fn() -> Box<dyn Client>,
    /// A client that waits holds something open: a request, a response or a socket. A poll that is answered at once
    /// does not count.
    pub waits: bool,
    /// Messages follow each other without being asked for, and silence is broken by a heartbeat. Where not, an answer
    /// says that there is nothing.
    pub streams: bool,
    /// The stream is the body of an answer: a proxy might hold it back, and HTTP/1.0 knows its end by the close.
    pub endless_body: bool,
    /// An answer ends when it is long enough, and asks to be followed by the next at once.
    pub reopens: bool,
    /// A client can send on the same connection, which begins with an upgrade.
    pub two_way: bool,
    /// How a client hears that the server stops. One that only polls hears nothing: its connection is closed.
    pub stop: End,
    /// How a client hears that the feed cannot be read any more.
    pub failure: End,
    /// The state that the page shows while nothing happens on a healthy connection.
    pub rest: &'static str,
    /// The headers with which its channel is asked for.
    pub headers: &'static str,
}

impl Row {
    /// These options, each a name and its value, without those that only others of the five have.
    pub fn options<'a>(&self, given: &[&'a str]) -> Vec<&'a str> {
        let names = |row: &Self| (row.transport.options)().into_iter().map(|option| format!("--{}", option.get_id()));
        let own: Vec<String> = names(self).collect();
        let known: Vec<String> = ALL.iter().flat_map(names).collect();
        let is_foreign = |name: &str| known.iter().any(|one| one == name) && !own.iter().any(|one| one == name);

        given.chunks(2).filter(|pair| !is_foreign(pair[0])).flatten().copied().collect()
    }
}

/// The five, in the order of the article.
pub const ALL: [Row; 5] = [
    Row {
        transport: polling::TRANSPORT,
        client: || Box::new(client::polling::Polling::default()),
        waits: false,
        streams: false,
        endless_body: false,
        reopens: false,
        two_way: false,
        stop: End::Cut,
        failure: End::Refused(503, Some(1)),
        rest: "live",
        headers: "",
    },
    Row {
        transport: long_polling::TRANSPORT,
        client: || Box::new(client::polling::Polling::default()),
        waits: true,
        streams: false,
        endless_body: false,
        reopens: false,
        two_way: false,
        stop: End::Refused(503, Some(1)),
        failure: End::Refused(503, Some(1)),
        rest: "waiting",
        headers: "",
    },
    Row {
        transport: iframe_stream::TRANSPORT,
        client: || Box::new(client::iframe_stream::IframeStream::default()),
        waits: true,
        streams: true,
        endless_body: true,
        reopens: true,
        two_way: false,
        stop: End::Complete,
        failure: End::Complete,
        rest: "live",
        headers: "",
    },
    Row {
        transport: sse::TRANSPORT,
        client: || Box::new(client::sse::Sse::default()),
        waits: true,
        streams: true,
        endless_body: true,
        reopens: false,
        two_way: false,
        stop: End::Complete,
        failure: End::Complete,
        rest: "live",
        headers: "",
    },
    Row {
        transport: websocket::TRANSPORT,
        client: || Box::new(client::websocket::WebSocket::default()),
        waits: true,
        streams: true,
        endless_body: false,
        reopens: false,
        two_way: true,
        stop: End::Closed(Some(1001)),
        failure: End::Closed(Some(1011)),
        rest: "live",
        headers: client::websocket::HANDSHAKE,
    },
];
