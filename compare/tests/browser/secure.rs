//! Over TLS, and by HTTP/2: how many lines a browser opens to one address, and what is seen side by side.

use compare::transports::{ALL, Row};
use shared::testing::Server;
use tempfile::TempDir;

use crate::{NEWEST, STATE, driver::Browser, in_chromium_with, lab::Lab};

/// The certificate is of the server's own making.
const FLAGS: &[&str] = &["--ignore-certificate-errors"];
/// A page on which nothing opens anything.
const BLANK: &str = "/shared/backoff.js";
const PROTOCOL: &str = "performance.getEntriesByType('navigation')[0]?.nextHopProtocol";
const LINES: &str = "document.querySelector('#facts').textContent.includes";
const STREAMS: &str =
    "window.said = []; window.streams = Array.from({ length: 101 }, () => new EventSource('/messages'));
    for (const stream of streams) stream.onerror = () => said.push('error');
    addEventListener('error', () => said.push('mistake'))";
const WAITING: &str = "String(streams.filter(({ readyState }) => readyState === 0).length)";

#[tokio::test]
#[ignore = "needs Chromium and its driver: run by ./test"]
async fn ten_tabs_are_live_over_http_2() {
    in_chromium_with(FLAGS, async |browser| {
        let (server, _folder) = secure(way("sse"), &[]);

        let mut tabs = Vec::new();
        for _ in 0..10 {
            tabs.push(open(browser, &server, "/").await);
            browser.shows(STATE, "live").await;
        }
        server.publish("to each tab");

        browser.shows(PROTOCOL, "h2").await;
        browser.shows(&format!("String({LINES}('HTTP/2: all tabs share one connection'))"), "true").await;
        for tab in tabs {
            browser.driver.switch_to_window(tab).await.unwrap();
            browser.shows(NEWEST, "to each tab").await;
        }
        server.until_open(10);
        browser.close_tabs(&[]).await;
    })
    .await;
}

#[tokio::test]
#[ignore = "needs Chromium and its driver: run by ./test"]
async fn the_seventh_tab_waits_over_http_1() {
    in_chromium_with(&[], async |browser| {
        let server = Server::start(way("sse").transport, &[]);

        let mut tabs = Vec::new();
        for _ in 0..6 {
            tabs.push(browser.open(&server, "/").await);
            browser.shows(STATE, "live").await;
        }
        browser.shows(&format!("String({LINES}('HTTP/1.1: six connections for all tabs'))"), "true").await;
        browser.driver.execute("window.seventh = window.open('/')", []).await.unwrap();
        server.publish("to six of them");
        for tab in &tabs {
            browser.driver.switch_to_window(tab.clone()).await.unwrap();
            browser.shows(NEWEST, "to six of them").await;
        }
        browser.shows("seventh.location.href", "about:blank").await; // its page has no connection to come by

        browser.driver.switch_to_window(tabs[0].clone()).await.unwrap();
        browser.driver.close_window().await.unwrap();
        browser.driver.switch_to_window(tabs[5].clone()).await.unwrap();
        browser.shows("seventh.document.querySelector('#state')?.textContent", "live").await;
        browser.close_tabs(&[]).await;
    })
    .await;
}

#[tokio::test]
#[ignore = "needs Chromium and its driver: run by ./test"]
async fn the_hundred_and_first_request_waits_without_a_word() {
    in_chromium_with(FLAGS, async |browser| {
        let (server, _folder) = secure(way("sse"), &["--max-clients", "1000"]);
        open(browser, &server, BLANK).await;
        browser.shows(PROTOCOL, "h2").await;

        browser.driver.execute(STREAMS, []).await.unwrap();
        server.until_open(100);
        browser.shows(WAITING, "1").await;
        let ask = "window.asked = 'waits'; fetch('/status').then(() => (asked = 'answered'), () => (asked = 'failed'))";
        browser.driver.execute(ask, []).await.unwrap();
        server.publish("while they wait");
        browser.shows("asked", "waits").await;
        browser.driver.execute("streams.findLast(({ readyState }) => readyState === 0).close()", []).await.unwrap();
        browser.driver.execute("streams[0].close()", []).await.unwrap();

        browser.shows("asked", "answered").await;
        browser.shows("said.join()", "").await;
        browser.close_tabs(&["favicon.ico"]).await;
    })
    .await;
}

