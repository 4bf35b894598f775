//! What a person sees: the page of each of the five in Chromium.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod driver;

use std::panic::{AssertUnwindSafe, resume_unwind};

use compare::transports::{ALL, Row};
use driver::Browser;
use futures_util::FutureExt as _;
use shared::{Kind, Text, testing::Server};
use thirtyfour::prelude::*;

const HOSTILE: &str =
    "</script><img src=x onerror=\"document.title='run'\"> 'quoted' \"twice\" \u{2028} &amp; \u{1f600}";

/// Each test runs once for each of the five, in one browser, which is ended also when a test has failed.
macro_rules! for_all_five {
    ($($test:ident),* $(,)?) => { $(
        #[tokio::test]
        #[ignore = "needs Chromium and its driver: run by ./test"]
        async fn $test() {
            let browser = Browser::start().await;
            let outcome = AssertUnwindSafe(async {
                for row in ALL {
                    println!("{}", row.transport.title);
                    let server = Server::start(row.transport, &[]);
                    super::$test(&browser, &server, row).await;
                    browser.close_tabs().await;
                    assert_eq!(browser.complaints().await, Vec::<String>::new());
                }
            });
            let outcome = outcome.catch_unwind().await;
            browser.end().await;
            if let Err(panic) = outcome {
                resume_unwind(panic);
            }
        }
    )* };
}

mod chromium {
    use super::*;

    for_all_five! {
        the_clock_ticks,
        a_message_sent_in_one_tab_shows_in_another,
        a_hostile_text_shows_as_text,
        the_diagram_draws_the_exchange,
        a_line_is_closed_and_opened_by_hand,
    }
}

async fn the_clock_ticks(browser: &Browser, server: &Server, _: Row) {
    tick(server, "10:00:01").await;

    browser.open(server, "/").await;
    browser.shows("document.querySelector('#clock').textContent", "10:00:01").await;
    tick(server, "10:00:02").await;

    browser.shows("document.querySelector('#clock').textContent", "10:00:02").await;
    browser.shows(STATE, "live").await;
}

async fn a_message_sent_in_one_tab_shows_in_another(browser: &Browser, server: &Server, _: Row) {
    server.publish("first");
    let other = browser.open(server, "/?compact").await;
    browser.open(server, "/").await;
    browser.shows(NEWEST, "first").await; // it is connected

    browser.driver.find(By::Id("text")).await.unwrap().send_keys("hello from here" + Key::Enter).await.unwrap();

    browser.shows(NEWEST, "hello from here").await;
    browser.shows("document.querySelector('#text').value", "").await;
    browser.driver.switch_to_window(other).await.unwrap();
    browser.shows(NEWEST, "hello from here").await;
}

async fn a_hostile_text_shows_as_text(browser: &Browser, server: &Server, row: Row) {
    browser.open(server, "/").await;
    server.publish(HOSTILE);

    browser.shows(NEWEST, HOSTILE).await;
    browser.shows("String(document.querySelectorAll('main img, main script').length)", "0").await;
    browser.shows("document.title.replace(/ ·.*/, '')", row.transport.title).await;
}

async fn the_diagram_draws_the_exchange(browser: &Browser, server: &Server, row: Row) {
    let goes_up = !row.streams || row.two_way; // more than the one request
    server.publish("first");

    browser.open(server, "/").await;
    browser.shows(NEWEST, "first").await;
    server.publish("second");

    browser.shows(NEWEST, "second").await;
    browser.shows("document.querySelector('.arrow .label').firstChild.textContent.slice(0, 10)", "GET after=").await;
    browser.shows("String(document.querySelectorAll('.arrow.up').length > 1)", &goes_up.to_string()).await;
    browser
        .shows(
            "String([...document.querySelectorAll('.down')].some((arrow) => /second/.test(arrow.textContent)))",
            "true",
        )
        .await;

    browser.driver.execute("document.querySelector('.arrow').focus()", []).await.unwrap();
    browser.driver.active_element().await.unwrap().send_keys(Key::Enter + "").await.unwrap();
    browser.shows("document.querySelector('#opened pre').textContent.slice(0, 6)", "after=").await;
}

async fn a_line_is_closed_and_opened_by_hand(browser: &Browser, server: &Server, _: Row) {
    server.publish("before");
    browser.open(server, "/").await;
    browser.shows(NEWEST, "before").await;

    browser.driver.find(By::Id("toggle")).await.unwrap().click().await.unwrap();
    browser.shows(STATE, "stopped").await;
    server.publish("meanwhile");
    browser.driver.find(By::Id("toggle")).await.unwrap().click().await.unwrap();

    browser.shows(NEWEST, "meanwhile").await;
    browser.shows(STATE, "live").await;
    browser.shows("String(document.querySelectorAll('#messages li').length)", "2").await;
}

const STATE: &str = "document.querySelector('#state').textContent";

/// The newest text on the list.
const NEWEST: &str = "document.querySelector('#messages li:first-child span')?.textContent";

async fn tick(server: &Server, time: &str) {
    let text = Text::try_from(format!("2026-11-23 {time}")).unwrap();

    server.feed.publish(Kind::Clock, text).await.unwrap();
}
