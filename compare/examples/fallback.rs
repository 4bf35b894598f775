//! All five ways at one origin, on one feed, and a page that falls back from one to the next without a loss.
//!
//! `cargo run -p compare --example fallback`, and open the address that it prints. Put a proxy before it, or let the page's own switches
//! refuse a way: the page goes on by the next, and none of the numbers that come each second is missing, or there twice.
#![expect(clippy::print_stdout, reason = "its address is what it has to say")]

use std::{env, io, net::TcpListener, path::Path, time::Duration};

use actix_web::{
    App, Error, HttpRequest, HttpResponse, HttpServer,
    body::{BoxBody, MessageBody as _, to_bytes},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY},
    middleware::{Next, from_fn},
    rt::spawn,
    web::{self, Bytes, Data, Payload, ServiceConfig},
};
use askama::Template;
use serde_json::json;
use shared::{Entry, Feed, Problem, Readers, Source, Start, feed::HISTORY, post, shell::files, stop};
use tokio::time::interval;

const LONGEST: usize = 4_096;
const TICK: Duration = Duration::from_secs(1);
/// Nothing from elsewhere runs, shows or is asked.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[derive(Template)]
#[template(path = "fallback.html")]
struct Page {
    cursor: String,
}

async fn page(source: Data<Source>) -> Result<HttpResponse, Error> {
    let cursor = source.feed().before_newest().await.map_err(Problem::from)?.to_string();
    let html = Page { cursor }.render().map_err(actix_web::error::ErrorInternalServerError)?;

    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .body(html))
}

async fn entry(text: String) -> Result<Entry, Problem> {
    if text.is_empty() || text.len() > LONGEST {
        return Err(Problem::bad_request(format!("a message has 1 to {LONGEST} bytes")));
    }

    Ok(Entry::new(&json!({ "kind": "message", "text": text }))?)
}

async fn say(request: HttpRequest, body: Bytes, source: Data<Source>) -> Result<HttpResponse, Problem> {
    post::respond(&request, body, &source, &post::Settings::default(), entry).await
}

async fn poll(request: HttpRequest, source: Data<Source>, start: Start) -> Result<HttpResponse, Problem> {
    polling::respond(&request, &source, start).await
}

async fn long_poll(request: HttpRequest, source: Data<Source>, start: Start) -> Result<HttpResponse, Problem> {
    long_polling::respond(&request, &source, start, &long_polling::Settings::default()).await
}

async fn iframe(request: HttpRequest, source: Data<Source>, start: Start) -> Result<HttpResponse, Problem> {
    iframe_stream::respond(&request, &source, start, &iframe_stream::Settings::default()).await
}

async fn events(request: HttpRequest, source: Data<Source>, start: Start) -> Result<HttpResponse, Problem> {
    sse::respond(&request, &source, start, &sse::Settings::default()).await
}

async fn socket(
    request: HttpRequest,
    body: Payload,
    source: Data<Source>,
    start: Start,
) -> Result<HttpResponse, Error> {
    websocket::respond(&request, body, &source, start, &websocket::Settings::default(), entry).await
}

/// What the page's switches put between: it refuses a way, or holds its answer back until that has ended, as some proxies do.
async fn between(request: ServiceRequest, next: Next<BoxBody>) -> Result<ServiceResponse<BoxBody>, Error> {
    let has = |fault: &str| request.query_string().split('&').any(|part| part == fault);
    if has("between=refuse") {
        return Ok(request.into_response(HttpResponse::BadGateway().finish()));
    }
    if !has("between=hold") {
        return next.call(request).await;
    }
    let (request, answer) = next.call(request).await?.into_parts();
    let (head, body) = answer.into_parts();
    let whole = to_bytes(body).await.map_err(actix_web::error::ErrorBadGateway)?;

    Ok(ServiceResponse::new(request, head.set_body(whole.boxed())))
}

fn routes(config: &mut ServiceConfig) {
    let way = |name: &str| web::resource(name.to_owned()).route(web::post().to(say));
    let ways = web::scope("/notes/blue")
        .wrap(from_fn(between))
        .service(way("/poll").route(web::get().to(poll)))
        .service(way("/long-poll").route(web::get().to(long_poll)))
        .service(way("/iframe").route(web::get().to(iframe)))
        .service(way("/events").route(web::get().to(events)))
        .service(way("/socket").route(web::get().to(socket)));
    config.service(ways).route("/", web::get().to(page));
    for name in ["shared", "compare", "polling", "long-polling", "sse", "websocket"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name).join("assets");
        config.service(files(&format!("/{name}"), folder));
    }
}

/// Publishes a number each second, each higher by one, so that a page can tell whether one is missing.
async fn count(feed: Feed, readers: Readers) {
    let mut tick = interval(TICK);
    let numbers = async {
        for number in 1_u64.. {
            tick.tick().await;
            let Ok(entry) = Entry::new(&json!({ "kind": "number", "number": number })) else { return };
            feed.publish(entry).await.ok(); // who is closed has no readers
        }
    };

    tokio::select! {
        () = numbers => {}
        () = readers.stopped() => {}
    }
}

/// Serves until these readers are told to stop.
pub(crate) async fn serve(listener: TcpListener, readers: Readers) -> io::Result<()> {
    let source = Data::new(Source::new(Feed::new(HISTORY), readers.clone()));
    spawn(count(source.feed().clone(), readers.clone()));
    let server = HttpServer::new(move || App::new().app_data(source.clone()).configure(routes))
        .workers(2)
        .h1_allow_half_closed(false)
        .tcp_nodelay(true)
        .client_disconnect_timeout(Duration::ZERO)
        .disable_signals()
        .listen(listener)?;

    stop::until_stopped(server.run(), &readers).await
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(address)?;
    println!("http://{}/", listener.local_addr()?);
    let readers = Readers::new(10_000);
    let ending = readers.clone();
    spawn(stop::on_signal(move || ending.stop()));

    serve(listener, readers).await
}
