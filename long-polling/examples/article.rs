//! The article's long polling, as close as Rust allows: the server looks at its clock each second, and answers every 5 s.
//!
//! Its faults stay in. docs/FAULTS.md proves each, and says what mends it:
//! - What happens between two requests is lost.
//! - The server works on for a client that has left.
//! - A dead line goes unnoticed.
//! - The page asks again without a pause, however fast it is answered.
//! - A line that breaks is not opened again.
//! - A refusal ends it for good, and nothing says so.
//! - A text from the server is run as HTML.

#![expect(clippy::print_stdout, reason = "it says where it is, and when it looks")]

use actix_web::{App, HttpRequest, HttpServer, get, rt::time::sleep, web::Html};
use jiff::ZonedDateTime;
use std::time::Duration;

const PAGE: &str = "<!doctype html>
<title>Long polling, as in the article</title>
<div id='clock'></div>
<script>
  let clock = document.querySelector('#clock');
  function poll() {
    let xhr = new XMLHttpRequest();
    xhr.open('GET', '/clock', true);
    xhr.onreadystatechange = function () {
      if (xhr.readyState === 4 && xhr.status === 200) {
        clock.innerHTML = xhr.responseText;
        poll();
      }
    };
    xhr.send();
  }
  poll();
</script>
";

#[get("/")]
async fn page() -> Html {
    Html::new(PAGE)
}

#[get("/clock")]
async fn clock(request: HttpRequest) -> String {
    let client = request.peer_addr().expect("it came by TCP");
    loop {
        sleep(Duration::from_secs(1)).await;
        let now = ZonedDateTime::now();
        println!("{client}: looks at {}", now.strftime("%H:%M:%S"));
        if now.second() % 5 == 0 {
            return now.strftime("%Y-%m-%d %H:%M:%S").to_string();
        }
    }
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let port = std::env::args().nth(1).map_or(3000, |port| port.parse().expect("the argument is a port"));
    let server = HttpServer::new(|| App::new().service(page).service(clock)).bind(("127.0.0.1", port))?;
    println!("open http://{}/", server.addrs()[0]);
    server.run().await
}
