//! A text in Markdown as HTML.

use pulldown_cmark::{CodeBlockKind, CowStr, Event, LinkType, Options, Parser, Tag, TagEnd, html::push_html};

use super::links::{address, anchor, from_root, resolve};

/// A text as it stands in its page.
pub(super) struct Rendered {
    /// Its first heading.
    pub(super) title: String,
    pub(super) html: String,
}

/// What HTML a text may have: folded hints, and code in them. Other HTML shows as it is written.
const PLAIN: [&str; 6] = ["<details>", "</details>", "<summary>", "</summary>", "<code>", "</code>"];

/// The text of this name from the project's root.
pub(super) fn render(name: &str, markdown: &str) -> Rendered {
    let mut making = Making { name, events: Vec::new(), headings: Vec::new(), anchors: Vec::new(), open: None };
    for mut event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        if let Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) = &mut event {
            *dest_url = resolve(name, dest_url).into();
        }
        making.take(event);
    }
    let mut html = String::new();
    push_html(&mut html, making.events.into_iter());
    // No other `<a` can be there: in a text it is escaped, and it is none of the HTML that may stand in one.
    let html = html.replace("<a href=\"http", "<a rel=\"noopener noreferrer\" href=\"http");

    Rendered { title: making.headings.into_iter().next().unwrap_or_default(), html }
}

/// A page that is being made.
struct Making<'a> {
    name: &'a str,
    events: Vec<Event<'a>>,
    headings: Vec<String>,
    anchors: Vec<String>,
    /// What must be known to its end: a heading, from which event on, or HTML.
    open: Option<(usize, String)>,
}

impl<'a> Making<'a> {
    fn take(&mut self, event: Event<'a>) {
        match event {
            Event::Start(Tag::Heading { .. }) => {
                self.open = Some((self.events.len(), String::new()));
                self.events.push(event);
            }
            Event::End(TagEnd::Heading(_)) => {
                self.name_heading();
                self.events.push(event);
            }
            Event::Start(Tag::HtmlBlock) => self.open = Some((self.events.len(), String::new())),
            Event::Html(html) => self.read(&html), // a line of the block
            Event::End(TagEnd::HtmlBlock) => {
                let html = self.open.take().map(|(_, html)| plain(&html));
                self.events.extend(html.map(|html| Event::Html(html.into())));
            }
            Event::InlineHtml(html) => self.events.push(Event::InlineHtml(plain(&html).into())),
            Event::Start(Tag::CodeBlock(kind)) => self.begin_block(&kind),
            Event::End(TagEnd::CodeBlock) => self.push("</code></pre></figure>\n"),
            Event::Start(Tag::Table(_)) => {
                self.push("<div class=\"table\" role=\"group\" aria-label=\"Table\" tabindex=\"0\">");
                self.events.push(event);
            }
            Event::End(TagEnd::Table) => self.events.extend([event, Event::Html("</div>\n".into())]),
            Event::Start(Tag::Image { ref dest_url, .. }) => {
                self.push("<span class=\"picture\">");
                self.events.extend([begin_link(dest_url.clone()), event]);
            }
            Event::End(TagEnd::Image) => {
                self.events.extend([event, Event::End(TagEnd::Link), Event::Html("</span>".into())]);
            }
            Event::Text(ref words) | Event::Code(ref words) => {
                self.read(words);
                self.events.push(event);
            }
            other => self.events.push(other),
        }
    }

    fn push(&mut self, html: &'static str) {
        self.events.push(Event::Html(html.into()));
    }

    fn read(&mut self, words: &str) {
        if let Some((_, open)) = &mut self.open {
            open.push_str(words);
        }
    }

    /// The heading that ends here gets its name.
    fn name_heading(&mut self) {
        let Some((at, heading)) = self.open.take() else { return };
        let anchor = anchor(&heading, &self.anchors);
        if let Some(Event::Start(Tag::Heading { id, .. })) = self.events.get_mut(at) {
            *id = Some(anchor.clone().into());
        }
        self.anchors.push(anchor);
        self.headings.push(heading);
    }

    /// What a block is stands above it: where code is quoted from, with a link to the whole file, or what an exchange says.
    fn begin_block(&mut self, kind: &CodeBlockKind<'a>) {
        let info = if let CodeBlockKind::Fenced(info) = kind { info } else { "" };
        let (kind, caption) = caption(info);
        self.events.push(Event::Html(format!("<figure class=\"{kind}\">").into()));
        if let Some(file) = info.split(',').find_map(|word| word.strip_prefix("source=")) {
            let file = from_root(self.name, file);
            self.push("<figcaption>");
            let link = begin_link(address(&file).into());
            self.events.extend([link, Event::Code(file.into()), Event::End(TagEnd::Link)]);
            self.push("</figcaption>");
        } else if !caption.is_empty() {
            self.events.push(Event::Html(format!("<figcaption>{caption}</figcaption>").into()));
        }
        self.push("<pre tabindex=\"0\"><code>");
    }
}

