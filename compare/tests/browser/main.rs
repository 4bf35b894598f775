//! What a person sees: the page of each of the five, in Chromium, and what should be so everywhere in two other engines too.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod all_five; // it comes first: its longest test takes a minute and a half, and the others run beside it
#[path = "../support/article.rs"]
#[expect(dead_code, reason = "other tests read its log line by line")]
mod article;
mod away;
#[cfg(feature = "redis")]
mod balanced;
mod between;
mod chapters;
mod driver;
#[path = "../support/engines.rs"]
#[expect(dead_code, reason = "its words are for docs/BROWSERS.md")]
mod engines;
mod fallback;
mod faults;
mod first_minute;
#[cfg(feature = "long")]
mod hidden;
#[path = "../support/lab.rs"]
#[expect(dead_code, reason = "other tests use more of it")]
mod lab;
mod limits;
mod lines;
mod minute;
mod parent;
mod pictures;
#[cfg(any(feature = "store", feature = "redis"))]
mod processes;
#[cfg(feature = "redis")]
#[path = "../support/redis.rs"]
#[expect(dead_code, reason = "the tests of Redis use the rest")]
mod redis;
mod relay;
#[cfg(feature = "tls")]
mod secure;
mod steps;
#[path = "../support/table.rs"]
mod table;

use std::{
    panic::{AssertUnwindSafe, resume_unwind},
    time::{Duration, Instant},
};

use compare::transports::Row;
use driver::Browser;
use engines::Engine;
use futures_util::FutureExt as _;
use shared::{
    Feed,
    feed::HISTORY,
    shell::Kind,
    testing::{LIMIT, Server},
};
use thirtyfour::prelude::*;

const HOSTILE: &str =
    "</script><img src=x onerror=\"document.title='run'\"> 'quoted' \"twice\" \u{2028} &amp; \u{1f600}";

/// Each test runs once for each of the five, in one browser: Chromium, or with `in every engine:` the one that is asked for.
macro_rules! for_all_five {
    (in every engine: $($test:ident),* $(,)?) => { crate::for_all_five! { @in_browser: $($test),* } };
    (@$run:ident: $($test:ident),*) => { $(
        #[tokio::test]
        #[ignore = "needs a browser and its driver: run by ./test"]
        async fn $test() {
            crate::$run(async |browser| {
                for row in compare::transports::ALL {
                    println!("{}", row.transport.title);
                    super::$test(browser, row).await;
                }
            })
            .await;
        }
    )* };
    ($($test:ident),* $(,)?) => { crate::for_all_five! { @in_chromium: $($test),* } };
}
use for_all_five;

/// Each test runs once, in the browser of the engine that is asked for.
macro_rules! in_every_engine {
    ($($test:ident),* $(,)?) => { $(
        #[tokio::test]
        #[ignore = "needs a browser and its driver: run by ./test"]
        async fn $test() {
            crate::in_browser(super::$test).await;
        }
    )* };
}
use in_every_engine;

/// Runs a test in a browser of its own, which is ended also when the test has failed. It is that of the engine that is asked for.
async fn in_browser(test: impl AsyncFnOnce(&Browser)) {
    run(Browser::start(Engine::chosen(), &[]).await, test).await;
}

/// The same in Chromium: for what only that can, or what only has to be looked at once.
async fn in_chromium(test: impl AsyncFnOnce(&Browser)) {
    in_chromium_with(&[], test).await;
}

/// The same with flags of its own.
async fn in_chromium_with(flags: &[&str], test: impl AsyncFnOnce(&Browser)) {
    run(Browser::start(Engine::Chromium, flags).await, test).await;
}

