//! Where the links of a text lead when it is a page.

/// Where the text or file of this name is served.
pub(super) fn address(name: &str) -> String {
    let text = name.strip_suffix(".md").map(|text| text.strip_suffix("/README").unwrap_or(text));

    format!("/chapters/{}", text.unwrap_or(name))
}

/// A link of the text `of`, which starts from its folder, as a link of its page.
pub(super) fn resolve(of: &str, link: &str) -> String {
    if link.starts_with(['#', '/']) || is_out(link) {
        return link.to_owned();
    }
    let (file, heading) = link.split_once('#').map_or((link, None), |(file, heading)| (file, Some(heading)));
    let address = address(&from_root(of, file));

    heading.map_or_else(|| address.clone(), |heading| format!("{address}#{heading}"))
}

/// Whether it leads out of the project.
fn is_out(link: &str) -> bool {
    link.contains("://")
}

/// A file as the text `of` names it, by its name from the root.
pub(super) fn from_root(of: &str, file: &str) -> String {
    let mut parts: Vec<&str> = of.split('/').collect();
    parts.pop();
    for part in file.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }

    parts.join("/")
}

/// The name of a heading within its page, as GitHub makes it of the text, and no two the same.
pub(super) fn anchor(heading: &str, taken: &[String]) -> String {
    let kept = heading.to_lowercase().replace(' ', "-");
    let name: String = kept.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect();
    let numbered = (1..).map(|number| format!("{name}-{number}"));

    std::iter::once(name.clone()).chain(numbered).find(|name| !taken.contains(name)).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_at_its_name_without_its_ending() {
        assert_eq!(address("README.md"), "/chapters/README");
        assert_eq!(address("sse/README.md"), "/chapters/sse");
        assert_eq!(address("docs/SPEC.md"), "/chapters/docs/SPEC");
        assert_eq!(address("sse/src/lib.rs"), "/chapters/sse/src/lib.rs");
    }

    #[test]
    fn a_link_starts_from_the_folder_of_its_text() {
        assert_eq!(resolve("sse/README.md", "../README.md#see-one"), "/chapters/README#see-one");
        assert_eq!(resolve("sse/README.md", "src/lib.rs"), "/chapters/sse/src/lib.rs");
        assert_eq!(resolve("sse/README.md", "./src/../src/lib.rs"), "/chapters/sse/src/lib.rs");
        assert_eq!(resolve("README.md", "docs/SPEC.md"), "/chapters/docs/SPEC");
        assert_eq!(resolve("README.md", "../../etc/passwd"), "/chapters/etc/passwd");
        assert_eq!(resolve("README.md", "#test-it"), "#test-it");
        assert_eq!(resolve("README.md", "https://rustup.rs"), "https://rustup.rs");
    }

    #[test]
    fn a_heading_is_named_as_on_github() {
        let step = "Step 1: the article's program".to_owned();

        assert_eq!(anchor(&step, &[]), "step-1-the-articles-program");
        assert_eq!(anchor("Server-Sent Events", &[]), "server-sent-events");
        assert_eq!(anchor("Added", &["added".to_owned(), "added-1".to_owned()]), "added-2");
    }
}
