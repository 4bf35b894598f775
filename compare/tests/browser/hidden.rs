//! A tab that is hidden for minutes, as Chromium treats one: its timers are called once a minute.

use std::time::Duration;

use compare::transports::ALL;
use shared::testing::Server;

use crate::{NETWORK, NEWEST, relay};

/// By itself, Chromium begins after five minutes (<https://developer.chrome.com/blog/timer-throttling-in-chrome-88>).
const AT_ONCE: &str = "--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/1";
/// A watchdog that took its own late timers for a dead line closed the first of these connections after less than three minutes.
const HIDDEN: Duration = Duration::from_secs(270);

#[tokio::test]
#[ignore = "takes five minutes: run by ./test --long"]
async fn a_hidden_tab_keeps_a_connection_that_is_well() {
    crate::in_chromium_with(&[AT_ONCE], async |browser| {
        browser.before(
            "document.addEventListener('visibilitychange', () => (window.wasHidden = true));
             window.ticks = 0; setInterval(() => ticks++, 1000);",
        );
        let mut tabs = Vec::new();
        for row in ALL.into_iter().filter(|row| row.streams) {
            let server = Server::start(row.transport, &[]); // silent, but for its heartbeats
            let relay = relay::listen(server.address).await;
            server.publish("before");
            let tab = browser.goto(&format!("http://{}/", relay.address)).await;
            browser.shows(NEWEST, "before").await;
            relay.until(|seen| seen.asks == 1 && seen.answered == 1).await;
            tabs.push((row, server, relay, tab));
        }

        let front = browser.driver.new_tab().await.unwrap();
        browser.driver.switch_to_window(front).await.unwrap();
        tokio::time::sleep(HIDDEN).await; // nothing else tells that nothing happens

        for (row, server, relay, tab) in &tabs {
            let title = row.transport.title;
            assert_eq!(relay.seen().asks, 1, "{title} closed a healthy connection, and opened another");
            browser.driver.switch_to_window(tab.clone()).await.unwrap();
            let ticks = browser.driver.execute("return wasHidden && ticks", []).await.unwrap();
            let ticks = ticks.json().as_u64().unwrap();
            println!("{title}: {ticks} ticks of a second");
            assert!(ticks < HIDDEN.as_secs() / 2 || row.reopens, "{title} was not throttled: {ticks}");
            server.publish("after");
            browser.shows(NEWEST, "after").await;
        }
        browser.close_tabs(NETWORK).await;
    })
    .await;
}