async fn run(browser: Browser, test: impl AsyncFnOnce(&Browser)) {
    let outcome = AssertUnwindSafe(test(&browser)).catch_unwind().await;
    browser.end().await;
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

mod every_engine {
    for_all_five! {
        in every engine:
        the_clock_ticks,
        a_message_sent_in_one_tab_shows_in_another,
        a_hostile_text_shows_as_text,
        the_diagram_draws_the_exchange,
        the_diagram_stands_still_while_it_is_paused,
        a_connection_is_closed_and_opened_by_hand,
        a_message_that_could_not_be_sent_is_sent_when_the_server_is_back,
        a_text_whose_answer_is_lost_is_published_once,
        texts_that_are_refused_are_given_back_and_no_others,
        a_name_and_a_password_in_the_address_change_nothing,
        a_page_that_is_let_in_no_more_says_so_and_waits_for_its_user,
        a_setting_is_taken_by_enter,
        a_text_that_is_too_long_is_said_in_its_field,
        a_page_comes_back_when_the_server_does,
        a_page_that_was_refused_tries_again,
        a_page_reports_to_an_allowed_parent_and_to_no_other,
        an_iframe_that_is_there_before_keeps_the_page_from_loading,
        each_tab_has_a_line_of_its_own,
        a_silent_line_is_noticed_and_mended,
        a_reset_is_noticed_at_once,
        a_text_sent_into_the_silence_arrives_once,
        ten_thousand_messages_do_not_make_the_page_grow,
    }
}

mod chromium {
    for_all_five! {
        only_a_page_with_an_endless_iframe_goes_on_loading,
        never_two_requests_are_in_flight,
        a_hidden_tab_polls_slowly_and_catches_up_when_it_is_shown,
        nobody_is_shut_out,
    }
}

async fn the_clock_ticks(browser: &Browser, row: Row) {
    let server = Server::start(row.transport, &[]);
    tick(&server, "10:00:01");

    browser.open(&server, "/").await;
    browser.shows("document.querySelector('#clock').textContent", "10:00:01").await;
    tick(&server, "10:00:02");

    browser.shows("document.querySelector('#clock').textContent", "10:00:02").await;
    browser.shows(STATE, row.rest).await;
    browser.close_tabs(&[]).await;
}

async fn a_message_sent_in_one_tab_shows_in_another(browser: &Browser, row: Row) {
    let server = Server::start(row.transport, &[]);
    server.publish("first");
    let other = browser.open(&server, "/?compact").await;
    browser.open(&server, "/").await;
    browser.shows(NEWEST, "first").await; // it is connected

    browser.driver.find(By::Id("text")).await.unwrap().send_keys("hello from here" + Key::Enter).await.unwrap();

    browser.shows(NEWEST, "hello from here").await;
    browser.shows("document.querySelector('#text').value", "").await;
    browser.driver.switch_to_window(other).await.unwrap();
    browser.shows(NEWEST, "hello from here").await;
    browser.close_tabs(&[]).await;
}

async fn a_hostile_text_shows_as_text(browser: &Browser, row: Row) {
    let server = Server::start(row.transport, &[]);
    browser.open(&server, "/").await;
    server.publish(HOSTILE);

    browser.shows(NEWEST, HOSTILE).await;
    browser.shows("String(document.querySelectorAll('main img, main script').length)", "0").await;
    browser.shows("document.title.replace(/ ·.*/, '')", row.transport.title).await;
    browser.close_tabs(&[]).await;
}

async fn the_diagram_draws_the_exchange(browser: &Browser, row: Row) {
    let server = Server::start(row.transport, &[]);
    let goes_up = !row.streams || row.two_way; // more than the one request
    server.publish("first");

    browser.open(&server, "/").await;
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
    browser.driver.active_element().await.unwrap().send_keys(Key::Down + "").await.unwrap();
    browser.shows("String(document.activeElement === document.querySelectorAll('.arrow')[1])", "true").await;
    browser.shows("String(document.activeElement === document.querySelector('[aria-current=true]'))", "true").await;
    browser.shows("document.querySelector('#opened h3').textContent.split(' ')[0]", "2").await;
    browser.close_tabs(&[]).await;
}

async fn the_diagram_stands_still_while_it_is_paused(browser: &Browser, row: Row) {
    let server = Server::start(row.transport, &[]);
    server.publish("before");
    browser.open(&server, "/").await;
    browser.shows(DRAWN, "before").await;

    browser.driver.find(By::Id("pause")).await.unwrap().click().await.unwrap();
    server.publish("paused");
    browser.shows(NEWEST, "paused").await;
    browser.shows(DRAWN, "before").await;
    browser.driver.find(By::Id("pause")).await.unwrap().click().await.unwrap();

    browser.shows(DRAWN, "paused").await;
    browser.close_tabs(&[]).await;
}

async fn a_message_that_could_not_be_sent_is_sent_when_the_server_is_back(browser: &Browser, row: Row) {
    let server = Server::start(row.transport, &[]);
    let relay = relay::listen(server.address).await;
    server.publish("before");
    browser.goto(&format!("http://{}/", relay.address)).await;
    browser.shows(NEWEST, "before").await;

    relay.fault(relay::Fault::Refuse(usize::MAX));
    relay.cut();
    browser.shows(STATE, "reconnecting").await;
    for text in ["not lost", "nor this", "taken back"] {
        write(browser, text).await;
    }
    browser.shows(WAITING, "not lost,nor this,taken back").await;
    browser.driver.find(By::Css("#waiting li:last-child button")).await.unwrap().click().await.unwrap();
    browser.shows("document.querySelector('#text').value", "taken back").await;
    relay.fault(relay::Fault::None);

    browser.shows_within(3 * LIMIT, NEWEST, "nor this").await;
    browser.shows(WAITING, "").await;
    assert_eq!(texts(&server), ["before", "not lost", "nor this"], "each once, and in order");
    browser.close_tabs(NETWORK).await;
}

async fn a_text_whose_answer_is_lost_is_published_once(browser: &Browser, row: Row) {
    let server = Server::start(row.transport, &[]);
    let relay = relay::listen(server.address).await;
    server.publish("before");
    browser.goto(&format!("http://{}/", relay.address)).await;
    browser.shows(NEWEST, "before").await;

    relay.lose_an_answer();
    write(browser, "once").await;
    browser.shows(NEWEST, "once").await;
    write(browser, "and then").await;
    browser.shows(NEWEST, "and then").await; // each waits for the answer to the one before

    assert!(relay.has_lost_an_answer());
    browser.shows("document.querySelector('#text').value + document.querySelector('#problem').textContent", "").await;
    assert_eq!(texts(&server), ["before", "once", "and then"]);
    browser.close_tabs(NETWORK).await;
}

async fn texts_that_are_refused_are_given_back_and_no_others(browser: &Browser, row: Row) {
    let server = Server::start(row.transport, &[]);
    server.publish("before");
    browser.open(&server, "/").await;
    browser.shows(NEWEST, "before").await;

    browser
        .driver
        .execute(
            "for (const text of ['one', 'é'.repeat(2049), 'ü'.repeat(2049), 'two']) {
               document.querySelector('#text').value = text;
               document.querySelector('#send').requestSubmit();
             }",
            [],
        )
        .await
        .unwrap();

    browser.shows(NEWEST, "two").await;
    browser.shows("document.querySelector('#text').value", &"é".repeat(2_049)).await;
    browser
        .shows("document.querySelector('#problem').textContent.slice(0, 30)", "Not sent: the text is too long")
        .await;
    browser.shows("document.querySelector('#returned span').textContent", &"ü".repeat(2_049)).await;
    browser.shows("String(document.querySelectorAll('.unsent li').length)", "1").await;
    assert_eq!(texts(&server), ["before", "one", "two"]);
    browser.close_tabs(&["400", "413"]).await;
}

