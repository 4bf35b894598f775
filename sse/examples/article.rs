//! The article's Server-Sent Events, as close as Rust allows: an event each second, with an id that nobody uses.
//!
//! Its faults stay in. docs/FAULTS.md proves each, and says what mends it:
//! - The ids resume nothing: what happens while the line is cut is lost.
//! - All browsers come back at the same moment.
//! - A dead line goes unnoticed.
//! - A refusal ends it for good, and nothing says so.
//! - A text from the server is run as HTML.

#![expect(clippy::print_stdout, reason = "it says where it is")]

use actix_web::{
    App, HttpResponse, HttpServer, get,
    rt::time::sleep,
    web::{Bytes, Html},
};
use futures_util::stream::unfold;
use jiff::ZonedDateTime;
use std::{convert::Infallible, time::Duration};

const PAGE: &str = "<!doctype html>
<title>Server-Sent Events, as in the article</title>
<div id='clock'></div>
<script>
  let clock = document.querySelector('#clock');
  let eventSource = new EventSource('/clock');
  eventSource.onmessage = function (e) {
    clock.innerHTML = e.data;
  };
  eventSource.onerror = function () {};
</script>
";

#[get("/")]
async fn page() -> Html {
    Html::new(PAGE)
}

#[get("/clock")]
async fn clock() -> HttpResponse {
    let events = unfold(1, async |id| {
        sleep(Duration::from_secs(1)).await;
        let time = ZonedDateTime::now().strftime("%Y-%m-%d %H:%M:%S");
        let event = format!("id:{id}\nevent:message\ndata:{time}\n\n");
        Some((Ok::<_, Infallible>(Bytes::from(event)), id + 1))
    });
    HttpResponse::Ok().content_type("text/event-stream").streaming(events)
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let port = std::env::args().nth(1).map_or(3000, |port| port.parse().expect("the argument is a port"));
    let server = HttpServer::new(|| App::new().service(page).service(clock)).bind(("127.0.0.1", port))?;
    println!("open http://{}/", server.addrs()[0]);
    server.run().await
}
