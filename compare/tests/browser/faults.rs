//! The faults of the article's pages: each is shown in the article's page, and ours passes the same.
//!
//! Both stand behind a relay that does the same to both. Where the article's page should do nothing for ever, it has done
//! nothing when ours has come back, and for some time after that, though its timers run twenty times as fast.

use std::time::{Duration, Instant};

use compare::transports::Row;
use shared::testing::{LIMIT, Server};

use crate::{
    HOSTILE, NETWORK, NEWEST,
    article::Article,
    driver::Browser,
    relay::{self, Fault, Relay},
    table,
};

/// Which test shows which fault of whose article. A transport that is not named passes where it is tested too.
const FAULTS: &[(&str, &[&str])] = &[
    ("a_dead_line_goes_unnoticed", &["long-polling", "iframe-stream", "sse", "websocket"]),
    ("a_line_that_breaks_is_not_opened_again", &["long-polling", "iframe-stream", "websocket"]),
    ("a_refusal_ends_it_for_good", &["long-polling", "iframe-stream", "sse", "websocket"]),
    ("a_text_from_the_server_is_run_as_html", &["polling", "long-polling", "iframe-stream", "sse"]),
    ("a_text_with_a_quote_ends_the_string", &["iframe-stream"]),
    ("polls_overlap_when_the_server_is_slow", &["polling"]),
    ("the_document_in_the_iframe_grows_for_ever", &["iframe-stream"]),
    ("the_page_asks_again_without_a_pause", &["long-polling"]),
    ("the_page_never_finishes_loading", &["iframe-stream"]),
];

mod chromium {
    crate::for_all_five! {
        a_dead_line_goes_unnoticed,
        a_line_that_breaks_is_not_opened_again,
        a_refusal_ends_it_for_good,
        a_text_from_the_server_is_run_as_html,
        a_text_with_a_quote_ends_the_string,
        polls_overlap_when_the_server_is_slow,
        the_document_in_the_iframe_grows_for_ever,
        the_page_asks_again_without_a_pause,
        the_page_never_finishes_loading,
        a_head_takes_more_than_400_bytes,
    }
}

#[test]
fn each_fault_is_in_the_table() {
    table::assert_in_table("browser", FAULTS);
}

/// Whether it shows the fault of this one.
fn is_faulty(test: &str, row: &Row) -> bool {
    let (_, who) = FAULTS.iter().find(|(name, _)| *name == test).unwrap();

    who.contains(&row.transport.name)
}

/// So long the article's page, in a hurry, must not have asked again.
const PATIENCE: Duration = Duration::from_secs(4);

/// Timers run twenty times as fast: what a page would do within a minute, it does within seconds.
const HURRY: &str = "{ const later = setTimeout, each = setInterval;
    window.setTimeout = (call, wait, ...more) => later(call, wait / 20, ...more);
    window.setInterval = (call, wait, ...more) => each(call, wait / 20, ...more);
    const { set } = Object.getOwnPropertyDescriptor(XMLHttpRequest.prototype, 'timeout');
    Object.defineProperty(XMLHttpRequest.prototype, 'timeout', { set(wait) { set.call(this, wait / 20); } });
    const { now } = Date, start = now(), tick = performance.now.bind(performance), limit = AbortSignal.timeout;
    Date.now = () => start + (now() - start) * 20;
    window.Date = class extends Date { constructor(...given) { given.length ? super(...given) : super(Date.now()); } };
    performance.now = () => tick() * 20;
    AbortSignal.timeout = (wait) => limit.call(AbortSignal, Math.ceil(wait / 20)); }";

/// The article's servers say nothing before their first tick.
const TICK: Duration = Duration::from_secs(1);

/// The article's program, behind a relay.
struct Theirs {
    article: Article,
    relay: Relay,
}

impl Theirs {
    async fn start(row: Row) -> Self {
        let article = Article::start(row.transport.name);
        let relay = relay::listen(article.channel).await;

        Self { article, relay }
    }

    /// Waits until the page has nothing to ask for a while, and gives how often it has asked.
    async fn at_rest(&self, row: &Row) -> usize {
        if row.waits && !row.streams {
            let asks = self.relay.seen().asks;
            self.relay.until(|seen| seen.asks > asks).await; // and that is held for seconds
        }
        self.relay.seen().asks
    }

    /// Opens the page with timers that are in a hurry.
    async fn open_in_a_hurry(&self, browser: &Browser) {
        browser.before(HURRY);
        self.open_after(browser, HURRY).await;
        browser.before("");
    }

    /// Opens the page.
    async fn open(&self, browser: &Browser) {
        self.open_after(browser, "").await;
    }

