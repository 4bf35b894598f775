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
    name: "sse",
    title: "Server-Sent Events",
    about: "The browser opens one response; the server writes an event into it for each message.",
    port: 8104,
    options: || vec![options::tick("1s"), options::workers(), options::max_clients(), options::max_age()],
    routes,
    upgrades: &[],
    silence: Duration::MAX,
};

fn routes(config: &mut ServiceConfig, _options: &Options) {
    config.service(channel(web::get().to(messages)));
}

async fn messages(request: HttpRequest, site: Data<Site>, start: Start) -> Result<HttpResponse, Problem> {
    let settings = Settings { heartbeat: site.options().heartbeat, ..Settings::default() };

    respond(&request, site.source(), start, &settings).await
}
