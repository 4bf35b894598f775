//! The article's iframe stream, as close as Rust allows: a response that never ends, and in it a script each second.
//!
//! Its faults stay in. docs/FAULTS.md proves each, and says what mends it:
//! - There are no ids: what happens while the line is cut is lost.
//! - The server works on for a client that has left.
//! - A text with a quote in it ends the script's string.
//! - A dead line goes unnoticed.
//! - A line that breaks is not opened again.
//! - A refusal ends it for good, and nothing says so.
//! - The document in the iframe grows for ever.
//! - The page never finishes loading.
//! - A text from the server is run as HTML.

#![expect(clippy::print_stdout, reason = "it says where it is, and what it writes")]

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer, get,
    rt::{spawn, time::sleep},
    web::{Bytes, Html},
};
use futures_util::stream::unfold;
use jiff::ZonedDateTime;
use std::{convert::Infallible, time::Duration};
use tokio::sync::mpsc::unbounded_channel;

const PAGE: &str = "<!doctype html>
<title>Iframe streaming, as in the article</title>
<div id='clock'></div>
<iframe src='/clock' height='0' frameborder='0'></iframe>
<script>
  function setTime(text) {
    document.querySelector('#clock').innerHTML = text;
  }
</script>
";

#[get("/")]
async fn page() -> Html {
    Html::new(PAGE)
}

#[get("/clock")]
async fn clock(request: HttpRequest) -> HttpResponse {
    let client = request.peer_addr().expect("it came by TCP");
    let (response, scripts) = unbounded_channel();
    spawn(async move {
        loop {
            sleep(Duration::from_secs(1)).await;
            let time = ZonedDateTime::now().strftime("%Y-%m-%d %H:%M:%S").to_string();
            println!("{client}: writes {time}");
            response.send(script(&time)).ok(); // as `res.write` does, it says nothing when the client is gone
        }
    });
    let body = unfold(scripts, async |mut scripts| Some((scripts.recv().await?, scripts)));
    HttpResponse::Ok().content_type("text/html").streaming(body)
}

pub(crate) fn script(text: &str) -> Result<Bytes, Infallible> {
    Ok(format!("<script>parent.setTime('{text}')</script>\n").into())
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let port = std::env::args().nth(1).map_or(3000, |port| port.parse().expect("the argument is a port"));
    let server = HttpServer::new(|| App::new().service(page).service(clock)).bind(("127.0.0.1", port))?;
    println!("open http://{}/", server.addrs()[0]);
    server.run().await
}
