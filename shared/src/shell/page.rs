//! The page around every demo.

use actix_web::{HttpRequest, HttpResponse, http::header, web::Data};
use askama::Template;

use super::{
    card::{Card, card},
    host::{named, port},
    options::Options,
    site::Site,
    transport::Transport,
};
use crate::Problem;

/// What the page is made of. Its client starts from what stands here, so that nothing falls between page and channel.
#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    transport: &'a Transport,
    card: Option<&'a Card>,
    /// What starts the next way.
    command: String,
    /// Its port, where the page may ask there.
    next_port: Option<u16>,
    /// The port at which this page is, if no proxy stands before it.
    own_port: u16,
    /// Only the clock, the last messages, the state and the box to send.
    compact: bool,
    /// The place before the newest message.
    cursor: String,
    /// In milliseconds; 0 is never.
    heartbeat: u128,
    /// In milliseconds, where requests are held.
    hold: Option<u128>,
    /// The origins that may embed the page, divided by spaces: it reports to them what it receives.
    embed: String,
}

/// `GET /`, in full or, as `/?compact`, for a small panel.
pub(crate) async fn page(site: Data<Site>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let transport = site.transport();
    let options = site.options();
    let embed: Vec<String> = options.embedders(&request).iter().map(ToString::to_string).collect();
    let compact = request.query_string().split('&').any(|part| part.split('=').next() == Some("compact"));
    let card = card(transport.name);
    let next_port = card.map_or(0, |card| card.next.port(transport, options));
    let own_port = own_port(&request, options);
    let is_direct = card.is_some() && !compact && port(&request) == own_port;
    let next = named(&request).filter(|_| is_direct).map(|host| format!("{}://{host}:{next_port}", options.scheme()));
    let page = Page {
        transport,
        card,
        command: card.map(|card| card.next.command(next_port, options)).unwrap_or_default(),
        next_port: next.is_some().then_some(next_port),
        own_port,
        compact,
        cursor: site.feed().before_newest().await?.to_string(),
        heartbeat: transport.heartbeat(options).as_millis(),
        hold: options.duration("hold").map(|hold| hold.as_millis()),
        embed: embed.join(" "),
    };
    let asked = next.map_or("'self'".to_owned(), |next| format!("'self' {next}"));

    Ok(answer(&page, &request, options, "'self'", &asked))
}

/// The port of this server; where the five were put elsewhere, they have others, and are called by them.
fn own_port(request: &HttpRequest, options: &Options) -> u16 {
    if options.next_port.is_some() { port(request) } else { request.app_config().local_addr().port() }
}

/// Answers with a page. Nothing from elsewhere runs or shows in it but these frames, and it asks nobody but these, as
/// `frame-src` and `connect-src` of a content security policy name them (<https://www.w3.org/TR/CSP3/#directives-fetch>);
/// and it stands in no frames but those that the options allow.
pub fn answer(
    page: &impl Template,
    request: &HttpRequest,
    options: &Options,
    frames: &str,
    asked: &str,
) -> HttpResponse {
    let ancestors: String = options.embedders(request).iter().map(|origin| format!(" {origin}")).collect();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src {asked}; \
         frame-src {frames}; base-uri 'none'; form-action 'none'; frame-ancestors 'self'{ancestors}",
    );

    match page.render() {
        Ok(html) => HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CONTENT_SECURITY_POLICY, policy))
            .insert_header((header::REFERRER_POLICY, "same-origin"))
            .body(html),
        Err(error) => HttpResponse::from_error(actix_web::error::ErrorInternalServerError(error)),
    }
}
