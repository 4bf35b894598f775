//! A browser has six connections to an address by HTTP/1.1, for all its tabs: where others hold them all, the page says so.

use compare::transports::ALL;
use shared::testing::Server;

use crate::{NEWEST, STATE, driver::Browser, engines, write};

mod every_engine {
    crate::in_every_engine! {
        a_text_that_no_connection_is_left_for_says_so_and_is_sent_once,
        a_page_that_no_connection_is_left_for_says_so_until_it_has_one,
    }
}

async fn a_text_that_no_connection_is_left_for_says_so_and_is_sent_once(browser: &Browser) {
    let server = page(browser).await;
    take(browser, &server, 5).await;

    write(browser, "from the seventh").await;
    if engines::but("a_text_that_no_connection_is_left_for_says_so_and_is_sent_once", browser.engine).is_none() {
        let waiting = "document.querySelector('#waiting small')?.textContent.includes('six connections')";
        browser.shows(&format!("String({waiting})"), "true").await;
        give_back(browser).await;
    }

    browser.shows(NEWEST, "from the seventh").await;
    browser.shows("document.querySelector('#waiting').textContent", "").await;
    assert_eq!(crate::texts(&server), ["before", "from the seventh"]);
    browser.close_tabs(&[]).await;
}

async fn a_page_that_no_connection_is_left_for_says_so_until_it_has_one(browser: &Browser) {
    let problem = "document.querySelector('#problem').textContent";
    let toggle = "document.querySelector('#toggle').click()";
    let server = page(browser).await;
    browser.driver.execute(toggle, []).await.unwrap();
    browser.shows(STATE, "stopped").await;
    server.until_open(0);
    take(browser, &server, 6).await;

    browser.driver.execute(toggle, []).await.unwrap();
    browser.shows(&format!("String({problem}.includes('six connections'))"), "true").await;
    give_back(browser).await;

    browser.shows(STATE, "live").await;
    browser.shows(problem, "").await;
    browser.close_tabs(&[]).await;
}

/// The page of Server-Sent Events, with a message.
async fn page(browser: &Browser) -> Server {
    let row = ALL.into_iter().find(|row| row.transport.name == "sse").unwrap();
    let server = Server::start(row.transport, &[]);
    server.publish("before");
    browser.open(&server, "/").await;
    browser.shows(NEWEST, "before").await;

    server
}

/// So many connections are held by others, until six are.
async fn take(browser: &Browser, server: &Server, count: usize) {
    let take =
        format!("window.others = Array.from({{ length: {count} }}, () => new EventSource('/messages?elsewhere'))");
    browser.driver.execute(take, []).await.unwrap();

    server.until_open(6);
}

async fn give_back(browser: &Browser) {
    browser.driver.execute("others.forEach((other) => other.close())", []).await.unwrap();
}
