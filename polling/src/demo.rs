//! This way as a program of its own, on the shell.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data, ServiceConfig},
};
use shared::{
    Problem, Start,
    shell::{Options, Site, Transport, channel, options},
};

use crate::respond;

/// How this way describes itself to the shell.
pub const TRANSPORT: Transport = Transport {
    name: "polling",
    title: "Polling",
    about: "The browser asks at an interval; the server answers at once, even when there is nothing.",
    port: 8101,
    options: || vec![options::tick("1s"), options::workers()],
    routes,
    upgrades: &[],
    silence: Duration::MAX,
};

fn routes(config: &mut ServiceConfig, _options: &Options) {
    config.service(channel(web::get().to(messages)));
}

async fn messages(request: HttpRequest, site: Data<Site>, start: Start) -> Result<HttpResponse, Problem> {
    respond(&request, site.source(), start).await
}
