//! Each text as the server of the page side by side gives it: rendered, whole, and no link of it leads nowhere.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use compare::transports::ALL;

use crate::{
    lab::Lab,
    page::{Page, Part},
};

/// A text, and the page that was made of it.
struct Served {
    text: Page,
    address: String,
    head: String,
    html: String,
}

/// All texts, in the order of the tests.
static SERVED: LazyLock<Vec<Served>> = LazyLock::new(|| {
    let lab = Lab::start(&[]);
    let texts = Page::all().into_iter();

    texts.map(|text| serve(&lab, text)).collect()
});

fn serve(lab: &Lab, text: Page) -> Served {
    let address = address(&text.name);
    let answer = lab.ask(&format!("GET {address}"), "", "");
    let (head, html) = answer.split_once("\r\n\r\n").unwrap();

    Served { text, address, head: head.to_lowercase(), html: html.to_owned() }
}

/// A text is at its name, without `README` where a folder is named before it, and without `.md`.
fn address(name: &str) -> String {
    let name = name.trim_end_matches(".md");

    format!("/chapters/{}", name.strip_suffix("/README").unwrap_or(name))
}

#[test]
fn every_text_is_served_as_a_page() {
    for Served { address, head, html, .. } in SERVED.iter() {
        assert!(head.starts_with("http/1.1 200 "), "{address}: {head}");
        for header in [
            "content-type: text/html; charset=utf-8",
            "x-content-type-options: nosniff",
            "content-security-policy: default-src 'none'; ",
            " img-src 'self'",
            "cache-control: no-store",
        ] {
            assert!(head.contains(header), "{address} lacks {header}: {head}");
        }
        assert!(html.contains("<main id=\"reading\""), "{address}");
        assert!(!html.contains("<script") && !html.contains("style=\""), "the policy forbids it: {address}");
    }
    for row in ALL {
        let address = format!("/chapters/{}", row.transport.name);
        assert!(SERVED.iter().any(|page| page.address == address), "{address}");
    }
}

#[test]
fn every_page_is_titled_by_its_text() {
    for Served { text, address, html, .. } in SERVED.iter() {
        let first = text.parts.iter().find_map(|part| match part {
            Part::Heading(_, text) => Some(text),
            _ => None,
        });
        let title = between(html, "<title>", "</title>").next();

        let wanted = first.map(|first| format!("{} · five ways", first.replace('\'', "&#39;")));
        assert_eq!(title, wanted.as_deref(), "{address}");
        assert_eq!(html.matches("<h1").count(), 1, "{address}");
    }
}

#[test]
fn the_five_are_on_each_page_and_the_one_that_is_read_is_marked() {
    for Served { address, html, .. } in SERVED.iter() {
        let nav = between(html, "<nav aria-label=\"Chapters\">", "</nav>").next().unwrap();
        let current = format!("href=\"{address}\" aria-current=\"page\"");
        let is_chapter = ALL.iter().any(|row| *address == format!("/chapters/{}", row.transport.name));

        assert!(nav.contains("href=\"/\""), "{address}: {nav}");
        for row in ALL {
            let link = format!("href=\"/chapters/{}\"", row.transport.name);
            assert!(nav.contains(&link), "{address}: {nav}");
        }
        assert_eq!(nav.matches("aria-current").count(), usize::from(is_chapter), "{address}: {nav}");
        assert_eq!(nav.contains(&current), is_chapter, "{address}: {nav}");
    }
}

/// Who goes on by the links at the end comes by all texts.
#[test]
fn one_page_leads_to_the_next() {
    let link = |address: &str, rel: &str| {
        let page = SERVED.iter().find(|page| page.address == address).unwrap();
        between(&page.html, &format!("<a rel=\"{rel}\" href=\""), "\"").next()
    };
    let mut way = vec!["/chapters/README"];

    while let Some(next) = link(way[way.len() - 1], "next") {
        assert_eq!(link(next, "prev"), way.last().copied());
        assert!(!way.contains(&next), "{way:?} goes in a circle");
        way.push(next);
    }

    let all: BTreeSet<_> = SERVED.iter().map(|page| page.address.as_str()).collect();
    assert_eq!(way.into_iter().collect::<BTreeSet<_>>(), all);
}

#[test]
fn no_link_leads_nowhere() {
    let lab = Lab::start(&[]);
    let ids = |html: &str| between(html, " id=\"", "\"").map(str::to_owned).collect::<Vec<_>>();
    let ids: BTreeMap<_, _> = SERVED.iter().map(|page| (page.address.as_str(), ids(&page.html))).collect();
    let mut seen = BTreeSet::new();

    for Served { address, html, .. } in SERVED.iter() {
        for link in between(html, "href=\"", "\"").chain(between(html, "src=\"", "\"")) {
            if link.starts_with("https://") {
                continue;
            }
            assert!(link.starts_with(['/', '#']), "{address} links to {link}");
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let file = if file.is_empty() { address } else { file };
            if seen.insert(file.to_owned()) {
                let answer = lab.ask(&format!("HEAD {file}"), "", "");
                assert!(answer.starts_with("HTTP/1.1 200 "), "{address} links to {link}: {answer}");
            }
            let there = heading.is_empty() || ids[file].iter().any(|id| id == heading);
            assert!(there, "{address} links to {link}: {:?}", ids.get(file));
        }
    }
    for (address, ids) in &ids {
        let once: BTreeSet<_> = ids.iter().collect();
        assert_eq!(once.len(), ids.len(), "{address} has an id twice: {ids:?}");
    }
    assert!(seen.len() > 60, "{seen:?}");
}

