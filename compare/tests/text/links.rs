//! Every link leads somewhere: to a file, to a heading of it, or out of the project by https.

use crate::{
    is_ours,
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

            assert!(is_ours(&path) && !matches!(link.as_str(), "" | "#"), "{} links to {link}", page.name);
            if !heading.is_empty() {
                let anchors = anchors(&Page::read(&path.to_string_lossy()));
                assert!(anchors.contains(&heading.to_owned()), "{}: {link} is none of {anchors:?}", page.name);
            }
        }
    }
}

#[test]
fn every_link_is_one() {
    for page in Page::all() {
        let lost: Vec<_> = page.parts.iter().filter(|part| matches!(part, Part::Lost(_))).collect();

        assert!(lost.is_empty(), "{}: {lost:?}", page.name);
    }
}

/// The names of a text's headings, as GitHub makes them.
fn anchors(page: &Page) -> Vec<String> {
    let headings = page.parts.iter().filter_map(|part| match part {
        Part::Heading(_, text) => Some(text.to_lowercase()),
        _ => None,
    });
    let name = |heading: String| {
        let kept: String = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).collect();
        kept.replace(' ', "-")
    };

    headings.map(name).collect()
}
