//! A real exchange: a client that listens, and others who publish.

use compare::{
    client::{Channel, Connection, Received, request},
    transports::Row,
};
use shared::testing::{LIMIT, Server};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::{Passes, recorder::Recorder};

/// What a server could trip over, or whoever reads what it sends.
pub(crate) const HOSTILE: [&str; 9] = [
    "</script><script nonce=\"0\">f({\"id\":\"1\"})</script>\n<!--",
    "one\ntwo\rthree\r\nfour\n\nid: 9\ndata: {\"id\":\"9.9\"}\n\n",
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: {\"id\":\"9.9\"}\n\n",
    "\u{0}\u{1b}[31m\u{7f}\u{2028}\u{2029}\u{202e}",
    "👩‍👩‍👧 e\u{301} \u{10ffff}",
    "{\"id\":\"9f3c51aa.1\",\"at\":1,\"kind\":\"clock\",\"text\":\"x\"}",
    "\"}],\\\"messages\":[{\"id\":\"",
    "{\"gap\":true}",
    "x",
];

/// What passed, and what the parties know of it.
pub(crate) struct Exchange {
    /// The first is the listener's.
    pub(crate) connections: Vec<Passes>,
    /// The JSON of each message that the listener got, as it is on the wire.
    pub(crate) messages: Vec<String>,
    /// How many bytes of text were sent through the recorder, in how many texts.
    pub(crate) texts: Vec<usize>,
}

/// Publishes each text in the server, by POST, and on the connection where that is possible.
pub(crate) async fn run(row: &Row, texts: &[&str]) -> Exchange {
    let server = Server::start(row.transport, &[]);
    let recorder = Recorder::default();
    let address = recorder.listen(server.address).await;
    let mut connection = Connection::open((row.client)(), address, Some("start")).await.unwrap();
    let mut sent = Vec::new();

    for text in texts {
        server.publish(text);
        assert_eq!(next(&mut connection).await.text, *text);
        post(&mut TcpStream::connect(address).await.unwrap(), text).await;
        assert_eq!(next(&mut connection).await.text, *text);
        sent.push(text.len());
        if connection.say(text).await.unwrap() {
            assert_eq!(next(&mut connection).await.text, *text);
            sent.push(text.len());
        }
    }

    let connections = recorder.passes();
    let heard: Vec<u8> = connections[0].iter().flat_map(|(_, bytes)| bytes.clone()).collect();
    let on_the_wire = |json: &str| {
        if String::from_utf8_lossy(&heard).contains(json) {
            return json.to_owned();
        }
        json.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
    };
    let messages = server.held().iter().map(|message| on_the_wire(&message.json)).collect();

    Exchange { connections, messages, texts: sent }
}

async fn next(connection: &mut Connection) -> Received {
    timeout(LIMIT, connection.message()).await.unwrap()
}

async fn post(stream: &mut TcpStream, text: &str) {
    let headers = "Content-Type: text/plain\r\nConnection: close\r\n";
    stream.write_all(&request("POST", &Channel::at("localhost"), None, headers, text)).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();

    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
}