/// A window that is opened from here gets no hold of this one, and the site is not told where its reader came from.
#[test]
fn a_link_out_of_the_project_is_marked_so() {
    let mut out = 0;
    for Served { address, html, .. } in SERVED.iter() {
        for tag in between(html, "<a ", ">").filter(|tag| tag.contains("\"http")) {
            assert!(tag.starts_with("rel=\"noopener noreferrer\" href=\"https://"), "{address}: {tag}");
            out += 1;
        }
    }
    assert!(out > 3, "{out}");
}

#[test]
fn what_a_text_names_comes_with_its_type() {
    let lab = Lab::start(&[]);
    for (file, kind) in [
        ("docs/pictures/sse.svg", "image/svg+xml"),
        ("docs/page.png", "image/png"),
        ("sse/src/lib.rs", "text/plain; charset=utf-8"),
        ("sse/assets/client.js", "text/plain; charset=utf-8"),
        ("iframe-stream/examples/article.rs", "text/plain; charset=utf-8"),
    ] {
        let head = lab.ask(&format!("HEAD /chapters/{file}"), "", "").to_lowercase();

        assert!(head.starts_with("http/1.1 200 "), "{file}: {head}");
        assert!(head.contains(&format!("\r\ncontent-type: {kind}\r\n")), "{file}: {head}");
        assert!(head.contains("\r\nx-content-type-options: nosniff\r\n"), "{file}: {head}");
    }
}

#[test]
fn the_page_has_what_the_text_has() {
    for Served { text, address, html, .. } in SERVED.iter() {
        for (info, block) in text.blocks() {
            assert!(html.contains(&escaped(block)), "{address} lacks {info:?}: {block}");
        }
        for part in &text.parts {
            match part {
                Part::Heading(_, heading) => {
                    let name: String = escaped(heading).replace('`', "");
                    assert!(plain(html).contains(&name), "{address} lacks {heading}");
                }
                Part::Comment(words) => {
                    let comment = format!("<!-- {words}");
                    assert!(!html.contains(&comment) && !html.contains(&escaped(&comment)), "{address}: {words}");
                }
                _ => {}
            }
        }
        let hints = text.text.matches("<summary>Hint</summary>").count();
        assert_eq!(html.matches("<details><summary>Hint</summary>").count(), hints, "{address}");
    }
}

/// A quotation says of which file, and leads to it; an exchange, who speaks.
#[test]
fn every_block_says_what_it_is() {
    for Served { text, address, html, .. } in SERVED.iter() {
        let captions: Vec<_> = between(html, "<figcaption>", "</figcaption>").collect();
        let mut left = captions.iter();
        for (info, _) in text.blocks() {
            let words: Vec<&str> = info.iter().map(String::as_str).collect();
            let wanted = match words[..] {
                ["sh"] => continue,
                [_, source] if source.starts_with("source=") => {
                    source.trim_start_matches("source=").trim_start_matches("../").to_owned() + "</code></a>"
                }
                ["http", "send"] => "Sent".to_owned(),
                ["http", "receive"] => "Received".to_owned(),
                ["http", "send", _] => "Sent on another connection".to_owned(),
                ["http", "receive", _] => "Received on another connection".to_owned(),
                ["text", "output"] => "It prints".to_owned(),
                ["text", "log"] => "Log".to_owned(),
                ["text", "frames"] => "Frames".to_owned(),
                _ => panic!("{address} has a block of {info:?}"),
            };
            let caption = left.next().unwrap_or_else(|| panic!("{address}: {captions:?}"));
            assert!(caption.ends_with(&wanted), "{address}: {caption} is not {wanted}");
        }
        assert_eq!(left.next(), None, "{address}");
    }
}

#[test]
fn the_texts_are_guarded_as_the_page_is() {
    let lab = Lab::start(&[]);

    for (line, status) in [
        ("GET /chapters/nothing", "404"),
        ("GET /chapters/", "404"),
        ("GET /chapters/../Cargo.toml", "404"),
        ("POST /chapters/sse", "405"),
        ("GET http://example.org/chapters/sse", "421"),
        ("OPTIONS /chapters/sse", "204"),
    ] {
        let answer = lab.ask(line, "", "");

        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{line}: {answer}");
        assert!(status == "204" || answer.contains("{\"error\":\""), "{line}: {answer}");
    }
}

/// What stands between these two, each time.
fn between<'a>(html: &'a str, start: &str, end: &str) -> std::vec::IntoIter<&'a str> {
    let found = html.split(start).skip(1).filter_map(|rest| rest.split_once(end).map(|(found, _)| found));

    found.collect::<Vec<_>>().into_iter()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A page without its tags.
fn plain(html: &str) -> String {
    html.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect()
}