async fn a_name_and_a_password_in_the_address_change_nothing(browser: &Browser, row: Row) {
    let server = Server::start(row.transport, &[]);
    server.publish("before");

    browser.goto(&format!("http://me:secret@{}/", server.address)).await;
    browser.shows(NEWEST, "before").await;
    write(browser, "from there").await;
    browser.shows(NEWEST, "from there").await;

    browser.shows(STATE, row.rest).await;
    browser.close_tabs(&[]).await;
}

async fn a_page_that_is_let_in_no_more_says_so_and_waits_for_its_user(browser: &Browser, row: Row) {
    let server = Server::start(row.transport, &[]);
    let relay = relay::listen(server.address).await;
    server.publish("before");
    browser.goto(&format!("http://{}/", relay.address)).await;
    browser.shows(NEWEST, "before").await;

    let refusal = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    relay.fault(relay::Fault::Answer(Duration::ZERO, refusal.to_owned()));
    relay.cut();
    browser.shows(STATE, "refused").await;
    browser
        .shows("document.querySelector('#problem').textContent.slice(0, 36)", "The server lets this page in no more")
        .await;
    relay.fault(relay::Fault::None);
    server.publish("meanwhile");
    browser.driver.find(By::Id("toggle")).await.unwrap().click().await.unwrap();

    browser.shows(NEWEST, "meanwhile").await;
    browser.shows(STATE, row.rest).await;
    browser.close_tabs(&[NETWORK, &["401", "Unexpected response code"]].concat()).await;
}

