//! This way as a program of its own, on the shell.

use std::time::Duration;

use actix_web::{
    Error, HttpRequest, HttpResponse,
    web::{self, Data, Payload, ServiceConfig},
};
use shared::{
    Start,
    shell::{Options, Site, Transport, channel, options},
};

use crate::{Settings, echo::echo, respond};

/// How this way describes itself to the shell.
pub const TRANSPORT: Transport = Transport {
    name: "websocket",
    title: "WebSocket",
    about: "The browser opens one connection; both sides send frames on it, at any time.",
    port: 8105,
    options: || {
        let echo = options::switch("echo", "Add /echo, which sends back each message, of text or bytes, up to 16 MiB");
        vec![options::tick("1s"), options::workers(), options::max_clients(), options::max_age(), echo]
    },
    routes,
    upgrades: &["/messages", "/echo"],
    silence: Duration::MAX,
};

fn routes(config: &mut ServiceConfig, options: &Options) {
    config.service(channel(web::get().to(messages)));
    if options.is_on("echo") {
        config.service(web::resource("/echo").route(web::get().to(echo)));
    }
}

async fn messages(
    request: HttpRequest,
    payload: Payload,
    site: Data<Site>,
    start: Start,
) -> Result<HttpResponse, Error> {
    let Options { heartbeat, allow_origin, .. } = site.options();
    let settings = Settings { heartbeat: *heartbeat, origins: allow_origin.clone(), ..Settings::default() };

    respond(&request, payload, site.source(), start, &settings, async |text| Site::entry(text)).await
}
