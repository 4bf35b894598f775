//! The page itself.

use std::fmt::Display;

use actix_web::{HttpRequest, HttpResponse, web::Data};
use askama::Template;
use shared::shell::{Site, named, page::answer};

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
    /// Whether a content security policy can name the host of the panels.
    is_named: bool,
}

/// `GET /`. The panels have its own host, as the reader typed it.
pub(super) async fn page(request: HttpRequest, site: Data<Site>, ports: Data<Ports>) -> HttpResponse {
    let host = named(&request);
    let page = Page {
        ports: joined(&ports.0, " "),
        names: joined(ALL.map(|row| row.transport.name), " "),
        titles: joined(ALL.map(|row| row.transport.title), "|"),
        is_named: host.is_some(),
    };
    let panels = host.map(|host| joined(ports.0.iter().map(|port| format!("http://{host}:{port}")), " "));

    answer(&page, &request, site.options(), panels.as_deref().unwrap_or("'none'"))
}

fn joined<T: Display>(parts: impl IntoIterator<Item = T>, between: &str) -> String {
    let parts: Vec<String> = parts.into_iter().map(|part| part.to_string()).collect();

    parts.join(between)
}
