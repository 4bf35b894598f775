//! All five ways in one App, at paths of its own, with a feed for each room and two kinds of messages.

use std::{any::Any, env, io, time::Duration};

use actix_web::{
    App, Error, HttpRequest, HttpResponse, HttpServer,
    http::StatusCode,
    rt::net::TcpStream,
    web::{self, Bytes, Data, Path, Payload, ServiceConfig},
};
use serde::{Deserialize, Serialize};
use shared::{Entry, Problem, Readers, Source, Start, Topics, post, stop, topics};
use socket2::{SockRef, TcpKeepalive};

/// What is posted to `/notes/…`: plain text.
#[derive(Serialize)]
struct Note {
    kind: &'static str,
    text: String,
}

/// What is posted to `/chat/…`: JSON.
#[derive(Deserialize, Serialize)]
struct Chat {
    name: String,
    words: String,
}

/// `/notes/blue/events` is a feed of its own, and `/chat/blue/events` another.
#[derive(Deserialize)]
struct Room {
    kind: String,
}

fn entry(kind: &str, text: String) -> Result<Entry, Problem> {
    Ok(match (kind, text.len()) {
        ("chat", _) => Entry::new(&serde_json::from_str::<Chat>(&text).map_err(Problem::bad_request)?)?,
        ("notes", 1..=4_096) => Entry::new(&Note { kind: "message", text })?,
        ("notes", 0) => return Err(Problem::bad_request("a note has words: write some")),
        ("notes", _) => return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "a note has 4096 bytes at most")),
        _ => return Err(Problem::new(StatusCode::NOT_FOUND, "there are notes and chat")),
    })
}

async fn say(request: HttpRequest, body: Bytes, source: Source, room: Path<Room>) -> Result<HttpResponse, Problem> {
    let origins = vec!["https://app.example".parse().expect("it is one")];
    let settings = post::Settings { origins, ..post::Settings::default() };

    post::respond(&request, body, &source, &settings, async |text| entry(&room.kind, text)).await
}

async fn poll(request: HttpRequest, source: Source, start: Start) -> Result<HttpResponse, Problem> {
    polling::respond(&request, &source, start).await
}

async fn long_poll(request: HttpRequest, source: Source, start: Start) -> Result<HttpResponse, Problem> {
    long_polling::respond(&request, &source, start, &long_polling::Settings::default()).await
}

async fn iframe(request: HttpRequest, source: Source, start: Start) -> Result<HttpResponse, Problem> {
    iframe_stream::respond(&request, &source, start, &iframe_stream::Settings::default()).await
}

async fn events(request: HttpRequest, source: Source, start: Start) -> Result<HttpResponse, Problem> {
    sse::respond(&request, &source, start, &sse::Settings::default()).await
}

async fn socket(
    request: HttpRequest,
    payload: Payload,
    source: Source,
    room: Path<Room>,
    start: Start,
) -> Result<HttpResponse, Error> {
    let origins = vec!["https://app.example".parse().expect("it is one")];
    let settings = websocket::Settings { origins, ..websocket::Settings::default() };

    websocket::respond(&request, payload, &source, start, &settings, async move |text| entry(&room.kind, text)).await
}

fn routes(config: &mut ServiceConfig) {
    let resource = |way: &str| web::resource(format!("/{{kind}}/{{room}}/{way}"));
    config
        .service(resource("poll").route(web::get().to(poll)).route(web::post().to(say)))
        .service(resource("long-poll").route(web::get().to(long_poll)).route(web::post().to(say)))
        .service(resource("iframe").route(web::get().to(iframe)).route(web::post().to(say)))
        .service(resource("events").route(web::get().to(events)).route(web::post().to(say)))
        .service(resource("socket").route(web::get().to(socket)).route(web::post().to(say)));
}

/// A peer that vanished, or takes nothing, is dropped after half a minute.
fn give_up_dead_peers(connection: &dyn Any) {
    let Some(stream) = connection.downcast_ref::<TcpStream>() else { return };
    let probe = Duration::from_secs(15);
    let socket = SockRef::from(stream);
    socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(probe).with_interval(probe)).ok(); // or it goes unnoticed
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(2 * probe)).ok();
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let readers = Readers::new(10_000);
    let topics = Data::new(Topics::new(readers.clone(), topics::Settings::default()));
    let server = HttpServer::new(move || App::new().app_data(topics.clone()).configure(routes))
        .h1_allow_half_closed(false)
        .tcp_nodelay(true)
        .client_disconnect_timeout(Duration::ZERO)
        .on_connect(|connection, _| give_up_dead_peers(connection))
        .disable_signals()
        .bind(address)?;
    println!("{}", server.addrs()[0]);

    stop::until_signal(server.run(), readers).await
}