    /// That of the WebSocket has an address of its own, and its socket another.
    async fn open_after(&self, browser: &Browser, script: &str) {
        let (page, there) = (self.article.page, self.relay.address);
        if page == self.article.channel {
            browser.goto(&format!("http://{there}/")).await;
            return;
        }
        browser.before(format!(
            "{script} const Real = WebSocket;
             window.WebSocket = class extends Real {{ constructor(url) {{ super(url.replace(/localhost:\\d+/, '{there}')) }} }};"
        ));
        browser.goto(&format!("http://{page}/")).await;
        browser.before("");
    }
}

/// Our server, behind a relay. What has to be waited for comes soon.
struct Ours {
    server: Server,
    relay: Relay,
}

impl Ours {
    async fn start(row: Row) -> Self {
        Self::with(row, &["--heartbeat", "300ms", "--hold", "2s"]).await
    }

    /// Nobody watches the connection.
    async fn unwatched(row: Row) -> Self {
        Self::with(row, &["--heartbeat", "60s", "--hold", "300ms"]).await
    }

    async fn with(row: Row, options: &[&str]) -> Self {
        let server = Server::start(row.transport, &row.options(options));
        let relay = relay::listen(server.address).await;

        Self { server, relay }
    }

    async fn open(&self, browser: &Browser) {
        browser.goto(&format!("http://{}/?interval=100", self.relay.address)).await;
    }
}

async fn a_dead_line_goes_unnoticed(browser: &Browser, row: Row) {
    let (theirs, ours) = open_both(browser, row).await;

    let before = theirs.at_rest(&row).await;
    theirs.relay.silence();
    ours.relay.silence();

    ours_comes_back(browser, &ours).await;
    theirs_comes_back(&theirs, before, !is_faulty("a_dead_line_goes_unnoticed", &row)).await;
    browser.close_tabs(NETWORK).await;
}

async fn a_line_that_breaks_is_not_opened_again(browser: &Browser, row: Row) {
    let (theirs, ours) = open_both(browser, row).await;

    let before = theirs.at_rest(&row).await;
    theirs.relay.cut();
    let cut = Instant::now();
    ours.relay.cut();

    ours_comes_back(browser, &ours).await;
    assert!(!row.waits || cut.elapsed() > Duration::from_millis(400), "it came back at once: {:?}", cut.elapsed());
    theirs_comes_back(&theirs, before, !is_faulty("a_line_that_breaks_is_not_opened_again", &row)).await;
    browser.close_tabs(NETWORK).await;
}

async fn a_refusal_ends_it_for_good(browser: &Browser, row: Row) {
    let (theirs, ours) = (Theirs::start(row).await, Ours::unwatched(row).await);
    theirs.relay.fault(Fault::Refuse(3));
    ours.relay.fault(Fault::Refuse(3));

    theirs.open_in_a_hurry(browser).await;
    let their_tab = browser.driver.window().await.unwrap();
    theirs.relay.until(|seen| seen.asks > 0).await;
    browser.before("Math.random = () => 0.9;"); // it waits for 0.9 s, 1.8 s and 3.6 s
    let opened = Instant::now();
    ours.open(browser).await;
    browser.before("");

    ours_comes_back(browser, &ours).await;
    assert!(opened.elapsed() > Duration::from_secs(6), "ours asked four times in {:?}", opened.elapsed());
    theirs_comes_back(&theirs, 1, !is_faulty("a_refusal_ends_it_for_good", &row)).await;
    if is_faulty("a_refusal_ends_it_for_good", &row) {
        browser.driver.switch_to_window(their_tab).await.unwrap();
        browser
            .shows("document.body.innerText.trim()", if row.two_way { "Open the browser's console." } else { "" })
            .await;
    }
    assert!(ours.relay.seen().asks > 3, "{:?}", ours.relay.seen());
    browser.close_tabs(NETWORK).await;
}

/// Both pages, each with a connection that has carried something.
async fn open_both(browser: &Browser, row: Row) -> (Theirs, Ours) {
    let (theirs, ours) = (Theirs::start(row).await, Ours::start(row).await);
    theirs.open_in_a_hurry(browser).await;
    theirs.relay.until(|seen| seen.answered > 0).await;
    ours.server.publish("before");
    browser.before("Math.random = () => 0.5;"); // after a failure it waits for 0.5 s
    ours.open(browser).await;
    browser.before("");
    browser.shows(NEWEST, "before").await;
    ours.relay.until(|seen| seen.open > 0).await; // so that there is a connection to break
    theirs.relay.until(|seen| seen.open > 0).await;

    (theirs, ours)
}

async fn ours_comes_back(browser: &Browser, ours: &Ours) {
    ours.server.publish("after the fault");

    browser.shows_within(2 * LIMIT, NEWEST, "after the fault").await; // long polling waits for hold and 10 s
}

