//! The texts of the project as pages, for who came by the page side by side and has no other place to read them.
//!
//! A text is at `/chapters/` and its name from the project's root, without `README` and `.md`: `/chapters/sse`,
//! `/chapters/docs/SPEC`. Each picture and each file of code that one of them names is at its whole name. All are compiled
//! in, so that a program that was installed has them; each text is made into a page once.

mod files;
mod links;
mod render;

use std::sync::LazyLock;

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Path},
};
use askama::Template;
use shared::{
    Problem,
    shell::{Site, page::answer},
};

use self::{
    files::{FILES, TEXTS},
    links::address,
    render::{Rendered, render},
};
use super::page::Ports;
use crate::transports::ALL;

/// What these pages name of the files on the disk.
pub(super) const ASSETS: [&str; 2] = ["/shared/style.css", "/assets/chapter.css"];

/// A text that can be read.
struct Text {
    address: String,
    rendered: Rendered,
}

/// All of them, in the order in which one leads to the next.
static RENDERED: LazyLock<Vec<Text>> = LazyLock::new(|| {
    let texts = TEXTS.iter();

    texts.map(|(name, markdown)| Text { address: address(name), rendered: render(name, markdown) }).collect()
});

/// What stands around a text.
#[derive(Template)]
#[template(path = "chapter.html")]
struct Page<'a> {
    text: &'a Text,
    /// The five.
    chapters: [Chapter; 5],
    before: Option<&'a Text>,
    next: Option<&'a Text>,
    /// The port that the commands of this chapter need, where it is taken by this program.
    taken: Option<u16>,
}

/// A chapter's link.
struct Chapter {
    title: &'static str,
    address: String,
    /// Whether it is the one that is read.
    is_current: bool,
}

/// `GET /chapters/NAME`
pub(super) async fn chapter(
    request: HttpRequest,
    site: Data<Site>,
    ports: Data<Ports>,
    name: Path<String>,
) -> Result<HttpResponse, Problem> {
    let address = address(&name);
    if let Some(at) = RENDERED.iter().position(|text| text.address == address) {
        return Ok(answer(&page(at, &ports.0), &request, site.options(), "'none'", "'none'"));
    }
    let file = FILES.iter().find(|(file, _)| *file == *name);
    let (name, content) = file.ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "no such text: the first is at /chapters/README, and names the others")
    })?;

    Ok(HttpResponse::Ok().content_type(kind(name)).body(*content))
}

/// The text at this place, which there is.
fn page(at: usize, ports: &[u16]) -> Page<'static> {
    let text = &RENDERED[at];
    let own = ALL.iter().find(|row| address(row.transport.name) == text.address).map(|row| row.transport.port);
    let chapters = ALL.map(|row| {
        let address = address(row.transport.name);
        Chapter { title: row.transport.title, is_current: address == text.address, address }
    });
    let before = at.checked_sub(1).and_then(|at| RENDERED.get(at));

    Page { text, chapters, before, next: RENDERED.get(at + 1), taken: own.filter(|port| ports.contains(port)) }
}

/// Code is for reading: a browser shows it, and runs none of it.
fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The panels are the same five servers, at the same ports unless another is chosen.
    #[test]
    fn a_chapter_whose_port_is_taken_says_so() {
        let of = |name: &str| RENDERED.iter().position(|text| text.address == address(name)).unwrap();
        let says = |name: &str, ports: &[u16]| page(of(name), ports).render().unwrap().contains("id=\"taken\"");

        assert!(says("sse", &[8101, 8102, 8103, 8104, 8105]));
        assert!(!says("sse", &[8201, 8202, 8203, 8204, 8205]));
        assert!(!says("README", &[8101, 8102, 8103, 8104, 8105]));
    }

    /// Whether each that is named is there, `compare/tests/text/served.rs` asks the server.
    #[test]
    fn no_file_is_compiled_in_that_no_text_names() {
        for (name, _) in FILES {
            let quoted = format!("\"{}\"", address(name));

            assert!(RENDERED.iter().any(|text| text.rendered.html.contains(&quoted)), "{name}");
        }
    }
}
