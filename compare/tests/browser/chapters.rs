//! The texts as a person reads them.

use thirtyfour::prelude::*;

use crate::{in_chromium, lab::Lab};

/// From the first to the last, by the link at the end of each.
#[tokio::test]
#[ignore = "needs Chromium and its driver: run by ./test"]
async fn each_text_fits_its_window_and_nobody_is_shut_out() {
    in_chromium(async |browser| {
        let lab = Lab::start(&[]);
        for (width, scheme) in [(1_440, "light"), (390, "dark"), (390, "light")] {
            browser.look(width, 900, scheme).await;
            browser.goto(&format!("http://localhost:{}/chapters/README", lab.address.port())).await;
            let mut read = 0;
            loop {
                browser.shows(LOADED, "true").await;
                let title = browser.driver.title().await.unwrap();
                let name = browser.driver.current_url().await.unwrap().path().replace('/', "-");
                browser.keep_picture(&format!("{}-{width}-{scheme}", &name[1..])).await;
                browser.shows("String(document.documentElement.scrollWidth <= innerWidth)", "true").await;
                assert_eq!(browser.violations().await, "", "{title} {width} {scheme}");
                read += 1;
                let Ok(next) = browser.driver.find(By::Css("[rel=next]")).await else { break };
                next.click().await.unwrap();
                browser.shows(&format!("String(document.title !== {title:?})"), "true").await;
            }
            assert!(read > 10, "{read}");
            browser.close_tabs(&[]).await;
        }
    })
    .await;
}

#[tokio::test]
#[ignore = "needs Chromium and its driver: run by ./test"]
async fn a_link_leads_to_the_heading_that_it_names() {
    in_chromium(async |browser| {
        let lab = Lab::start(&[]);
        browser.goto(&format!("http://localhost:{}/chapters/polling", lab.address.port())).await;
        browser.shows(LOADED, "true").await;

        browser.driver.find(By::LinkText("All chapters")).await.unwrap().click().await.unwrap();

        browser.shows("document.querySelector(':target')?.textContent", "See one").await;
        browser.close_tabs(&[]).await;
    })
    .await;
}

/// The page is there, with its pictures.
const LOADED: &str = "String(document.readyState === 'complete' && location.protocol === 'http:'
    && [...document.images].every((image) => image.naturalWidth > 0))";
