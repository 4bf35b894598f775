//! The routes that all five have besides their own channel.

use actix_files::Files;
use actix_web::{
    HttpRequest, HttpResponse, guard,
    http::{StatusCode, header},
    web::{self, Bytes, Data, PayloadConfig, ServiceConfig},
};
use serde::Serialize;

use crate::{page::page, problem::Problem, transport::Transport, view::View};

/// Adds the page, the health check, the transport's own routes and, last, the files.
pub(crate) fn add(config: &mut ServiceConfig, transport: &Transport, view: &View) {
    let get_or_head = || web::route().guard(guard::Any(guard::Get()).or(guard::Head()));
    config
        .app_data(PayloadConfig::new(usize::MAX)) // `body` has cut it already; the limit looks at Content-Length
        .service(web::resource("/").route(get_or_head().to(page)).default_service(web::to(not_this_method)))
        .service(web::resource("/status").route(get_or_head().to(status)).default_service(web::to(not_this_method)))
        .configure(transport.routes);
    for switch in transport.switches {
        if view.options().switches.contains(&switch.name) {
            config.configure(switch.routes);
        }
    }
    config
        .service(Files::new("/assets", view.options().own_assets(transport)))
        .service(Files::new("/shared", view.options().shared_assets()));
}

/// `POST /messages`: publishes a text.
pub(crate) async fn publish(view: Data<View>, request: HttpRequest, body: Bytes) -> Result<HttpResponse, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("text/plain") {
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send the text as text/plain"));
    }
    let text = String::from_utf8(body.into())
        .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "the text is not UTF-8: encode it"))?;
    let message = view.publish(text).await?;
    tracing::debug!(client = request.peer_addr().map(tracing::field::display), id = %message.id, "published");

    Ok(HttpResponse::Created().content_type("application/json").body(message.json.clone()))
}

/// `GET /status`: the health check.
async fn status(view: Data<View>) -> HttpResponse {
    let feed = view.feed().status();

    HttpResponse::Ok().json(Status {
        epoch: format!("{:08x}", feed.newest.epoch),
        newest: feed.newest.to_string(),
        held: feed.held,
        open: view.open(),
        published: feed.newest.seq,
        uptime: view.uptime().as_millis(),
    })
}

#[derive(Serialize)]
struct Status {
    epoch: String,
    newest: String,
    held: usize,
    /// Streams, held requests and sockets of this server.
    open: usize,
    /// In this feed's life.
    published: u64,
    /// Of this server, in milliseconds.
    uptime: u128,
}

async fn not_this_method() -> HttpResponse {
    HttpResponse::MethodNotAllowed().insert_header((header::ALLOW, "GET, HEAD")).finish()
}
