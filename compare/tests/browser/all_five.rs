//! All five side by side: the page of `cargo run`, with the real pages in its panels.

use std::time::Duration;

use compare::transports::{ALL, Row};
use shared::testing::newest;
use thirtyfour::prelude::*;

use crate::{
    NETWORK, NEWEST,
    driver::Browser,
    engines::Engine,
    in_chromium,
    lab::{Lab, Page},
    pictures,
};

/// More than a fault and what follows it take, on a busy machine.
pub(crate) const LONG: Duration = Duration::from_secs(90);

/// For so many messages the connection is healthy before it is broken: 11 s of 100 a second. After 10 s a page has
/// forgotten that its connection was ever down.
const HEALTH: u64 = 1_100;

mod every_engine {
    crate::in_every_engine! {
        a_message_typed_in_one_panel_shows_in_the_other_four,
        whatever_happens_to_the_connections_every_ledger_ends_clean,
        what_the_ring_dropped_meanwhile_is_reported_and_counted,
        the_wire_shows_the_bytes_of_a_message_that_was_just_sent,
        each_page_is_a_link_to_the_next_as_long_as_that_answers,
        an_eighth_tab_side_by_side_loads_and_its_commands_are_done,
        where_the_browser_has_no_connection_left_the_page_says_so,
        where_the_browser_has_no_connection_left_for_a_panel_the_panel_says_so,
    }
}

async fn a_message_typed_in_one_panel_shows_in_the_other_four(browser: &Browser) {
    let lab = open(browser, &[]).await;
    rate(browser, 0).await;

    for (at, row) in ALL.iter().enumerate() {
        let text = format!("typed in {}", row.transport.name);
        enter(browser, at).await;
        type_in(browser, &text).await;
        browser.shows(NEWEST, &text).await;

        for other in 0..ALL.len() {
            enter(browser, other).await;
            browser.shows(NEWEST, &text).await;
        }
    }

    browser.driver.enter_default_frame().await.unwrap();
    drop(lab);
}

async fn whatever_happens_to_the_connections_every_ledger_ends_clean(browser: &Browser) {
    let lab = open(browser, &[]).await;
    rate(browser, 100).await;

    for fault in ["cut", "silence", "refuse", "slow", "buffer", "restart"] {
        let newest = newest(lab.feed()).seq;
        for row in ALL {
            delivered_after(browser, &row, newest + HEALTH).await;
        }
        click(browser, &format!("#break-all [data-fault={fault}]")).await;
        for row in ALL {
            let took = format!("took{}{}", fault[..1].to_uppercase(), &fault[1..]);
            browser.shows_within(LONG, &format!("String(Number({}) >= 0)", figure(&row, &took)), "true").await;
            let took = number(browser, &row, &took).await;
            eprintln!("{}: back {took} ms after {fault}", row.transport.name);
            assert!(took < 15_000, "{}: {took} ms after {fault}", row.transport.name);
        }
    }
    rate(browser, 0).await;

    for (at, row) in ALL.iter().enumerate() {
        browser.shows_within(LONG, &figure(row, "behind"), "0").await;
        assert_ledger(browser, row, 0, 0).await;
        let delivered = number(browser, row, "delivered").await;
        lab.until(at, row.transport.name, |of| of["messages"].as_u64() >= Some(delivered)); // each that passed was named
    }
    browser.shows("document.querySelector('#own').dataset.state", "live").await;
    drop(lab);
}