/// The policy of the page lets no form go anywhere.
async fn a_setting_is_taken_by_enter(browser: &Browser, row: Row) {
    if row.waits {
        return; // it has no settings to type
    }
    let server = Server::start(row.transport, &[]);
    browser.open(&server, "/").await;

    browser.shows("String(document.querySelectorAll('#settings input').length)", "1").await;
    let field = browser.driver.find(By::Css("#settings input")).await.unwrap();
    field.send_keys(Key::Control + "a").await.unwrap();
    field.send_keys("5000" + Key::Enter).await.unwrap();

    browser.shows("location.search", "?interval=5000").await;
    browser.shows("document.querySelector('#settings input').value", "5000").await;
    browser.close_tabs(&[]).await;
}

/// The limit is in bytes, and these characters have three each.
async fn a_text_that_is_too_long_is_said_in_its_field(browser: &Browser, row: Row) {
    let server = Server::start(row.transport, &[]);
    server.publish("first");
    browser.open(&server, "/?compact").await;
    browser.shows(NEWEST, "first").await;
    let type_in = |count| {
        format!(
            "const box = document.querySelector('#text'); box.value = '\u{5b57}'.repeat({count});
             box.dispatchEvent(new Event('input')); document.querySelector('#send button').click();"
        )
    };

    browser.driver.execute(type_in(1_366), []).await.unwrap();
    browser.shows("document.querySelector('#text').validationMessage", "Too long: 4,098 of 4,096 bytes.").await;
    browser.driver.execute(type_in(1_365), []).await.unwrap();

    browser.shows("String(document.querySelector('#messages li span').textContent.length)", "1365").await;
    browser.close_tabs(&[]).await;
}

/// The texts that wait for a connection.
const WAITING: &str = "[...document.querySelectorAll('#waiting span')].map((text) => text.textContent).join()";

async fn write(browser: &Browser, text: &str) {
    browser.driver.find(By::Id("text")).await.unwrap().send_keys(text + Key::Enter).await.unwrap();
}

/// What the server holds.
fn texts(server: &Server) -> Vec<String> {
    let text =
        |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap()["text"].as_str().unwrap().to_owned();

    server.held().iter().map(|message| text(&message.json)).collect()
}

async fn a_connection_is_closed_and_opened_by_hand(browser: &Browser, row: Row) {
    let server = Server::start(row.transport, &[]);
    server.publish("before");
    browser.open(&server, "/").await;
    browser.shows(NEWEST, "before").await;

    browser.driver.find(By::Id("toggle")).await.unwrap().click().await.unwrap();
    browser.shows(STATE, "stopped").await;
    server.publish("meanwhile");
    browser.driver.find(By::Id("toggle")).await.unwrap().click().await.unwrap();

    browser.shows(NEWEST, "meanwhile").await;
    browser.shows(STATE, row.rest).await;
    browser.shows(COUNT, "2").await;
    browser.close_tabs(&[]).await;
}

