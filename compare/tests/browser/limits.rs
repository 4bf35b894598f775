//! How many connections a browser opens: its own number, which a page has to live with.

use compare::transports::{ALL, Row};
use shared::testing::{LIMIT, Server};

use crate::{driver::Browser, engines};

mod every_engine {
    crate::in_every_engine! {
        six_streams_are_all_that_a_browser_opens_to_an_address,
        sockets_beyond_the_limit_of_a_browser_are_an_error,
    }
}

/// A page on which nothing opens anything.
const BLANK: &str = "/shared/backoff.js";
const LOADED: &str = "String(location.protocol === 'http:' && document.readyState === 'complete')";

async fn six_streams_are_all_that_a_browser_opens_to_an_address(browser: &Browser) {
    let server = Server::start(way(|row| row.streams && !row.reopens && !row.two_way).transport, &[]);
    browser.open(&server, BLANK).await;
    browser.shows(LOADED, "true").await;

    let open = "window.heard = 0; window.streams = Array.from({ length: 9 }, () => new EventSource('/messages'));
        streams.forEach((stream) => (stream.onmessage = () => window.heard++))";
    browser.driver.execute(open, []).await.unwrap();
    server.until_open(6);
    server.publish("to each");

    browser.shows("String(heard)", "6").await;
    browser.shows("streams.map(({ readyState }) => readyState).sort().join('')", "000111111").await;
    browser.driver.execute("streams.find(({ readyState }) => readyState === 1).close()", []).await.unwrap();
    browser.shows("streams.map(({ readyState }) => readyState).sort().join('')", "001111112").await;
    browser.close_tabs(&["favicon.ico"]).await;
}

async fn sockets_beyond_the_limit_of_a_browser_are_an_error(browser: &Browser) {
    let server = Server::start(way(|row| row.two_way).transport, &["--max-clients", "1000"]);
    browser.open(&server, BLANK).await;
    browser.shows(LOADED, "true").await;

    let open = "window.counts = { open: 0, error: 0, close: 0 };
        window.sockets = Array.from({ length: 300 }, () => new WebSocket(`ws://${location.host}/messages`));
        for (const socket of sockets) for (const name in counts) socket.addEventListener(name, () => counts[name]++)";
    browser.driver.execute(open, []).await.unwrap();

    let otherwise = engines::but("sockets_beyond_the_limit_of_a_browser_are_an_error", browser.engine).unwrap();
    let limit: usize = otherwise.split(';').next().unwrap().parse().unwrap();
    let beyond = 300 - limit;
    let closed = if otherwise.contains("never") { 0 } else { beyond };
    let counts = format!("{limit},{beyond},{closed}");
    browser.shows_within(3 * LIMIT, "String([counts.open, counts.error, counts.close])", &counts).await;
    server.until_open(limit);
    browser.close_tabs(&["favicon.ico", "Insufficient resources"]).await;
}

fn way(is: impl Fn(&Row) -> bool) -> Row {
    ALL.into_iter().find(is).unwrap()
}