async fn what_the_ring_dropped_meanwhile_is_reported_and_counted(browser: &Browser) {
    let lab = open(browser, &["--history", "100"]).await;
    rate(browser, 0).await;
    for row in ALL {
        browser.shows(&figure(&row, "behind"), "0").await;
    }

    click(browser, "#break-all [data-fault=refuse]").await;
    for (at, row) in ALL.iter().enumerate() {
        lab.until(at, row.transport.name, |of| of["faults"][0]["name"] == "refuse");
    }
    assert_eq!(lab.command("/burst", r#"{"count":1000}"#), "204");

    for row in ALL {
        browser.shows_within(LONG, &figure(&row, "lost"), "900").await;
        browser.shows(&figure(&row, "behind"), "0").await;
        assert_ledger(browser, &row, 900, 1).await;
    }
}

async fn the_wire_shows_the_bytes_of_a_message_that_was_just_sent(browser: &Browser) {
    let lab = open(browser, &[]).await;

    for row in ALL {
        let name = row.transport.name;
        click(browser, &format!("#wire-choice input[value={name}]")).await;
        let text = format!("<b>{name}</b> on the wire");
        browser.driver.find(By::Id("say")).await.unwrap().send_keys(text.clone() + Key::Enter).await.unwrap();

        browser.driver.execute("document.querySelector('#wire').scrollIntoView()", []).await.unwrap();
        let shown = if row.reopens { text.replace('<', "\\\\u003c") } else { text };
        let view = "document.querySelector('#wire-view').textContent";
        browser.shows(&format!("String({view}.includes('{shown}'))"), "true").await;
        browser.shows("String(document.querySelectorAll('#wire-view b').length)", "0").await;
    }
    drop(lab);
}

#[tokio::test]
#[ignore = "needs Chromium and its driver: run by ./test"]
async fn the_charts_draw_and_nobody_is_shut_out() {
    in_chromium(async |browser| {
        browser.before("localStorage.setItem('five-ways.tour', 'begun')"); // it would stand before what is drawn
        for (width, scheme) in [(1_440, "light"), (1_440, "dark"), (390, "light"), (390, "dark")] {
            browser.look(width, 1_000, scheme).await;
            let lab = open(browser, &[]).await;
            rate(browser, 10).await;
            for row in ALL {
                delivered_after(browser, &row, 60).await;
            }

            browser.shows("String(document.querySelectorAll('canvas').length > 1)", "true").await;
            browser.shows(ALL_DRAWN, "true").await;
            let fits = "String(document.documentElement.scrollWidth <= innerWidth)";
            browser.shows(fits, "true").await;
            browser.driver.execute("scrollTo(0, 0)", []).await.unwrap();
            let long = if width == 390 { 11_200 } else { 5_200 };
            Browser::keep(&format!("side-by-side-{width}-{scheme}"), &browser.long_picture(width, long, scheme).await);
            if (width, scheme) == (1_440, "light") {
                let photo = browser.long_picture(width, 2_300, scheme).await;
                pictures::compare_photo(browser, "side-by-side.png", &photo).await;
            }
            assert_eq!(browser.violations().await, "", "{width} {scheme}");
            browser.close_tabs(&[]).await;
            drop(lab);
        }
    })
    .await;
}

async fn each_page_is_a_link_to_the_next_as_long_as_that_answers(browser: &Browser) {
    let lab = Lab::start(&[]);
    browser.goto(&format!("http://localhost:{}/", lab.tap(4).port())).await;
    let command = "document.querySelector('#next span').checkVisibility({ visibilityProperty: true })";
    let link = "document.querySelector('#next a').href";

    for (at, row) in ALL.iter().enumerate() {
        browser.shows(link, &format!("http://localhost:{}/", lab.tap(at).port())).await;
        browser.shows(&format!("String({command})"), "false").await;
        click(browser, "#next a").await;
        browser.shows("document.title.replace(/ ·.*/, '')", row.transport.title).await;
    }
    browser.shows(&format!("String({link} > '')"), "true").await;
    drop(lab);

    browser.shows(link, "").await;
    browser.shows(&format!("String({command})"), "true").await;
    browser.close_tabs(NETWORK).await;
}

/// Six connections to an address are all that a browser opens, for all its tabs together.
async fn an_eighth_tab_side_by_side_loads_and_its_commands_are_done(browser: &Browser) {
    let lab = Lab::start(&[]);
    let page = format!("http://localhost:{}/", lab.address.port());
    for _tab in 1..8 {
        browser.goto(&page).await;
        browser.shows(OWN, "live").await;
        set_hidden(browser, true).await;
    }

    browser.goto(&page).await;

    browser.shows(OWN, "live").await;
    rate(browser, 0).await;
    assert_eq!(lab.state()["rate"], 0);
    browser.close_tabs(&[]).await;
}

async fn where_the_browser_has_no_connection_left_the_page_says_so(browser: &Browser) {
    let lab = Lab::start(&[]);
    browser.goto(&format!("http://localhost:{}/", lab.address.port())).await;
    browser.shows(OWN, "live").await;
    let mute = "String(document.querySelector('#mute').textContent.includes('six connections'))";
    browser.shows(mute, "false").await;

    set_hidden(browser, true).await;
    let take = "window.others = Array.from({ length: 6 }, () => new EventSource('/events'))";
    browser.driver.execute(take, []).await.unwrap();
    browser.shows("String(others.every(({ readyState }) => readyState === 1))", "true").await;
    set_hidden(browser, false).await;
    click(browser, "#rate input[value='0']").await;

    browser.shows(mute, "true").await;
    let problem = "String(document.querySelector('#problem').textContent.includes('six connections'))";
    browser.shows(problem, "true").await;
    browser.driver.execute("others.forEach((other) => other.close())", []).await.unwrap();
    browser.shows_within(LONG, OWN, "live").await;
    browser.shows(mute, "false").await;
    browser.close_tabs(&[]).await;
    drop(lab);
}

async fn where_the_browser_has_no_connection_left_for_a_panel_the_panel_says_so(browser: &Browser) {
    let lab = Lab::start(&[]);
    let at = ALL.iter().position(|row| row.transport.name == "sse").unwrap();
    browser.goto(&format!("http://localhost:{}/", lab.tap(at).port())).await;
    browser.shows("document.querySelector('#state')?.dataset.state", "live").await;
    let take = "window.others = Array.from({ length: 5 }, () => new EventSource('/messages'))";
    browser.driver.execute(take, []).await.unwrap();
    browser.shows("String(others.every(({ readyState }) => readyState === 1))", "true").await;
    let taking = browser.driver.window().await.unwrap();
    let page = browser.goto(&format!("http://localhost:{}/", lab.address.port())).await;
    let says = |row: &Row| {
        let badge = format!("document.querySelector('#panel-{} .badge')", row.transport.name);
        format!("String(Boolean({badge}?.textContent.includes('no connection left')))")
    };

    browser.shows(&says(&ALL[at]), "true").await;
    browser.shows(&says(&ALL[at - 1]), "false").await;
    browser.driver.switch_to_window(taking).await.unwrap();
    browser.driver.execute("others.forEach((other) => other.close())", []).await.unwrap();
    browser.driver.switch_to_window(page).await.unwrap();

    browser.shows(&figure(&ALL[at], "live"), "true").await;
    browser.shows(&says(&ALL[at]), "false").await;
    browser.close_tabs(&[]).await;
}

/// The state of the page's own connection.
const OWN: &str = "document.querySelector('#own')?.dataset.state";

/// In Chromium, a tab that WebDriver leaves is not hidden for its page: this is what hides it, in all three.
async fn set_hidden(browser: &Browser, hidden: bool) {
    let script = format!(
        "Object.defineProperty(Document.prototype, 'hidden', {{ get: () => {hidden}, configurable: true }});
         document.dispatchEvent(new Event('visibilitychange'))"
    );
    browser.driver.execute(script, []).await.unwrap();
}

/// Each chart is drawn once it is in sight.
const ALL_DRAWN: &str = "String([...document.querySelectorAll('canvas')].every((canvas) => {
    if (canvas.drawn) return true;
    canvas.scrollIntoView();
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return (canvas.drawn = data.some((value) => value > 0));
}))";