#[tokio::test]
#[ignore = "needs Chromium and its driver: run by ./test"]
async fn a_websocket_has_a_connection_of_its_own() {
    in_chromium_with(FLAGS, async |browser| {
        let lab = side_by_side(browser).await;

        browser.driver.execute("document.querySelector('#wire').scrollIntoView()", []).await.unwrap();
        for (name, offers) in [("sse", "offers h2, http/1.1"), ("websocket", "offers http/1.1")] {
            let chosen = format!("document.querySelector('#wire-choice input[value={name}]').click()");
            browser.driver.execute(chosen, []).await.unwrap();
            let view = "document.querySelector('#wire-view').textContent";
            browser.shows(&format!("String({view}.includes('client hello, {offers}'))"), "true").await;
        }

        browser.close_tabs(&[]).await;
        drop(lab);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs Chromium and its driver: run by ./test"]
async fn the_page_side_by_side_says_what_tls_hides() {
    in_chromium_with(FLAGS, async |browser| {
        browser.before("localStorage.setItem('five-ways.tour', 'begun')"); // it would stand before what is drawn
        for (name, width, scheme) in [("wide", 1_440, "light"), ("narrow", 390, "dark")] {
            browser.look(width, 900, scheme).await;
            let lab = side_by_side(browser).await;

            let each = "String([...document.querySelectorAll('.panel')].every((panel) => panel.dataset.each > 0))";
            browser.shows(each, "true").await;
            let bars = "[...document.querySelectorAll('#bars small')].map(({ textContent }) => textContent).join()";
            browser.shows(bars, "sealed,sealed,sealed,sealed,sealed").await;
            browser.shows("document.querySelector('#spoken').textContent", "HTTP/2").await;
            browser.shows("String(document.querySelectorAll('[data-fault=buffer]:disabled').length)", "6").await;
            browser
                .shows(
                    "String([document.querySelector('#proxy'), document.querySelector('#no-proxies') !== null])",
                    ",true",
                )
                .await;
            browser.driver.execute("document.querySelector('#wire').scrollIntoView()", []).await.unwrap();
            browser
                .shows(
                    "String(/application data, length/.test(document.querySelector('#wire-view').textContent))",
                    "true",
                )
                .await;
            browser
                .shows("String(/^ *The relay has no key/m.test(document.querySelector('#sealed').textContent))", "true")
                .await;
            browser.shows("String(document.documentElement.scrollWidth <= innerWidth)", "true").await;
            assert_eq!(browser.violations().await, "");
            browser.keep_picture(&format!("tls-{name}-{scheme}")).await;

            cut_and_lose_nothing(browser).await;
            browser.close_tabs(crate::NETWORK).await;
            drop(lab);
        }
    })
    .await;
}

async fn cut_and_lose_nothing(browser: &Browser) {
    browser.driver.execute("document.querySelector('#break-all [data-fault=cut]').click()", []).await.unwrap();

    for row in ALL {
        let panel = format!("document.querySelector('#panel-{}", row.transport.name);
        browser.shows(&format!("{panel} [data-fault=cut]').dataset.state"), "over").await;
        browser.shows(&format!("{panel}').dataset.lost"), "0").await;
    }
}

/// The page, once all five are live.
async fn side_by_side(browser: &Browser) -> (Lab, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let lab = Lab::start(&["--tls-self-signed", "--tls-folder", &folder.path().to_string_lossy()]);
    browser.goto(&format!("https://{}/", lab.address)).await;
    let live = "String(document.querySelectorAll('.panel[data-live=true]').length)";
    browser.shows(live, "5").await;

    (lab, folder)
}

fn secure(row: Row, options: &[&str]) -> (Server, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_string_lossy().into_owned();
    let options = [&["--tls-self-signed", "--tls-folder", &path], options].concat();

    (Server::start(row.transport, &options), folder)
}

async fn open(browser: &Browser, server: &Server, path: &str) -> thirtyfour::WindowHandle {
    browser.goto(&format!("https://{}{path}", server.address)).await
}

fn way(name: &str) -> Row {
    ALL.into_iter().find(|row| row.transport.name == name).unwrap()
}
