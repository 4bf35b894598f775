//! The article numbers the steps of its WebSocket: both logs have what the chapter quotes.

use std::{fs, path::Path};

use compare::transports::Row;
use shared::testing::LIMIT;
use tokio::time::{Duration, sleep, timeout};

use crate::{article::Article, driver::Browser};

mod chromium {
    crate::for_all_five! {
        both_logs_have_the_steps_of_the_chapter,
    }
}

async fn both_logs_have_the_steps_of_the_chapter(browser: &Browser, row: Row) {
    let logs = quoted(row.transport.name);
    assert_eq!(logs.len(), if row.two_way { 2 } else { 0 }, "{}", row.transport.name);
    if logs.is_empty() {
        return;
    }
    let article = Article::start(row.transport.name);

    browser.goto(&format!("http://{}/", article.page)).await;

    for line in logs[1].lines() {
        assert_eq!(article.logs("").as_deref(), Some(line));
    }
    let mut console = String::new();
    let wait = async {
        while !logs[0].lines().all(|line| console.contains(line)) {
            console += &format!("{:?}", browser.driver.get_log("browser").await.unwrap());
            sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(timeout(LIMIT, wait).await.is_ok(), "the console says {console}");
    browser.close_tabs(&[]).await;
}

/// The logs that a chapter quotes.
fn quoted(name: &str) -> Vec<String> {
    let chapter = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../{name}/README.md"));
    let chapter = fs::read_to_string(chapter).unwrap();
    let blocks = chapter.split("```text,log\n").skip(1);

    blocks.map(|rest| rest.split("```").next().unwrap_or_default().to_owned()).collect()
}