/// The article's page asks again, where it should; else it has not when ours has.
async fn theirs_comes_back(theirs: &Theirs, asks: usize, should: bool) {
    let comes_back = theirs.relay.reaches(if should { LIMIT } else { PATIENCE }, |seen| seen.asks > asks).await;

    assert_eq!(comes_back, should, "if it should not, the fault is gone");
}

async fn a_text_from_the_server_is_run_as_html(browser: &Browser, row: Row) {
    if !is_faulty("a_text_from_the_server_is_run_as_html", &row) {
        return; // that of the WebSocket shows no text
    }
    let (theirs, ours) = (Theirs::start(row).await, Ours::start(row).await);
    let text = "<img src=x onerror=document.title=String(1+1)>";
    theirs.relay.fault(Fault::Answer(TICK, in_their_framing(&row, &[text])));

    theirs.open(browser).await;
    browser.shows("document.title", "2").await;
    ours.server.publish(text);
    ours.open(browser).await;

    browser.shows(NEWEST, text).await;
    browser.shows("document.title.replace(/ ·.*/, '')", row.transport.title).await;
    browser.close_tabs(NETWORK).await;
}

/// What the article's server would send, if its texts were these: none of the five looks at what it sends.
fn in_their_framing(row: &Row, texts: &[&str]) -> String {
    let script = |text: &&str| String::from_utf8(program::script(text).unwrap().to_vec()).unwrap();
    let event = |text: &&str| format!("id:1\nevent:message\ndata:{text}\n\n");
    let (kind, body): (_, String) = match (row.endless_body, row.reopens) {
        (true, true) => ("text/html", texts.iter().map(script).collect()),
        (true, false) => ("text/event-stream", texts.iter().map(event).collect()),
        (false, _) => ("text/plain", texts.concat()),
    };

    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// The article's iframe stream itself, for the function that writes its scripts.
#[path = "../../../iframe-stream/examples/article.rs"]
#[allow(dead_code, reason = "only its script is of interest; `expect` keeps the rest alive and then finds nothing")]
mod program;

async fn a_text_with_a_quote_ends_the_string(browser: &Browser, row: Row) {
    if !is_faulty("a_text_with_a_quote_ends_the_string", &row) {
        return; // the others write no scripts
    }
    let (theirs, ours) = (Theirs::start(row).await, Ours::start(row).await);
    let text = "');parent.document.title=String(1+1);('";
    theirs.relay.fault(Fault::Answer(TICK, in_their_framing(&row, &[text])));

    theirs.open(browser).await;
    browser.shows("document.title", "2").await;
    ours.server.publish(text);
    ours.server.publish(HOSTILE);
    ours.open(browser).await;

    browser.shows(NEWEST, HOSTILE).await;
    browser.shows("document.title.replace(/ ·.*/, '')", row.transport.title).await;
    browser.close_tabs(NETWORK).await;
}

async fn polls_overlap_when_the_server_is_slow(browser: &Browser, row: Row) {
    if !is_faulty("polls_overlap_when_the_server_is_slow", &row) {
        return; // the others have no interval
    }
    let (theirs, ours) = (Theirs::start(row).await, Ours::start(row).await);
    let slow = Fault::Slow(Duration::from_secs(3));
    theirs.relay.fault(slow.clone());
    ours.relay.fault(slow);

    browser.before(COUNTING);
    theirs.open(browser).await;
    browser.shows("String(most > 2)", "true").await;
    browser.before(COUNTING);
    ours.open(browser).await;
    ours.relay.until(|seen| seen.asks > 2).await;

    browser.shows("String(most)", "1").await;
    browser.close_tabs(NETWORK).await;
}

/// Counts what is asked and not answered yet. Only the page can see it: for one address the browser sends one request
/// after the other, as long as their answers may be cached.
const COUNTING: &str = "let now = 0; window.most = 0;
    const begin = () => (most = Math.max(most, ++now)), end = () => now--;
    const { send } = XMLHttpRequest.prototype, ask = fetch;
    XMLHttpRequest.prototype.send = function () { begin(); this.addEventListener('loadend', end); send.call(this); };
    window.fetch = (...asked) => {
      if (new URL(asked[0], location).pathname === '/status') return ask(...asked); // of the next way, which is not here
      begin();
      return ask(...asked).finally(end);
    };";

async fn the_document_in_the_iframe_grows_for_ever(browser: &Browser, row: Row) {
    if !is_faulty("the_document_in_the_iframe_grows_for_ever", &row) {
        return; // the others have no iframe
    }
    const SCRIPTS: &str = "String(frames[0].document.scripts.length)";
    let (theirs, ours) = (Theirs::start(row).await, Ours::unwatched(row).await);

    theirs.open(browser).await;
    browser.shows(SCRIPTS, "3").await; // as it comes from the server
    theirs.relay.fault(Fault::Answer(TICK, in_their_framing(&row, &["2026-11-24 10:00:00"; 3_000])));
    theirs.open_in_a_hurry(browser).await;
    browser.shows(SCRIPTS, "3000").await; // and after most of an hour

    ours.open(browser).await;
    for text in ["first", "second", "third"] {
        ours.server.publish(text);
        browser.shows(NEWEST, text).await;
    }
    browser.shows(OUR_SCRIPTS, "1").await; // the function
    let long = "long ".repeat(800);
    (0..40).for_each(|_| drop(ours.server.publish(&long)));
    ours.server.publish("last");

    browser.shows(NEWEST, "last").await;
    assert!(ours.relay.reaches(LIMIT, |seen| seen.asks > 1).await, "ours is as long: {:?}", ours.relay.seen());
    browser.shows(OUR_SCRIPTS, "1").await;
    let opens_the_next = theirs.relay.reaches(PATIENCE, |seen| seen.asks > 2).await;
    assert!(!opens_the_next, "the fault is gone: where a document ends, the page opens the next");
    browser.close_tabs(NETWORK).await; // their page has loaded at last, and has no icon
}

/// Ours has an iframe around it.
const OUR_SCRIPTS: &str = "String(frames[0].frames[0].document.scripts.length)";

async fn the_page_asks_again_without_a_pause(browser: &Browser, row: Row) {
    if !is_faulty("the_page_asks_again_without_a_pause", &row) {
        return; // the others have an interval, or do not ask again
    }
    let theirs = Theirs::start(row).await;
    theirs.relay.fault(Fault::Answer(Duration::ZERO, in_their_framing(&row, &["now"])));
    let ours = [Ours::start(row).await, Ours::start(row).await];
    let answers = [NOTHING.to_owned(), in_their_framing(&row, &[KEPT])];

    let since = Instant::now();
    for (ours, answer) in ours.iter().zip(answers) {
        ours.relay.fault(Fault::Answer(Duration::ZERO, answer));
        ours.open(browser).await;
        ours.relay.until(|seen| seen.asks > 0).await;
    }
    browser.before(SLOW);
    theirs.open_after(browser, SLOW).await;
    let in_a_fury = theirs.relay.reaches(LIMIT, |seen| seen.asks >= 200).await;

    assert!(in_a_fury, "the fault is gone: {:?}", theirs.relay.seen());
    for ours in &ours {
        let asks = ours.relay.seen().asks;
        let seconds = since.elapsed().as_secs();
        eprintln!("the article's page asked 200 times, ours {asks} times in {seconds} s");
        assert!(asks as u64 <= 3 + seconds, "{asks} in {seconds} s");
    }
    browser.before("");
    browser.close_tabs(NETWORK).await;
}

/// A pause, however short, takes long.
const SLOW: &str = "{ const later = setTimeout, each = setInterval;
    window.setTimeout = (call, wait, ...more) => later(call, wait * 1000, ...more);
    window.setInterval = (call, wait, ...more) => each(call, wait * 1000, ...more); }";

