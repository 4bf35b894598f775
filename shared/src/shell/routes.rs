//! The routes that all five have besides their own channel.

use actix_web::{
    HttpRequest, HttpResponse, Resource, Route,
    web::{self, Bytes, Data, PayloadConfig, ServiceConfig},
};
use serde::Serialize;

use super::{files::files, metrics::metrics, page::page, site::Site};
use crate::{Problem, post};

/// Adds the page, the health check, the transport's own routes and, last, the files.
pub fn routes(config: &mut ServiceConfig, site: &Site) {
    config
        .app_data(PayloadConfig::new(usize::MAX)) // `body` has cut it already; the limit looks at Content-Length
        .service(web::resource("/").route(web::get().to(page)))
        .service(web::resource("/status").route(web::get().to(status)));
    if site.options().metrics {
        config.service(web::resource("/metrics").route(web::get().to(metrics)));
    }
    (site.transport().routes)(config, site.options());
    config
        .service(files("/assets", site.options().own_assets(site.transport().name)))
        .service(files("/shared", site.options().shared_assets()));
}

/// The one resource `/messages`: the transport's GET, the POST that publishes, and 405 for the rest.
pub fn channel(get: Route) -> Resource {
    web::resource("/messages").route(get).route(web::post().to(publish))
}

/// `POST /messages`: publishes a text.
async fn publish(site: Data<Site>, request: HttpRequest, body: Bytes) -> Result<HttpResponse, Problem> {
    let settings = post::Settings { origins: site.options().allow_origin.clone(), ..post::Settings::default() };

    post::respond(&request, body, site.source(), &settings, async |text| Site::entry(text)).await
}

/// `GET /status`: the health check.
async fn status(site: Data<Site>) -> Result<HttpResponse, Problem> {
    let feed = site.feed().status().await?;

    Ok(HttpResponse::Ok().json(Status {
        epoch: format!("{:08x}", feed.newest.epoch),
        newest: feed.newest.to_string(),
        held: feed.held,
        open: site.open(),
        published: feed.newest.seq,
        reachable: feed.reachable,
        lasts: feed.lasts.map(|lasts| lasts.as_millis()),
        uptime: site.uptime().as_millis(),
    }))
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
    /// Whether what keeps the feed, a file or Redis, takes messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    reachable: Option<bool>,
    /// The history, at the rate of late, in milliseconds, once it is full.
    #[serde(skip_serializing_if = "Option::is_none")]
    lasts: Option<u128>,
    /// Of this server, in milliseconds.
    uptime: u128,
}
