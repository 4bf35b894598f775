//! The page that falls back: from way to way by its own switches, and behind real proxies as they come. The server counts, and
//! the page says whether a number is missing, or came twice.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    thread::{JoinHandle, spawn},
    time::Duration,
};

use actix_web::rt::System;
use compare::proxies::{Form, Known, Proxy};
use shared::{Readers, testing::LIMIT};
use thirtyfour::prelude::*;
use tokio::task::spawn_blocking;

use crate::{NETWORK, NEWEST, driver::Browser, in_chromium, write};

#[path = "../../examples/fallback.rs"]
#[allow(dead_code, reason = "it is served here, not by its main; `expect` keeps that alive and then finds nothing")]
mod program;

/// A way that is held back has its time, and a better one is tried again after 15 s, then after 30 s.
const SWITCH: Duration = Duration::from_secs(90);
const WAY: &str = "document.querySelector('#ladder [data-is=works][aria-current] span')?.textContent";
/// Whether so many numbers have come, and each once.
const WHOLE: &str = "/^[0-9,]+ numbers, none missing, none twice$/.test(document.querySelector('#count').textContent)";

/// The example's App, in threads of its own. It ends when this is dropped.
struct App {
    address: SocketAddr,
    readers: Readers,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl App {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let readers = Readers::new(100);
        let serving = readers.clone();
        let thread = Some(spawn(move || System::new().block_on(program::serve(listener, serving))));

        Self { address, readers, thread }
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.readers.stop();
        self.thread.take().map(JoinHandle::join);
    }
}

#[tokio::test]
#[ignore = "needs Chromium and its driver: run by ./test"]
async fn a_page_falls_back_from_way_to_way_and_comes_back_and_its_numbers_are_whole() {
    in_chromium(async |browser| {
        let app = App::start();
        browser.goto(&format!("http://{}/", app.address)).await;
        is_whole_on(browser, "WebSocket").await;

        for (fault, way) in [("/socket", "Server-Sent Events"), ("/events", "Long polling"), ("/long-poll", "Polling")] {
            press(browser, fault).await;
            write(browser, way).await;
            is_whole_on(browser, way).await;
            browser.shows(NEWEST, way).await;
        }
        browser.shows("document.querySelector('#why').textContent.match(/^Web.* through.*; Server.* nothing.*; Long.* through/) ? 'why' : ''", "why").await;
        browser.driver.refresh().await.unwrap();
        browser.shows("document.querySelector('#steps li:last-child span')?.textContent", "Polling is tried.").await;
        press(browser, "/socket").await;
        is_whole_on(browser, "Server-Sent Events").await; // what was put between is gone with the old page, but for this
        press(browser, "/socket").await;
        is_whole_on(browser, "WebSocket").await;

        assert_eq!(browser.violations().await, "");
        browser.close_tabs(&[NETWORK, &["502"]].concat()).await;
    })
    .await;
}

#[tokio::test]
#[ignore = "needs Chromium and its driver: run by ./test"]
async fn a_page_that_falls_back_fits_each_screen() {
    in_chromium(async |browser| {
        let app = App::start();
        for (width, height, scheme) in
            [(1_440, 900, "light"), (1_440, 900, "dark"), (390, 844, "light"), (390, 844, "dark")]
        {
            browser.look(width, height, scheme).await;
            browser.goto(&format!("http://{}/", app.address)).await;
            is_whole_on(browser, "WebSocket").await;
            browser.keep_picture(&format!("fallback-{width}-{scheme}")).await;
            browser.shows("String(document.documentElement.scrollWidth <= innerWidth)", "true").await;
            assert_eq!(browser.violations().await, "", "{width} {scheme}");
        }
        browser.close_tabs(&[]).await;
    })
    .await;
}

/// A test for each proxy of a list, which needs something.
macro_rules! behind {
    ($need:literal: $($name:ident),* $(,)?) => { $(
        #[tokio::test]
        #[ignore = $need]
        async fn $name() {
            let steps = super::ends_with_a_way_that_works(stringify!($name)).await;
            println!("{steps}");
        }
    )* };
}

mod behind {
    behind! { "needs Chromium and its driver, nginx and HAProxy: run by ./test": nginx, haproxy }
    #[cfg(feature = "proxies")]
    behind! {
        "needs Chromium and its driver, and eight more proxies: run by ./test --long":
        apache, varnish, squid, lighttpd, caddy, trafficserver, h2o, nghttpx
    }
}

/// Gives what it has tried, in words.
async fn ends_with_a_way_that_works(name: &str) -> String {
    let mut steps = String::new();
    let known = Known::named(name).unwrap();
    let program = known.find().unwrap_or_else(|| panic!("no {name}: ./test gets it"));
    in_chromium(async |browser| {
        let app = App::start();
        let upstream = app.address;
        let start = move || Proxy::start(known, &program, Form::AsItComes, upstream).unwrap();
        let proxy = spawn_blocking(start).await.unwrap();
        browser.goto(&format!("http://{}/", proxy.address)).await;

        browser.shows_within(SWITCH, &format!("String(Boolean({WAY}))"), "true").await;
        write(browser, "said there").await;
        browser.shows_within(SWITCH, SAID, "true").await;
        let more = "String(Number(document.querySelector('#count b').textContent) >= 10)";
        browser.shows_within(SWITCH, more, "true").await;
        browser.shows(&format!("String({WHOLE})"), "true").await;

        steps = browser.driver.execute(STEPS, []).await.unwrap().json().to_string();
        browser.close_tabs(&[NETWORK, &["Unexpected response code", "403", "502"]].concat()).await;
    })
    .await;

    steps
}

/// It came back as a message, or the server said what is wrong with the proxy: then it is given back.
const SAID: &str =
    "String([...document.querySelectorAll('#messages span')].some((text) => text.textContent === 'said there')
    || /^Not sent: .*Host/.test(document.querySelector('#problem').textContent))";

const STEPS: &str =
    "return [...document.querySelectorAll('#steps span')].map((step) => step.textContent).reverse().join(' ')";

/// Presses one of the page's switches.
async fn press(browser: &Browser, fault: &str) {
    let one = browser.driver.find(By::Css(format!("#between input[name='{fault}']"))).await.unwrap();

    one.click().await.unwrap();
}

/// The page is on this way, a number has come by it, and all that came are whole.
async fn is_whole_on(browser: &Browser, way: &str) {
    browser.shows_within(SWITCH, WAY, way).await;
    let count = "document.querySelector('#count b').textContent";
    let before = browser.driver.execute(format!("return {count}"), []).await.unwrap();
    let before = before.json().as_str().unwrap_or_default().to_owned();
    browser.shows_within(LIMIT, &format!("String({count} !== '{before}')"), "true").await;
    browser.shows(&format!("String({WHOLE})"), "true").await;
}
