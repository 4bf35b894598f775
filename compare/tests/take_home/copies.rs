//! Two ways as modules, on a copy of the ground.

mod sse;
mod websocket;

use actix_web::{App, Error, HttpRequest, HttpResponse, HttpServer, web};
use serde_json::json;
use shared::{Entry, Problem, Readers, Source, Start, Topics, stop, topics};

async fn events(request: HttpRequest, source: Source, start: Start) -> Result<HttpResponse, Problem> {
    sse::respond(&request, &source, start, &sse::Settings::default()).await
}

async fn socket(request: HttpRequest, body: web::Payload, source: Source, start: Start) -> Result<HttpResponse, Error> {
    let entry = async |text: String| Ok(Entry::new(&json!({ "text": text }))?);
    websocket::respond(&request, body, &source, start, &websocket::Settings::default(), entry).await
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let readers = Readers::new(10_000);
    let topics = web::Data::new(Topics::new(readers.clone(), topics::Settings::default()));
    let app = move || {
        let events = web::resource("/{room}/events").route(web::get().to(events));
        App::new().app_data(topics.clone()).service(events).route("/{room}/socket", web::get().to(socket))
    };
    let server = HttpServer::new(app).h1_allow_half_closed(false).disable_signals().bind("127.0.0.1:8080")?;
    stop::until_signal(server.run(), readers).await
}
