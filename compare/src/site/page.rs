//! The page itself, and who may show the five in it.

use std::fmt::Display;

use actix_web::{HttpResponse, web::Data};
use askama::Template;
use shared::shell::{Options, Site, page::answer};

use crate::transports::ALL;

/// What the page names.
pub(super) const FILES: [&str; 4] =
    ["/shared/style.css", "/assets/vendor/uplot/uPlot.min.css", "/assets/compare.css", "/assets/page.js"];

/// The public ports of the five.
pub(super) struct Ports(pub(super) Vec<u16>);

#[derive(Template)]
#[template(path = "page.html")]
struct Page {
    /// Divided by spaces.
    ports: String,
    /// Divided by spaces.
    names: String,
    /// Divided by bars.
    titles: String,
}

/// `GET /`.
pub(super) async fn page(site: Data<Site>, ports: Data<Ports>) -> HttpResponse {
    let page = Page {
        ports: joined(&ports.0, " "),
        names: joined(ALL.map(|row| row.transport.name), " "),
        titles: joined(ALL.map(|row| row.transport.title), "|"),
    };
    let panels = joined(ports.0.iter().map(|port| format!("http://*:{port}")), " "); // by the name that the reader typed

    answer(&page, site.options(), &panels)
}

fn joined<T: Display>(parts: impl IntoIterator<Item = T>, between: &str) -> String {
    let parts: Vec<String> = parts.into_iter().map(|part| part.to_string()).collect();

    parts.join(between)
}

/// The options of the five: the page may show them, by whatever name it is called, and hear what they receive.
pub(super) fn embedded(options: &Options, port: u16) -> Options {
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned(), options.host.to_string()].into_iter();
    let mut names: Vec<String> = names.chain(options.allow_host.clone()).collect();
    names.dedup();
    let origins = names.into_iter().filter(|name| !name.contains(':')); // a policy knows no IPv6 address
    let mut embedded = options.clone();
    embedded.allow_embed.extend(origins.filter_map(|name| format!("http://{name}:{port}").parse().ok()));

    embedded
}
