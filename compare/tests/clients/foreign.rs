//! A server that is not ours: a few lines that answer with valid event streams, whatever is asked.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    task::JoinHandle,
};

/// Serves until it is dropped.
pub(crate) struct Foreign {
    pub(crate) address: SocketAddr,
    /// The `Last-Event-ID` of each request, empty where there is none.
    pub(crate) asked: UnboundedReceiver<String>,
    accepting: JoinHandle<()>,
}

impl Foreign {
    /// Answers each request with this, and ends the connection unless it is to stay open.
    pub(crate) async fn serve(answer: String, stays_open: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (asks, asked) = unbounded_channel();
        let accepting = tokio::spawn(async move {
            let mut open = Vec::new();
            loop {
                let (mut client, _) = listener.accept().await.unwrap();
                let head = head(&mut client).await;
                client.write_all(answer.as_bytes()).await.ok(); // it may have gone away
                let place = head.lines().find_map(|line| line.strip_prefix("last-event-id:"));
                asks.send(place.unwrap_or_default().trim().to_owned()).ok(); // the test may be over
                if stays_open {
                    open.push(client);
                }
            }
        });

        Self { address, asked, accepting }
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn head(client: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match client.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break, // it has gone away
        }
    }

    String::from_utf8_lossy(&head).to_lowercase()
}

/// An answer in chunks, complete or cut before the last.
pub(crate) fn stream(events: &str, complete: bool) -> String {
    let end = if complete { "0\r\n\r\n" } else { "" };

    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{events}\r\n{end}",
        events.len()
    )
}