/// By its keys; but WebKit's driver says of what is in a frame of another origin that it cannot have the focus.
async fn type_in(browser: &Browser, text: &str) {
    if browser.engine == Engine::WebKit {
        let by_script = format!(
            "document.querySelector('#text').value = {text:?}; document.querySelector('#send').requestSubmit()"
        );
        browser.driver.execute(by_script, []).await.unwrap();
    } else {
        crate::write(browser, text).await;
    }
}

/// The page, with a panel for each of the five that receives.
async fn open(browser: &Browser, options: &[&str]) -> Lab {
    let lab = Lab::start(options);
    show(browser, &lab).await;

    lab
}

/// The same of one that runs.
pub(crate) async fn show(browser: &Browser, page: &Page) {
    browser.goto(&format!("http://localhost:{}/", page.address.port())).await;
    for row in ALL {
        browser.shows_within(LONG, &figure(&row, "live"), "true").await;
        browser.shows_within(LONG, &format!("String(Number({}) > 0)", figure(&row, "delivered")), "true").await;
    }
}

/// A figure of a panel, as a script.
pub(crate) fn figure(row: &Row, name: &str) -> String {
    format!("document.querySelector('#panel-{}')?.dataset.{name}", row.transport.name)
}

pub(crate) async fn number(browser: &Browser, row: &Row, name: &str) -> u64 {
    let value = browser.driver.execute(format!("return {}", figure(row, name)), []).await.unwrap();

    value.json().as_str().unwrap().parse().unwrap()
}

/// Waits until all up to this one are in the panel.
pub(crate) async fn delivered_after(browser: &Browser, row: &Row, seq: u64) {
    let done = format!("String(Number({}) >= {seq} - 2)", figure(row, "delivered")); // it began with the first or second

    browser.shows_within(LONG, &done, "true").await;
}

/// All that was published is in the panel, but for what is lost.
pub(crate) async fn assert_ledger(browser: &Browser, row: &Row, lost: u64, gaps: u64) {
    let mut figures = Vec::new();
    for name in ["lost", "repeated", "outOfOrder", "gaps"] {
        figures.push(number(browser, row, name).await);
    }
    assert_eq!(figures, [lost, 0, 0, gaps], "{}: lost, repeated, out of order, gaps", row.transport.name);
    let [published, delivered, lost] = ["published", "delivered", "lost"].map(|name| figure(row, name));
    browser.shows(&format!("String({published} - {delivered} - {lost})"), "0").await; // all at one moment: the last may be on its way
}

pub(crate) async fn rate(browser: &Browser, rate: u32) {
    click(browser, &format!("#rate input[value='{rate}']")).await;
    browser.shows(&format!("String(document.querySelector('#rate input[value=\"{rate}\"]').checked)"), "true").await;
}

pub(crate) async fn click(browser: &Browser, what: &str) {
    browser.driver.execute(format!("document.querySelector(\"{what}\").click()"), []).await.unwrap();
}

/// Goes into the panel of this way.
async fn enter(browser: &Browser, at: usize) {
    browser.driver.enter_default_frame().await.unwrap();
    let frames = browser.driver.find_all(By::Css("#panels iframe")).await.unwrap();

    frames[at].clone().enter_frame().await.unwrap();
}