/// The kind of a block by its info, and what stands above it.
fn caption(info: &str) -> (&'static str, &'static str) {
    match info.split(',').collect::<Vec<_>>()[..] {
        ["sh"] => ("command", ""),
        ["text", "output"] => ("output", "It prints"),
        ["text", "log"] => ("output", "Log"),
        ["text", "frames"] => ("frames", "Frames"),
        ["http", "send"] => ("up", "Sent"),
        ["http", "send", _] => ("up", "Sent on another connection"),
        ["http", "receive"] => ("down", "Received"),
        ["http", "receive", _] => ("down", "Received on another connection"),
        _ => ("code", ""),
    }
}

/// A picture is a link to itself, to see it as large as it is.
fn begin_link(dest_url: CowStr<'_>) -> Event<'_> {
    Event::Start(Tag::Link { link_type: LinkType::Inline, dest_url, title: "".into(), id: "".into() })
}

/// HTML without its comments, which are not for the reader, and harmless.
fn plain(html: &str) -> String {
    let mut plain = String::new();
    let mut rest = html;
    while let Some((words, from_tag)) = rest.find('<').map(|at| rest.split_at(at)) {
        plain.push_str(words);
        rest = if let Some(comment) = from_tag.strip_prefix("<!--") {
            comment.split_once("-->").map_or("", |(_, rest)| rest)
        } else if let Some(tag) = PLAIN.iter().find(|tag| from_tag.starts_with(*tag)) {
            plain.push_str(tag);
            &from_tag[tag.len()..]
        } else {
            plain.push_str("&lt;");
            &from_tag[1..]
        };
    }

    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(markdown: &str) -> String {
        render("sse/README.md", markdown).html
    }

    #[test]
    fn a_text_is_titled_by_its_first_heading_and_each_has_a_name() {
        let Rendered { title, html } = render("README.md", "# One `two`\n\n## See\n\n## See\n");

        assert_eq!(title, "One two");
        assert_eq!(
            html,
            "<h1 id=\"one-two\">One <code>two</code></h1>\n<h2 id=\"see\">See</h2>\n<h2 id=\"see-1\">See</h2>\n"
        );
    }

    #[test]
    fn only_folded_hints_may_be_html() {
        let hint = "<details><summary>Hint</summary>Look at <code>a &lt; b</code>.</details>";

        assert_eq!(html(hint), hint);
        assert_eq!(html("<!-- publish: hello\n\nmore -->\nHello"), "\n<p>Hello</p>\n");
        assert_eq!(html("a <!-- b --> c"), "<p>a  c</p>\n");
        assert_eq!(html("<script>alert(1)</script>"), "&lt;script>alert(1)&lt;/script>");
        assert_eq!(html("a <code onclick=b>"), "<p>a &lt;code onclick=b></p>\n");
        assert_eq!(html("<!-- without an end"), "");
    }

    #[test]
    fn a_quotation_leads_to_its_file() {
        assert_eq!(
            html("```rust,source=../shared/src/a.rs\nif a < b {}\n```\n"),
            "<figure class=\"code\"><figcaption><a href=\"/chapters/shared/src/a.rs\"><code>shared/src/a.rs</code></a>\
             </figcaption><pre tabindex=\"0\"><code>if a &lt; b {}\n</code></pre></figure>\n"
        );
    }

    #[test]
    fn a_picture_leads_to_itself() {
        assert_eq!(
            html("![A \"line\"](../docs/a.svg)"),
            "<p><span class=\"picture\"><a href=\"/chapters/docs/a.svg\"><img src=\"/chapters/docs/a.svg\" \
             alt=\"A &quot;line&quot;\" /></a></span></p>\n"
        );
    }

    #[test]
    fn a_link_out_of_the_project_keeps_to_itself() {
        assert_eq!(
            html("[a](https://example.org/?a=\"b\") [b](../README.md)"),
            "<p><a rel=\"noopener noreferrer\" href=\"https://example.org/?a=%22b%22\">a</a> \
             <a href=\"/chapters/README\">b</a></p>\n"
        );
    }
}
