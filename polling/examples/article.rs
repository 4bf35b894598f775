//! The article's polling, as close as Rust allows: a page, and a server that says what time it is.
//!
//! Its faults stay in. docs/FAULTS.md proves each, and says what mends it:
//! - What happens between two requests is lost.
//! - Polls overlap when the server is slow.
//! - A text from the server is run as HTML.

#![expect(clippy::print_stdout, reason = "it says where it is")]

use actix_web::{App, HttpServer, get, web::Html};
use jiff::ZonedDateTime;

const PAGE: &str = "<!doctype html>
<title>Polling, as in the article</title>
<div id='clock'></div>
<script>
  let clock = document.querySelector('#clock');
  setInterval(function () {
    let xhr = new XMLHttpRequest();
    xhr.open('GET', '/clock', true);
    xhr.onreadystatechange = function () {
      if (xhr.readyState === 4 && xhr.status === 200) clock.innerHTML = xhr.responseText;
    };
    xhr.send();
  }, 1000);
</script>
";

#[get("/")]
async fn page() -> Html {
    Html::new(PAGE)
}

#[get("/clock")]
async fn clock() -> String {
    ZonedDateTime::now().strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let port = std::env::args().nth(1).map_or(3000, |port| port.parse().expect("the argument is a port"));
    let server = HttpServer::new(|| App::new().service(page).service(clock)).bind(("127.0.0.1", port))?;
    println!("open http://{}/", server.addrs()[0]);
    server.run().await
}
