//! Side by side as processes: five on one Redis, or one on a file.

use compare::transports::{ALL, Row};
use thirtyfour::prelude::*;

#[cfg(feature = "redis")]
use crate::redis::Redis;
use crate::{
    NETWORK,
    all_five::{LONG, assert_ledger, delivered_after, figure, rate, show},
    driver::Browser,
    in_chromium,
    lab::Program,
};

/// What the page says of itself.
const ABOUT: &str = "document.querySelector('#about .word').textContent";

/// How its feed is kept.
const KEPT: &str = "document.querySelector('#kept').textContent";

/// Presses a button as one does who has no mouse.
async fn press(browser: &Browser, what: &str) {
    browser.driver.execute(format!("document.querySelector(\"{what}\").focus()"), []).await.unwrap();
    browser.driver.action_chain().send_keys(Key::Enter + "").perform().await.unwrap();
}

/// Waits until a panel is back after a fault.
async fn back(browser: &Browser, row: &Row, took: &str) {
    browser.shows_within(LONG, &format!("String(Number({}) >= 0)", figure(row, took)), "true").await;
}

/// For some messages all is well.
async fn until_healthy(browser: &Browser, program: &Program) {
    let newest = program.state()["published"].as_u64().unwrap();
    for row in ALL {
        delivered_after(browser, &row, newest + 200).await;
    }
}

/// Nothing is lost, nothing came twice, and no gap was told.
async fn assert_clean(browser: &Browser) {
    rate(browser, 0).await;
    for row in ALL {
        browser.shows_within(LONG, &figure(&row, "behind"), "0").await;
        assert_ledger(browser, &row, 0, 0).await;
    }
}

/// The id of a process, as its panel shows it.
async fn process(browser: &Browser, row: &Row) -> String {
    let shown = format!(
        "document.querySelector('#panel-{} [data-word=process]').closest('div').lastChild.textContent",
        row.transport.name
    );
    browser.shows(&format!("String({shown} === {})", figure(row, "process")), "true").await;

    browser.driver.execute(format!("return {shown}"), []).await.unwrap().json().as_str().unwrap().to_owned()
}

/// axe-core finds nothing to complain about, and nothing is too wide.
async fn nobody_is_shut_out(browser: &Browser, program: &Program, name: &str) {
    for (width, scheme) in [(1_440, "light"), (1_440, "dark"), (390, "light"), (390, "dark")] {
        browser.look(width, 900, scheme).await;
        show(browser, program).await;
        browser.keep_picture(&format!("{name}-{width}-{scheme}")).await;
        browser.shows("String(document.documentElement.scrollWidth <= innerWidth)", "true").await;
        assert_eq!(browser.violations().await, "", "{width} {scheme}");
        browser.close_tabs(NETWORK).await;
    }
}

#[cfg(feature = "redis")]
#[tokio::test]
#[ignore = "needs Chromium and its driver, and redis-server: run by ./test"]
async fn one_of_five_processes_is_killed_and_the_others_lose_nothing() {
    in_chromium(async |browser| {
        let redis = Redis::start(&[]);
        let program = Program::start(&["--redis", &redis.url()]);
        show(browser, &program).await;
        browser.shows(ABOUT, "Five processes, one Redis").await;
        browser.shows(KEPT, "takes messages").await;
        rate(browser, 100).await;

        for (at, row) in ALL.iter().enumerate() {
            until_healthy(browser, &program).await;
            let before = process(browser, row).await;
            press(browser, &format!("#panel-{} [data-fault=kill]", row.transport.name)).await;
            back(browser, row, "tookKill").await;

            program.process(at, before.parse().unwrap());
            browser.shows(&format!("String({} === '{before}')", figure(row, "process")), "false").await;
            for other in &ALL[at + 1..] {
                browser.shows(&format!("String({})", figure(other, "tookKill")), "undefined").await;
            }
        }

        assert_clean(browser).await;
        browser.close_tabs(NETWORK).await;
        nobody_is_shut_out(browser, &program, "five-processes").await;
    })
    .await;
}

#[cfg(feature = "redis")]
#[tokio::test]
#[ignore = "needs Chromium and its driver, and redis-server: run by ./test"]
async fn the_page_says_when_redis_takes_nothing() {
    in_chromium(async |browser| {
        let mut redis = Redis::start(&[]);
        let program = Program::start(&["--redis", &redis.url()]);
        show(browser, &program).await;

        redis.kill();

        browser.shows(KEPT, "takes nothing now").await;
        browser.close_tabs(NETWORK).await;
    })
    .await;
}

#[cfg(feature = "store")]
#[tokio::test]
#[ignore = "needs Chromium and its driver: run by ./test"]
async fn restart_with_a_file_is_one_of_the_process_and_tells_no_gap() {
    in_chromium(async |browser| {
        let folder = tempfile::tempdir().unwrap();
        let program = Program::start(&["--store", &folder.path().join("feed.db").to_string_lossy()]);
        show(browser, &program).await;
        browser.shows(ABOUT, "One process, one file").await;
        browser.shows(KEPT, "takes messages").await;
        rate(browser, 100).await;

        for (button, took) in
            [("#break-all [data-fault=restart]", "tookRestart"), ("#panel-sse [data-fault=kill]", "tookKill")]
        {
            until_healthy(browser, &program).await;
            let before = process(browser, &ALL[0]).await;
            press(browser, button).await;
            for (at, row) in ALL.iter().enumerate() {
                back(browser, row, took).await;
                program.process(at, before.parse().unwrap());
            }
            browser.shows("document.querySelector('#news').textContent.split(': ')[1]", "all five").await;
        }

        assert_clean(browser).await;
        browser.close_tabs(NETWORK).await;
        nobody_is_shut_out(browser, &program, "one-process").await;
    })
    .await;
}
