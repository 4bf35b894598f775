//! The page itself.

use std::fmt::Display;

use actix_web::{HttpRequest, HttpResponse, web::Data};
use askama::Template;
use shared::shell::{Site, named, page::answer};

use super::between::Proxies;
use crate::{
    lab::{Home, Laboratory},
    transports::{ALL, Row},
};

/// What the page names.
pub(super) const FILES: [&str; 4] =
    ["/shared/style.css", "/assets/vendor/uplot/uPlot.min.css", "/assets/compare.css", "/assets/page.js"];

/// What the page says of a way before anything has been measured, each in so few words that it stands on one line of a
/// telephone. The pages of the five say more.
#[derive(Debug)]
struct Brief {
    name: &'static str,
    title: &'static str,
    what: &'static str,
    good_for: &'static str,
    cost: &'static str,
    /// It also costs one of the connections that a browser opens to an address.
    of_six: bool,
}

/// What it is, what it is good for, and what it costs, in the order of the article.
const BRIEFS: [[&str; 3]; 5] = [
    [
        "asks, and asks again",
        "what may be late; it passes every proxy",
        "requests for nothing; late by half an interval",
    ],
    ["asks, and waits for news", "rare news at once, through most proxies", "a request for each answer"],
    ["a hidden, endless page", "nothing new: so it was done before SSE", "in Chromium a tab that loads for ever"],
    ["an endless answer", "news one way; the browser itself comes back", "text only"],
    ["a line for both", "both ways, a lot, at the least overhead", "heartbeats, resuming, reconnecting are yours"],
];

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
    home: Home,
    /// Whether TLS is spoken.
    is_secure: bool,
    briefs: [Brief; 5],
    proxies: Proxies,
}

/// `GET /`. The panels have its own host, as the reader typed it.
pub(super) async fn page(
    request: HttpRequest,
    site: Data<Site>,
    ports: Data<Ports>,
    laboratory: Data<Laboratory>,
) -> HttpResponse {
    let host = named(&request);
    let page = Page {
        ports: joined(&ports.0, " "),
        names: joined(ALL.map(|row| row.transport.name), " "),
        titles: joined(ALL.map(|row| row.transport.title), "|"),
        is_named: host.is_some(),
        home: laboratory.home(),
        is_secure: laboratory.is_secure(),
        briefs: briefs(),
        proxies: Proxies::found(),
    };
    let scheme = site.options().scheme();
    let panels = host.map(|host| joined(ports.0.iter().map(|port| format!("{scheme}://{host}:{port}")), " "));

    answer(&page, &request, site.options(), panels.as_deref().unwrap_or("'none'"), "'self'")
}

fn briefs() -> [Brief; 5] {
    std::array::from_fn(|at| {
        let (Row { transport, waits, two_way, .. }, [what, good_for, cost]) = (ALL[at], BRIEFS[at]);
        Brief { name: transport.name, title: transport.title, what, good_for, cost, of_six: waits && !two_way }
    })
}

fn joined<T: Display>(parts: impl IntoIterator<Item = T>, between: &str) -> String {
    let parts: Vec<String> = parts.into_iter().map(|part| part.to_string()).collect();

    parts.join(between)
}