/// What a server says that does not wait, and what a cache says again and again.
const NOTHING: &str = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
const KEPT: &str = r#"{"gap":false,"more":false,"next":"9f3c51aa.1","messages":[{"id":"9f3c51aa.1","at":1795388220123,"kind":"message","text":"kept"}]}"#;

/// Where the iframe stands in the markup, the page waits for it. Added later, as ours is, only the tab goes on loading:
/// that is left, and the next way mends it.
async fn the_page_never_finishes_loading(browser: &Browser, row: Row) {
    if !is_faulty("the_page_never_finishes_loading", &row) {
        return; // the others have no iframe
    }
    let (theirs, ours) = (Theirs::start(row).await, Ours::start(row).await);

    theirs.open(browser).await;
    browser.shows("String(frames[0].document.scripts.length)", "3").await; // it has gone on for seconds
    browser.shows("document.readyState", "interactive").await;
    ours.open(browser).await;
    ours.server.publish("first");

    browser.shows(NEWEST, "first").await;
    browser.shows("document.readyState", "complete").await;
    browser.close_tabs(&[]).await;
}

/// What the article says of the cost: of a request's head, the server needs perhaps ten bytes.
async fn a_head_takes_more_than_400_bytes(browser: &Browser, row: Row) {
    let theirs = Theirs::start(row).await;

    theirs.open(browser).await;
    theirs.relay.until(|seen| seen.asks > 0).await;
    let head = theirs.relay.seen().head;

    eprintln!("a head has {head} bytes");
    assert!(head > 400, "{head}");
    browser.close_tabs(NETWORK).await;
}
