//! A text, taken apart.

use std::{
    fs,
    path::{Path, PathBuf},
};

use compare::transports::ALL;
use pulldown_cmark::{BrokenLink, CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::root;

/// A text of the project.
pub(crate) struct Page {
    /// Its name from the root.
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) parts: Vec<Part>,
}

/// What a text is made of, in order, as far as it can be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// A heading: its level, and its text.
    Heading(HeadingLevel, String),
    /// A block of code: the words of its info, divided by commas, and its text.
    Block(Vec<String>, String),
    /// Code within a line.
    Code(String),
    /// Where a link or a picture leads.
    Link(String),
    Picture(String),
    /// Two brackets that lead nowhere, or a link that is written in HTML.
    Lost(String),
    /// What a comment asks the tests to do: the reader does not see it.
    Comment(String),
}

impl Page {
    /// A text by its name from the root.
    pub(crate) fn read(name: &str) -> Self {
        let path = root().join(name);
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let parts = parts(&text);

        Self { name: name.to_owned(), text, parts }
    }

    /// The chapters of the five, in order.
    pub(crate) fn chapters() -> Vec<Self> {
        ALL.iter().map(|row| Self::read(&format!("{}/README.md", row.transport.name))).collect()
    }

    /// The first page, and that of the five side by side.
    pub(crate) fn first_pages() -> [Self; 2] {
        ["README.md", "compare/README.md"].map(Self::read)
    }

    /// All texts: the first pages, the chapters, what is in docs, what was measured, and what has changed.
    pub(crate) fn all() -> Vec<Self> {
        let docs = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().file_name());
        let mut docs: Vec<String> = docs.filter_map(|name| name.into_string().ok()).collect();
        docs.retain(|name| Path::new(name).extension().is_some_and(|end| end == "md"));
        docs.sort();
        let others = docs.iter().map(|name| Self::read(&format!("docs/{name}")));
        let rest = ["compare/bench/README.md", "CHANGELOG.md"].map(Self::read);

        Self::first_pages().into_iter().chain(Self::chapters()).chain(others).chain(rest).collect()
    }

    /// Whether it is the chapter of one of the five.
    pub(crate) fn is_chapter(&self) -> bool {
        ALL.iter().any(|row| self.name == format!("{}/README.md", row.transport.name))
    }

    /// The folder that its links and quotations start from.
    pub(crate) fn folder(&self) -> PathBuf {
        root().join(Path::new(&self.name).parent().unwrap())
    }

    /// Its blocks of code.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = (&[String], &str)> {
        self.parts.iter().filter_map(|part| match part {
            Part::Block(info, text) => Some((&info[..], text.as_str())),
            _ => None,
        })
    }
}

/// Stands for what a reference does not give.
const NOWHERE: &str = "nowhere:";

fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut open: Option<(Option<HeadingLevel>, Vec<String>, String)> = None;
    let nowhere = |link: BrokenLink<'_>| Some((NOWHERE.into(), link.reference.into_string().into()));
    for event in Parser::new_with_broken_link_callback(text, Options::ENABLE_TABLES, Some(nowhere)) {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let info = if let CodeBlockKind::Fenced(info) = &kind { info } else { "indented" };
                open = Some((None, info.split(',').map(str::to_owned).collect(), String::new()));
            }
            Event::Start(Tag::Heading { level, .. }) => open = Some((Some(level), Vec::new(), String::new())),
            Event::End(TagEnd::CodeBlock | TagEnd::Heading(_)) => match open.take() {
                Some((Some(level), _, text)) => parts.push(Part::Heading(level, text)),
                Some((None, info, text)) => parts.push(Part::Block(info, text)),
                None => {}
            },
            Event::Code(words) if open.is_some() => {
                open.as_mut().unwrap().2.push_str(&words); // of a heading
                parts.push(Part::Code(words.into_string()));
            }
            Event::Text(words) if open.is_some() => open.as_mut().unwrap().2.push_str(&words),
            Event::Text(words) => parts.extend(unmarked(&words)),
            Event::Code(words) => parts.push(Part::Code(words.into_string())),
            Event::Start(Tag::Link { dest_url, title, .. } | Tag::Image { dest_url, title, .. })
                if &*dest_url == NOWHERE =>
            {
                parts.push(Part::Lost(title.into_string()));
            }
            Event::Start(Tag::Link { dest_url, .. }) => parts.push(Part::Link(dest_url.into_string())),
            Event::Start(Tag::Image { dest_url, .. }) => parts.push(Part::Picture(dest_url.into_string())),
            Event::Html(html) | Event::InlineHtml(html) => parts.extend(hidden(&html)),
            _ => {}
        }
    }
    parts
}

/// A test that is named without backticks.
fn unmarked(words: &str) -> impl Iterator<Item = Part> {
    let names = words.split_whitespace().filter(|word| word.contains("::"));

    names.map(|name| Part::Code(name.trim_matches(|c: char| !c.is_alphanumeric()).to_owned()))
}

/// What HTML may be: a comment that stands alone, a folded hint, and code within it. Other HTML could hide from the tests.
fn hidden(html: &str) -> Vec<Part> {
    const PLAIN: [&str; 3] = ["details>", "summary>", "code>"];
    if let Some(comment) = html.trim().strip_prefix("<!--").and_then(|rest| rest.strip_suffix("-->")) {
        return vec![Part::Comment(comment.trim().to_owned())];
    }
    let is_plain = |tag: &str| PLAIN.iter().any(|plain| tag.trim_start_matches('/').starts_with(plain));
    if html.contains("-->") || !html.split('<').skip(1).all(is_plain) {
        return vec![Part::Lost(html.to_owned())];
    }
    let codes = html.split("<code>").skip(1).filter_map(|rest| rest.split_once("</code>"));

    codes.map(|(code, _)| Part::Code(code.to_owned())).collect()
}
