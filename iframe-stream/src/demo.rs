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

use crate::{Settings, respond};

/// How this way describes itself to the shell.
pub const TRANSPORT: Transport = Transport {
    name: "iframe-stream",
    title: "Iframe streaming",
    about: "A hidden iframe loads a page that never ends; the server writes a script into it for each message.",
    port: 8103,
    options: || vec![options::tick("1s"), options::workers(), options::max_clients(), options::max_age()],
    routes,
    upgrades: &[],
    silence: Duration::from_secs(4), // WebKit tells an iframe nothing of a reset
};

fn routes(config: &mut ServiceConfig, _options: &Options) {
    config.service(channel(web::get().to(messages)));
}

async fn messages(request: HttpRequest, site: Data<Site>, start: Start) -> Result<HttpResponse, Problem> {
    let options = site.options();
    let ancestors = options.embedders(&request);
    let settings = Settings { heartbeat: TRANSPORT.heartbeat(options), ancestors, ..Settings::default() };

    respond(&request, site.source(), start, &settings).await
}
