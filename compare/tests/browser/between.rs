//! A real proxy between the panels and their servers: what its control does, and what a reader sees.

use compare::transports::ALL;
use thirtyfour::prelude::*;

use crate::{
    NETWORK,
    all_five::{LONG, assert_ledger, click, delivered_after, figure, number, rate, show},
    driver::Browser,
    in_chromium,
    lab::Lab,
};

/// What the control says.
const NEWS: &str = "document.querySelector('#between-news').textContent.replace(/ [0-9.]+ /, ' ')";

/// What the panels say that they meet.
const MET: &str =
    "[...document.querySelectorAll('.panel .met')].map((met) => met.hidden ? '' : met.firstChild.textContent)";

/// As one does who has no mouse.
async fn choose(browser: &Browser, name: &str) {
    browser.driver.execute("document.querySelector('#proxy').focus()", []).await.unwrap();
    browser.driver.active_element().await.unwrap().send_keys(name).await.unwrap();
}

async fn says(browser: &Browser, news: &str) {
    browser.shows_within(LONG, NEWS, news).await;
}

/// After some messages all is well: none is lost, and none came twice.
async fn assert_well(browser: &Browser, lab: &Lab) {
    rate(browser, 100).await;
    for row in ALL {
        browser.shows_within(LONG, &figure(&row, "live"), "true").await;
        let delivered = number(browser, &row, "delivered").await;
        delivered_after(browser, &row, delivered + 200).await;
    }
    rate(browser, 0).await;
    for row in ALL {
        browser.shows_within(LONG, &figure(&row, "behind"), "0").await;
        assert_ledger(browser, &row, 0, 0).await;
    }
    assert!(lab.laboratory.between().problem.is_none());
}

#[tokio::test]
#[ignore = "needs Chromium and its driver, and nginx: run by ./test"]
async fn behind_nginx_as_it_comes_the_socket_is_refused_and_as_it_is_right_all_five_pass() {
    in_chromium(async |browser| {
        browser.before("localStorage.setItem('five-ways.tour', 'begun')");
        let lab = Lab::start(&[]);
        show(browser, &lab).await;
        let other = browser.driver.window().await.unwrap();
        show(browser, &lab).await;
        says(browser, "Nothing stands between.").await;
        browser.shows("String(document.querySelector('#form').disabled)", "true").await;

        choose(browser, "nginx").await;
        says(browser, "Between: browser → nginx (as it comes) → server.").await;
        browser.shows(&format!("{MET}.map((met) => met.split(':')[0]).join()"), &REFUSED.join(",")).await;
        browser.shows_within(LONG, &figure(&ALL[4], "state"), "reconnecting").await;
        browser.driver.enter_frame(3).await.unwrap();
        browser.driver.find(By::Id("text")).await.unwrap().send_keys("refused" + Key::Enter).await.unwrap();
        let said = "String(document.querySelector('#problem').textContent.includes('Host'))";
        browser.shows(said, "true").await;
        browser.driver.enter_default_frame().await.unwrap();
        click(browser, "#panel-websocket .met a").await;
        let line = "String(document.querySelector('#between details:not([hidden])[open] pre').textContent.includes('Upgrade'))";
        browser.shows(line, "true").await;

        click(browser, "#form input[value=right]").await;
        says(browser, "Between: browser → nginx (right) → server.").await;
        browser.shows_within(LONG, &format!("{MET}.join('')"), "").await;
        assert_well(browser, &lab).await;

        browser.driver.switch_to_window(other).await.unwrap();
        says(browser, "Between: browser → nginx (right) → server.").await; // it is so for all who look
        browser.shows("document.querySelector('#proxy').value", "nginx").await;
        choose(browser, "nothing").await;
        says(browser, "Nothing stands between.").await;
        assert_well(browser, &lab).await;

        browser.close_tabs(&[NETWORK, &["Unexpected response code", "403"]].concat()).await;
        drop(lab);
    })
    .await;
}

/// What begins the words of each panel then.
const REFUSED: [&str; 5] = [
    "A text sent here is refused (403)",
    "A text sent here is refused (403)",
    "A text sent here is refused (403)",
    "A text sent here is refused (403)",
    "The socket is refused (426)",
];

#[tokio::test]
#[ignore = "needs Chromium and its driver, and HAProxy: run by ./test"]
async fn behind_haproxy_as_it_comes_streams_are_late_and_as_it_is_right_they_are_not() {
    in_chromium(async |browser| {
        browser.before("localStorage.setItem('five-ways.tour', 'begun')");
        let lab = Lab::start(&[]);
        show(browser, &lab).await; // at 1 a second none shortens the wait of another

        choose(browser, "HAProxy").await;
        says(browser, "Between: browser → HAProxy (as it comes) → server.").await;
        for way in [2, 3] {
            let late = format!("String({MET}[{way}].includes('Each message is held back'))");
            browser.shows_within(LONG, &late, "true").await;
        }
        click(browser, "#form input[value=right]").await;
        says(browser, "Between: browser → HAProxy (right) → server.").await;

        browser.shows_within(LONG, &format!("{MET}.join('')"), "").await;
        browser.close_tabs(NETWORK).await;
        drop(lab);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs Chromium and its driver, and nginx: run by ./test"]
async fn with_a_proxy_between_nobody_is_shut_out() {
    in_chromium(async |browser| {
        browser.before("localStorage.setItem('five-ways.tour', 'begun')");
        let lab = Lab::start(&[]);
        for (width, scheme) in [(1_440, "light"), (1_024, "dark"), (390, "light"), (390, "dark"), (320, "light")] {
            browser.look(width, 1_000, scheme).await;
            show(browser, &lab).await;
            choose(browser, "nginx").await;
            says(browser, "Between: browser → nginx (as it comes) → server.").await;
            browser.shows(&format!("String({MET}.every((met) => met))"), "true").await;
            click(browser, "#panel-sse .met a").await;

            browser.keep_picture(&format!("between-{width}-{scheme}")).await;
            browser.shows("String(document.documentElement.scrollWidth <= innerWidth)", "true").await;
            assert_eq!(browser.violations().await, "", "{width} {scheme}");
            choose(browser, "nothing").await;
            says(browser, "Nothing stands between.").await;
            browser.close_tabs(NETWORK).await;
        }
        drop(lab);
    })
    .await;
}
