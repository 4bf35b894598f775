//! The page around every demo.

use actix_web::{HttpRequest, HttpResponse, http::header, web::Data};
use askama::Template;

use crate::{transport::Transport, view::View};

/// What the page is made of. Its client starts from what stands here, so that nothing falls between page and channel.
#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    transport: &'a Transport,
    /// Only the clock, the last messages, the state and the box to send.
    compact: bool,
    /// The place before the newest message.
    cursor: String,
    /// In milliseconds; 0 is never.
    heartbeat: u128,
    /// In milliseconds.
    hold: u128,
    /// The origins that may embed the page, divided by spaces: it reports to them what it receives.
    embed: String,
}

/// `GET /`, in full or, as `/?compact`, for a small panel.
pub(crate) async fn page(transport: Data<Transport>, view: Data<View>, request: HttpRequest) -> HttpResponse {
    let options = view.options();
    let embed: Vec<String> = options.allow_embed.iter().map(ToString::to_string).collect();
    let page = Page {
        transport: &transport,
        compact: request.query_string().split('&').any(|part| part == "compact"),
        cursor: view.feed().before_newest().to_string(),
        heartbeat: options.heartbeat.as_millis(),
        hold: options.hold.as_millis(),
        embed: embed.join(" "),
    };

    answer(&page, &view, "'self'")
}

/// Answers with a page. Nothing from elsewhere runs or shows in it but these frames, as `frame-src` of a content
/// security policy names them (CSP Level 3 §6.1); and it stands in no frames but those that the options allow.
pub fn answer(page: &impl Template, view: &View, frames: &str) -> HttpResponse {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         frame-src {frames}; base-uri 'none'; form-action 'none'; {}",
        view.frame_ancestors()
    );

    match page.render() {
        Ok(html) => HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CONTENT_SECURITY_POLICY, policy))
            .body(html),
        Err(error) => HttpResponse::from_error(actix_web::error::ErrorInternalServerError(error)),
    }
}
