//! Every link leads somewhere: to a file, to a heading of it, or out of the project by https.

use std::fs;

use crate::{
    page::{Page, Part},
    root,
};

#[test]
fn every_link_leads_somewhere() {
    for page in Page::all() {
        for part in &page.parts {
            let (Part::Link(link) | Part::Picture(link)) = part else { continue };
            if link.starts_with("https://") {
                continue;
            }
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let path = if file.is_empty() { root().join(&page.name) } else { page.folder().join(file) };

            assert!(path.exists(), "{} links to {link}", page.name);
            if !heading.is_empty() {
                assert!(
                    anchors(&fs::read_to_string(&path).unwrap()).contains(&heading.to_owned()),
                    "{}: {link}",
                    page.name
                );
            }
        }
    }
}

/// The names of a text's headings, as GitHub makes them.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let name = |heading: &str| {
        let words = heading.trim_start_matches('#').trim().to_lowercase();
        let kept: String = words.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).collect();
        kept.replace(' ', "-")
    };

    headings.map(name).collect()
}
