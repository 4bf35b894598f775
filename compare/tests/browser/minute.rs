//! A minute of the iframe at a hundred messages a second: the document, and whoever waits for it, hold through it all.

use std::time::Duration;

use compare::transports::ALL;
use shared::testing::Server;
use tokio::time::interval;

use crate::{NEWEST, STATE, driver::Browser};

mod every_engine {
    crate::in_every_engine! {
        an_iframe_gives_each_message_of_a_full_minute,
        an_iframe_that_is_there_before_gives_each_message_of_a_full_minute,
    }
}

const PAUSE: Duration = Duration::from_millis(10);
const MESSAGES: usize = 6_000;

/// Keeps what comes on the list, also what is no longer there when somebody looks.
const KEEP: &str = "window.kept = [];
    new MutationObserver((changes) => changes.forEach(({ addedNodes }) => addedNodes.forEach((item) =>
        kept.push(item.querySelector('span').textContent)))).observe(document.querySelector('#messages'), { childList: true })";

async fn an_iframe_gives_each_message_of_a_full_minute(browser: &Browser) {
    gives_each_message(browser, "/").await;
}

async fn an_iframe_that_is_there_before_gives_each_message_of_a_full_minute(browser: &Browser) {
    gives_each_message(browser, "/?early=true").await;
}

async fn gives_each_message(browser: &Browser, path: &str) {
    let row = ALL.into_iter().find(|row| row.reopens).unwrap();
    let server = Server::start(row.transport, &[]);
    server.publish("first");
    browser.open(&server, path).await;
    browser.shows(NEWEST, "first").await;
    browser.driver.execute(KEEP, []).await.unwrap();

    let mut time = interval(PAUSE);
    for count in 1..=MESSAGES {
        time.tick().await;
        server.publish(&count.to_string());
    }

    browser.shows(NEWEST, &MESSAGES.to_string()).await;
    browser.shows("String(kept.length)", &MESSAGES.to_string()).await;
    browser.shows("String(kept.every((text, at) => text === String(at + 1)))", "true").await;
    browser.shows(STATE, row.rest).await;
    browser.close_tabs(&[]).await;
}
