//! A page on an origin of its own, which embeds another and keeps what it reports.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    task::JoinHandle,
};

/// Serves the page until it is dropped.
pub(crate) struct Parent {
    pub(crate) origin: String,
    serving: JoinHandle<()>,
}

impl Parent {
    /// The address of the page with this server's page in it.
    pub(crate) fn page(&self, child: SocketAddr) -> String {
        format!("{}/?{child}", self.origin)
    }
}

impl Drop for Parent {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Starts one on a free port.
pub(crate) async fn listen() -> Parent {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 4_096];
            let length = stream.read(&mut request).await.unwrap_or_default();
            let request = String::from_utf8_lossy(&request[..length]).into_owned();
            let child = request.split(['?', ' ']).nth(2).unwrap_or_default();
            let body = format!(
                "<!doctype html><title>Parent</title><link rel=icon href=data:,>\
                 <script>window.heard = []; onmessage = (event) => heard.push(event.data)</script>\
                 <iframe src=\"http://{child}/?compact\"></iframe>"
            );
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n";
            let answer = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
            stream.write_all(answer.as_bytes()).await.ok(); // a browser that went away is no failure
        }
    });

    Parent { origin, serving }
}
