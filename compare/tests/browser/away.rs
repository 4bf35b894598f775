//! Away to another page, and back: with a page that the browser has kept meanwhile, and with one that it loads anew.

use std::{io, net::SocketAddr, time::Duration};

use compare::transports::Row;
use shared::testing::{LIMIT, Server};
use thirtyfour::prelude::*;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};

use crate::{NEWEST, STATE, driver::Browser, engines};

mod every_engine {
    crate::for_all_five! {
        in every engine:
        a_page_that_was_away_has_one_line_and_each_message_once,
        a_page_that_was_kept_has_one_line_and_each_message_once,
    }
}

/// An `EventSource` of WebKit that has come alive again asks after the time of `retry`.
const RETRY: Duration = Duration::from_secs(3);

/// Chromium asks where it goes for an icon.
const ICON: &[&str] = &["/favicon.ico"];

/// The pages say `no-store`: whether one is kept is up to the browser.
async fn a_page_that_was_away_has_one_line_and_each_message_once(browser: &Browser, row: Row) {
    let server = Server::start(row.transport, &[]);

    four_times_away_and_back(browser, row, &server, server.address).await;

    browser.close_tabs(ICON).await;
}

async fn a_page_that_was_kept_has_one_line_and_each_message_once(browser: &Browser, row: Row) {
    let server = Server::start(row.transport, &[]);
    let (address, relay) = storable(server.address).await;

    four_times_away_and_back(browser, row, &server, address).await;

    let anew = engines::but("a_page_that_was_kept_has_one_line_and_each_message_once", browser.engine).is_some();
    if row.waits || !anew {
        browser.shows("String(window.mark)", if anew { "undefined" } else { "kept" }).await;
    }
    browser.close_tabs(ICON).await;
    relay.abort();
}

async fn four_times_away_and_back(browser: &Browser, row: Row, server: &Server, address: SocketAddr) {
    let line = if row.waits { 1 } else { 0 };
    let elsewhere = format!("http://{}/status?elsewhere", server.address);
    server.publish("before");
    browser.goto(&format!("http://{address}/")).await;
    browser.shows(NEWEST, "before").await;
    browser.driver.execute("window.mark = 'kept'", []).await.unwrap();

    for away in ["one", "two", "three", "four"] {
        until_open(server, line).await;
        browser.driver.goto(&elsewhere).await.unwrap();
        browser.shows("location.href", &elsewhere).await;
        until_open(server, 0).await;
        server.publish(away);
        browser.driver.back().await.unwrap();
        browser.shows(NEWEST, away).await;
    }
    if row.endless_body {
        sleep(RETRY).await; // nothing else tells that nothing happens
    }
    until_open(server, line).await;
    server.publish("last");

    browser.shows(NEWEST, "last").await;
    browser.shows(&format!("String(new Set({TEXTS}).size === {TEXTS}.length)"), "true").await;
    browser.driver.find(By::Id("toggle")).await.unwrap().click().await.unwrap();
    browser.shows(STATE, "stopped").await;
    until_open(server, 0).await;
    server.publish("to nobody");
    browser.shows(NEWEST, "last").await;
}

/// Waits until so many streams, held requests and sockets are open. Meanwhile the relay goes on.
async fn until_open(server: &Server, count: usize) {
    let wanted = format!("\"open\":{count},");
    let wait = async {
        while !server.ask("GET /status HTTP/1.1\r\n\r\n").contains(&wanted) {
            sleep(Duration::from_millis(20)).await;
        }
    };

    assert!(timeout(LIMIT, wait).await.is_ok(), "{count} are not open");
}

const TEXTS: &str = "[...document.querySelectorAll('#messages li span')].map((text) => text.textContent)";

/// Relays to the server, and lets browsers keep the pages that it sends.
async fn storable(server: SocketAddr) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let relaying = tokio::spawn(async move {
        let mut connections = JoinSet::new(); // they end with it
        loop {
            let (client, _) = listener.accept().await.unwrap();
            connections.spawn(pass(client, server));
        }
    });

    (address, relaying)
}

async fn pass(mut client: TcpStream, server: SocketAddr) -> io::Result<()> {
    let mut server = TcpStream::connect(server).await?;
    let ((mut up, mut down), (mut asked, mut told)) = (server.split(), client.split());

    let answers = async {
        let mut bytes = [0; 65_536];
        loop {
            let length = up.read(&mut bytes).await?;
            if length == 0 {
                return io::Result::Ok(());
            }
            let words = String::from_utf8_lossy(&bytes[..length]);
            let end = if words.starts_with("HTTP/1.1 200 OK") && words.contains("text/html") { length } else { 0 };
            let at = words[..end].find("no-store"); // all before it is ASCII
            if let Some(at) = at {
                bytes[at..at + 8].copy_from_slice(b"no-cache");
            }
            told.write_all(&bytes[..length]).await?;
        }
    };

    tokio::select! {
        answered = answers => answered,
        asked = copy(&mut asked, &mut down) => asked.map(drop),
    }
}