/// Also with what was published meanwhile; and it says so where the new server knows nothing of the old messages.
async fn a_page_comes_back_when_the_server_does(browser: &Browser, row: Row) {
    let server = Server::start(row.transport, &[]);
    server.publish("before");
    browser.open(&server, "/").await;
    browser.shows(NEWEST, "before").await;

    let feed = server.feed.clone();
    let server = server.restart_on(feed);
    server.publish("meanwhile");
    browser.shows(NEWEST, "meanwhile").await;
    browser.shows(COUNT, "2").await;
    let server = server.restart_on(Feed::new(HISTORY));
    server.publish("again");

    browser.shows(NEWEST, "again").await;
    browser.shows("document.querySelector('#messages .gap').textContent", "Some messages were missed here.").await;
    browser.shows(COUNT, "4").await;
    browser.close_tabs(NETWORK).await;
}

async fn a_page_that_was_refused_tries_again(browser: &Browser, row: Row) {
    let server = Server::start(row.transport, &row.options(&["--max-clients", if row.waits { "1" } else { "0" }]));
    let here = server.newest();
    let mut first = server.connect();
    first.send(format!("GET /messages?after={here} HTTP/1.1\r\nHost: localhost\r\n{}\r\n", row.headers));
    if row.waits {
        server.until_open(1);
    }

    browser.open(&server, "/").await;
    if row.waits {
        browser.shows("document.querySelector('#state').dataset.state", "reconnecting").await;
    }
    drop(first);
    server.publish("one more may come");

    browser.shows(NEWEST, "one more may come").await;
    browser.shows(STATE, row.rest).await;
    browser.close_tabs(NETWORK).await;
}

async fn a_page_reports_to_an_allowed_parent_and_to_no_other(browser: &Browser, row: Row) {
    let [allowed, foreign] = [parent::listen().await, parent::listen().await];
    let server = Server::start(row.transport, &["--allow-embed", &allowed.origin]);
    let message = server.publish("reported");

    browser.goto(&allowed.page(server.address)).await;
    browser.shows("String(heard.find((report) => report.id)?.id)", &message.id.to_string()).await;
    browser.shows("String(heard.findLast((report) => report.state)?.state)", row.rest).await;
    browser.goto(&foreign.page(server.address)).await;
    browser.shows("document.readyState", "complete").await;

    browser.shows("String(heard.length)", "0").await;
    browser.open(&server, "/").await;
    browser.shows(NEWEST, "reported").await;
    browser.driver.execute(EMBED_ITSELF, []).await.unwrap();
    browser
        .shows("document.querySelector('#inner').contentDocument.querySelector('li span').textContent", "reported")
        .await;

    browser.shows("String(heard.length)", "0").await;
    browser.close_tabs(&["frame-ancestors"]).await;
}

/// The server's own page may embed it too, but is not on the list.
const EMBED_ITSELF: &str = "window.heard = []; addEventListener('message', (event) => heard.push(event.data));
    const inner = document.body.appendChild(document.createElement('iframe'));
    inner.id = 'inner'; inner.src = '/?compact';";

/// The flaw that the article names, pinned: of the five, only the iframe keeps the tab loading.
async fn only_a_page_with_an_endless_iframe_goes_on_loading(browser: &Browser, row: Row) {
    let server = Server::start(row.transport, &[]);
    server.publish("first");
    let before = browser.loading().await;

    browser.open(&server, "/").await;
    browser.shows("document.readyState", "complete").await;
    browser.shows(NEWEST, "first").await;
    if row.reopens {
        server.publish("second");
        browser.shows(NEWEST, "second").await;
        assert!(browser.loading().await.len() > before.len(), "the iframe's document has ended");
    } else {
        browser.until_loaded(&before).await;
    }

    browser.close_tabs(&[]).await;
}

async fn an_iframe_that_is_there_before_keeps_the_page_from_loading(browser: &Browser, row: Row) {
    let server = Server::start(row.transport, &[]);
    server.publish("first");

    browser.open(&server, "/?early=true").await;
    browser.shows(NEWEST, "first").await;

    browser.shows("document.readyState", if row.reopens { "interactive" } else { "complete" }).await;
    browser.close_tabs(&[]).await;
}

