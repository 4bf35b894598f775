//! WebSocket in an App of your own: a feed for each room, messages of your own, an allowed origin of yours.

use std::io;

use actix_web::{App, Error, HttpRequest, HttpResponse, HttpServer, web};
use serde::{Deserialize, Serialize};
use shared::{Entry, Problem, Readers, Source, Start, Topics, stop, topics};

#[derive(Deserialize, Serialize)]
struct Chat {
    name: String,
    words: String,
}

async fn entry(text: String) -> Result<Entry, Problem> {
    let chat: Chat = serde_json::from_str(&text).map_err(Problem::bad_request)?;
    Ok(Entry::new(&chat)?)
}

async fn listen(request: HttpRequest, body: web::Payload, source: Source, start: Start) -> Result<HttpResponse, Error> {
    let origins = vec!["https://app.example".parse().expect("it is one")];
    let settings = websocket::Settings { origins, ..websocket::Settings::default() };
    websocket::respond(&request, body, &source, start, &settings, entry).await
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let readers = Readers::new(10_000);
    let topics = web::Data::new(Topics::new(readers.clone(), topics::Settings::default()));
    let room = || web::resource("/rooms/{room}").route(web::get().to(listen));
    let app = move || App::new().app_data(topics.clone()).service(room());
    let server = HttpServer::new(app).h1_allow_half_closed(false).tcp_nodelay(true).disable_signals();
    stop::until_signal(server.bind(address)?.run(), readers).await
}
