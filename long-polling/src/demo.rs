//! This way as a program of its own, on the shell.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data, ServiceConfig},
};
use shared::{
    Problem, Start,
    shell::{Options, Site, Transport, channel, is_head, options},
};

use crate::{Settings, respond};

/// How this way describes itself to the shell.
pub const TRANSPORT: Transport = Transport {
    name: "long-polling",
    title: "Long polling",
    about: "The browser asks; the server answers only when there is something, and the browser asks again.",
    port: 8102,
    options: || {
        let hold = options::duration("hold", "25s", "How long a long poll is held; 0 answers at once");
        let tick = options::tick("5s"); // so slow that the wait can be seen
        vec![tick, options::workers(), options::max_clients(), options::max_age(), hold]
    },
    routes,
    upgrades: &[],
    silence: Duration::MAX,
};

fn routes(config: &mut ServiceConfig, _options: &Options) {
    config.service(channel(web::get().to(messages)));
}

async fn messages(request: HttpRequest, site: Data<Site>, start: Start) -> Result<HttpResponse, Problem> {
    let usual = Settings::default();
    let hold = site.options().duration("hold").unwrap_or(usual.hold);
    let hold = site.source().readers().age().map_or(hold, |age| age.min(hold));
    let settings = Settings { hold: if is_head(&request) { Duration::ZERO } else { hold } };

    respond(&request, site.source(), start, &settings).await
}