async fn never_two_requests_are_in_flight(browser: &Browser, row: Row) {
    let server = Server::start(row.transport, &[]);
    server.publish("first");
    browser.before(
        "const ask = fetch; let now = 0; window.most = 0;
         window.fetch = async (...asked) => {
           if (new URL(asked[0], location).pathname !== '/messages') return ask(...asked);
           most = Math.max(most, ++now);
           await new Promise((done) => setTimeout(done, 300));
           return ask(...asked).finally(() => now--);
         };",
    );

    browser.open(&server, "/?interval=100").await;
    for text in ["first", "second", "third"] {
        server.publish(text);
        browser.shows(NEWEST, text).await;
    }

    browser.shows("String(most)", if row.streams { "0" } else { "1" }).await;
    browser.close_tabs(&[]).await;
}

/// Two requests for one address would queue in the browser, if it thought that one answer may serve both.
async fn each_tab_has_a_line_of_its_own(browser: &Browser, row: Row) {
    let server = Server::start(row.transport, &[]);
    server.publish("first");

    for _ in 0..2 {
        browser.open(&server, "/?compact").await;
        browser.shows(NEWEST, "first").await;
    }

    server.until_open(if row.waits { 2 } else { 0 });
    browser.close_tabs(&[]).await;
}

async fn a_hidden_tab_polls_slowly_and_catches_up_when_it_is_shown(browser: &Browser, row: Row) {
    let server = Server::start(row.transport, &[]);
    server.publish("first");
    browser.before(
        "window.away = true; Object.defineProperty(Document.prototype, 'hidden', { get: () => away });
         const later = setTimeout; window.waits = [];
         window.setTimeout = (call, wait, ...more) => (waits.push(wait), later(call, wait, ...more));",
    );
    let opened = Instant::now();
    browser.open(&server, "/?interval=100").await;
    browser.shows(NEWEST, "first").await;
    if !row.waits {
        browser.shows("String(waits.includes(10000) && !waits.includes(100))", "true").await;
    }

    server.publish("second");
    browser.driver.execute("away = false; document.dispatchEvent(new Event('visibilitychange'))", []).await.unwrap();
    browser.shows(NEWEST, "second").await;

    assert!(opened.elapsed() < HIDDEN, "{:?} is no catching up", opened.elapsed());
    browser.close_tabs(&[]).await;
}

/// A hidden tab polls every 10 s: one that is shown must not wait for that.
const HIDDEN: Duration = Duration::from_secs(9);

async fn a_silent_line_is_noticed_and_mended(browser: &Browser, row: Row) {
    let server = Server::start(row.transport, &row.options(&["--heartbeat", "300ms", "--hold", "300ms"]));
    let relay = relay::listen(server.address).await;
    server.publish("before");
    browser.goto(&format!("http://{}/", relay.address)).await;
    browser.shows(NEWEST, "before").await;

    relay.silence();
    server.publish("into the silence");

    browser.shows(NEWEST, "into the silence").await;
    browser.shows(COUNT, "2").await;
    browser.close_tabs(NETWORK).await;
}

/// Without the watchdog, which would take 37.5 s. In WebKit an iframe has nothing but that: after 10 s.
async fn a_reset_is_noticed_at_once(browser: &Browser, row: Row) {
    let server = Server::start(row.transport, &[]);
    let relay = relay::listen(server.address).await;
    server.publish("before");
    browser.goto(&format!("http://{}/", relay.address)).await;
    browser.shows(NEWEST, "before").await;

    relay.cut();
    server.publish("after the reset");

    browser.shows(NEWEST, "after the reset").await;
    browser.shows(COUNT, "2").await;
    browser.close_tabs(NETWORK).await;
}

/// Where texts go by the connection itself, nobody answers for them until the page gives the connection up.
async fn a_text_sent_into_the_silence_arrives_once(browser: &Browser, row: Row) {
    if !row.two_way {
        return; // a request of its own fails by itself
    }
    let server = Server::start(row.transport, &["--heartbeat", "2s"]);
    let relay = relay::listen(server.address).await;
    server.publish("before");
    browser.goto(&format!("http://{}/", relay.address)).await;
    browser.shows(NEWEST, "before").await;

    relay.silence();
    write(browser, "into the silence").await;
    browser.shows(STATE, "reconnecting").await;

    browser.shows(NEWEST, "into the silence").await;
    browser.shows("document.querySelector('#text').value + document.querySelector('#problem').textContent", "").await;
    assert_eq!(texts(&server), ["before", "into the silence"]);
    browser.close_tabs(NETWORK).await;
}

