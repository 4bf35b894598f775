//! The one table of the five. What differs between them is a field here, and a test asserts that it still holds.

use shared::Transport;

use crate::client::{self, Client};

/// A transport, its client, and where it differs from the others.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The server's half.
    pub transport: Transport,
    /// The client's half.
    pub client: fn() -> Box<dyn Client>,
    /// A client that waits holds something open: a request, a response or a socket.
    pub waits: bool,
    /// A response goes on after a message.
    pub streams: bool,
    /// The server says a heartbeat into silence by itself. A long poll's answer of 204 takes its place.
    pub heartbeat: bool,
    /// A client can send on the same connection.
    pub two_way: bool,
    /// The headers with which its channel is asked for.
    pub headers: &'static str,
}

/// A WebSocket's handshake (RFC 6455 §4.1), with the key of the RFC's example.
pub const HANDSHAKE: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
                         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// The five, in the order of the article.
pub const ALL: [Row; 5] = [
    Row {
        transport: polling::TRANSPORT,
        client: || Box::new(client::polling::Polling::default()),
        waits: false,
        streams: false,
        heartbeat: false,
        two_way: false,
        headers: "",
    },
    Row {
        transport: long_polling::TRANSPORT,
        client: || Box::new(client::polling::Polling::default()),
        waits: true,
        streams: false,
        heartbeat: false,
        two_way: false,
        headers: "",
    },
    Row {
        transport: iframe_stream::TRANSPORT,
        client: || Box::new(client::iframe_stream::IframeStream::default()),
        waits: true,
        streams: true,
        heartbeat: true,
        two_way: false,
        headers: "",
    },
    Row {
        transport: sse::TRANSPORT,
        client: || Box::new(client::sse::Sse::default()),
        waits: true,
        streams: true,
        heartbeat: true,
        two_way: false,
        headers: "",
    },
    Row {
        transport: websocket::TRANSPORT,
        client: || Box::new(client::websocket::WebSocket::default()),
        waits: true,
        streams: true,
        heartbeat: true,
        two_way: true,
        headers: HANDSHAKE,
    },
];
