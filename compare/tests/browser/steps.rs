//! The article numbers the steps of its WebSocket: both logs have what the chapter quotes.

use std::{collections::BTreeSet, fs, path::Path};

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

    let mut console = Vec::new();
    let wait = async {
        while !console.iter().any(|line: &String| line.starts_with("6.")) {
            console.extend(browser.logged().await);
            sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(timeout(LIMIT, wait).await.is_ok(), "the console says {console:?}");
    assert_eq!(console, logs[0].lines().collect::<Vec<_>>());
    assert_eq!(article.end(), logs[1].lines().collect::<Vec<_>>());
    assert_eq!(numbers(&logs.concat()), (1..=6).collect());
    browser.close_tabs(&[]).await;
}

/// The numbers of the steps: a message carries those of the steps before it.
fn numbers(logs: &str) -> BTreeSet<u32> {
    let pairs = logs.chars().zip(logs.chars().skip(1));

    pairs.filter_map(|(digit, point)| digit.to_digit(10).filter(|_| point == '.')).collect()
}

/// The logs that a chapter quotes.
fn quoted(name: &str) -> Vec<String> {
    let chapter = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../{name}/README.md"));
    let chapter = fs::read_to_string(chapter).unwrap();
    let blocks = chapter.split("```text,log\n").skip(1);

    blocks.map(|rest| rest.split("```").next().unwrap_or_default().to_owned()).collect()
}
