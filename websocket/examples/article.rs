//! The article's WebSocket, as close as Rust allows: a greeting and a reply, numbered in the logs of both sides.
//!
//! Its faults stay in. docs/FAULTS.md proves each, and says what mends it:
//! - A page of any origin may connect.
//! - The server never asks whether a silent client is still there.
//! - A dead line goes unnoticed.
//! - A line that breaks is not opened again.
//! - A refusal ends it for good, and nothing says so.

#![expect(clippy::print_stdout, reason = "it says where it is, and its log has two of the six steps")]

use actix_web::{
    App, Error, HttpRequest, HttpResponse, HttpServer, get,
    rt::spawn,
    web::{Data, Html, Payload},
};
use actix_ws::Message;

const PAGE: &str = "<!doctype html>
<title>WebSocket, as in the article</title>
<link rel='icon' href='data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22/%3E'>
<p>Open the browser's console.</p>
<script>
  let socket = new WebSocket('ws://localhost:3000');
  socket.onopen = function () {
    console.log('1.The client has connected');
    socket.send('3.Hello from the client');
  };
  socket.onmessage = function (event) {
    console.log('6.The client has received: ' + event.data);
  };
</script>
";

#[get("/")]
async fn page(port: Data<u16>) -> Html {
    Html::new(PAGE.replace("localhost:3000", &format!("localhost:{}", **port)))
}

#[get("/")]
async fn socket(request: HttpRequest, body: Payload) -> Result<HttpResponse, Error> {
    let (response, mut session, mut messages) = actix_ws::handle(&request, body)?;
    println!("2.The server has seen the connection");
    spawn(async move {
        while let Some(Ok(message)) = messages.recv().await {
            match message {
                Message::Text(text) => {
                    println!("4.The server has received: {text}");
                    session.text(format!("5.The server says: {text}")).await?;
                }
                Message::Ping(bytes) => session.pong(&bytes).await?, // Node's `ws` does this by itself,
                Message::Close(reason) => return session.close(reason).await, // and this
                _ => {}
            }
        }
        Ok(())
    });
    Ok(response)
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let mut ports = std::env::args().skip(1).map(|port| port.parse().expect("the arguments are ports"));
    let (first, second) = (ports.next().unwrap_or(3000), ports.next().unwrap_or(3001));
    let sockets = HttpServer::new(|| App::new().service(socket)).bind(("127.0.0.1", first))?;
    let port = Data::new(sockets.addrs()[0].port());
    let pages = HttpServer::new(move || App::new().app_data(port.clone()).service(page)).bind(("127.0.0.1", second))?;
    println!("open http://{}/ (sockets are at {})", pages.addrs()[0], sockets.addrs()[0]);
    tokio::try_join!(sockets.run(), pages.run()).map(drop)
}