async fn ten_thousand_messages_do_not_make_the_page_grow(browser: &Browser, row: Row) {
    let server = Server::start(row.transport, &["--history", "10000"]);
    server.publish("first");
    browser.open(&server, "/").await;
    browser.shows(NEWEST, "first").await;

    for count in 1..10_000 {
        server.publish(&format!("message {count}"));
    }
    server.publish("last");

    browser.shows_within(all_five::LONG, NEWEST, "last").await; // in WebKit, each of a socket takes 2 ms
    browser.shows(COUNT, "50").await;
    browser.shows("String(document.querySelectorAll('.arrow').length <= 50)", "true").await;
    browser.shows("String(document.querySelectorAll('*').length < 1000)", "true").await;
    browser.close_tabs(&[]).await;
}

/// axe-core finds nothing to complain about, wide and narrow, light and dark; and each is looked at by a person.
async fn nobody_is_shut_out(browser: &Browser, row: Row) {
    let server = Server::start(row.transport, &[]);
    browser.before(STEADY);

    for (width, scheme) in [(1_440, "light"), (1_440, "dark"), (390, "light"), (390, "dark")] {
        browser.look(width, 900, scheme).await;
        browser.open(&server, "/?interval=100").await;
        for second in 1..8 {
            let time = format!("10:00:0{second}");
            tick(&server, &time);
            browser.shows("document.querySelector('#clock').textContent", &time).await;
            if second % 3 == 0 {
                server.publish(&format!("Message {} goes to every open tab.", second / 3));
            }
        }
        browser.shows(STATE, row.rest).await;
        let picture = format!("{}-{width}-{scheme}", row.transport.name);
        browser.keep_picture(&picture).await;
        assert_eq!(browser.violations().await, "", "{picture}");
        if row.endless_body && !row.reopens && (width, scheme) == (1_440, "light") {
            pictures::compare_photo(browser, "page.png", &browser.driver.screenshot_as_png().await.unwrap()).await;
        }
    }
    browser.look(280, 320, "light").await;
    browser.open(&server, "/?compact").await;
    tick(&server, "10:00:08");
    browser.shows("document.querySelector('#clock').textContent", "10:00:08").await;
    for count in 1..=12 {
        server.publish(&format!("Message {count} of a small panel"));
    }
    browser.shows(NEWEST, "Message 12 of a small panel").await;
    let foot = "document.querySelector('#messages').getBoundingClientRect().bottom";
    browser.shows(&format!("String({foot} > 300 && {foot} <= 320)"), "true").await;
    browser.shows("String(document.documentElement.scrollWidth <= 280)", "true").await;
    browser.shows("String(document.documentElement.scrollHeight <= 320)", "true").await;
    assert_eq!(browser.violations().await, "", "compact");
    browser.before("");
    browser.close_tabs(&[]).await;
}

/// From one look at the clock to the next pass 5 ms, however busy the machine is: the diagram has the same pauses in
/// each photo.
const STEADY: &str = "let looks = 0; performance.now = () => 5 * looks++;";

/// What a console says of a connection that was cut on purpose.
const NETWORK: &[&str] = &["Failed to load resource", "WebSocket connection to", "net::ERR_"];

const COUNT: &str = "String(document.querySelectorAll('#messages li').length)";

/// The newest message that the diagram has drawn.
const DRAWN: &str = "[...document.querySelectorAll('.down .label')].map((label) => label.textContent)
    .findLast((text) => /before|paused/.test(text))?.match(/before|paused/)[0]";

const STATE: &str = "document.querySelector('#state').textContent";

/// The newest text on the list.
const NEWEST: &str = "document.querySelector('#messages li:first-child span')?.textContent";

fn tick(server: &Server, time: &str) {
    server.publish_as(Kind::Clock, &format!("2026-11-23 {time}"));
}
