//! The pictures of the chapters: a real exchange, drawn by the page itself, with a clock that goes by hand.
//!
//! Each run draws them again, and they must be what stands in docs/pictures. With `FIVE_WAYS_PICTURES=write` in the
//! environment (`./test --pictures`) they are written there instead.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use compare::transports::Row;
use shared::testing::Server;
use thirtyfour::prelude::*;

use crate::{NEWEST, STATE, driver::Browser};

mod chromium {
    crate::for_all_five! {
        the_picture_of_the_chapter_is_that_of_a_real_exchange,
    }
}

async fn the_picture_of_the_chapter_is_that_of_a_real_exchange(browser: &Browser, row: Row) {
    let server = Server::start(row.transport, &[]);
    browser.before(CLOCK);
    browser.open(&server, "/?interval=1000").await;
    browser.before("");
    begin(browser, row).await;

    for (wait, text) in [(1_500, "hello"), (600, "are you there?")] {
        pass(browser, row, wait).await;
        server.publish(text);
        come(browser, row, text).await;
    }
    pass(browser, row, 1_200).await;
    if row.two_way {
        browser.driver.find(By::Id("text")).await.unwrap().send_keys("yes, I am" + Key::Enter).await.unwrap();
        browser.shows(NEWEST, "yes, I am").await;
    }

    let frames = "requestAnimationFrame(() => requestAnimationFrame(arguments[0]))";
    browser.driver.execute_async(frames, []).await.unwrap(); // all is drawn
    let drawn = browser.driver.execute(include_str!("picture.js"), []).await.unwrap();
    let epoch = format!("{:08x}", server.newest().epoch);
    let picture = drawn.json().as_str().unwrap().replace(&epoch, "9f3c51aa");
    compare(row, &picture);
    browser.close_tabs(&[]).await;
}

/// The clock of the page, and its timers, go on only by `pass`. What is asked and not answered is counted.
const CLOCK: &str = "let now = 0, timers = []; window.asked = 0;
    const later = setTimeout, never = clearTimeout, ask = fetch;
    performance.now = () => now;
    window.setTimeout = (call, wait, ...more) => {
        if (!(wait > 0)) return later(call, 0, ...more);
        timers.push({ id: 1e6 + timers.length, due: now + wait, call });
        return timers.at(-1).id;
    };
    window.clearTimeout = (id) => {
        for (const timer of timers) if (timer.id === id) timer.due = Infinity;
        never(id);
    };
    crypto.getRandomValues = (bytes) => bytes.fill(0x5f);
    Math.random = () => 0.123456789; // what it becomes has its usual length
    window.fetch = async (...asking) => {
        asked++;
        const answer = await ask(...asking).catch((error) => { asked--; throw error; }), text = await answer.text();
        return { status: answer.status, ok: answer.ok, text: async () => (asked--, text) };
    };
    window.pass = (wait) => {
        const next = timers.reduce((first, timer) => Math.min(first, timer.due), Infinity);
        const until = Math.min(next, now + wait);
        wait -= until - now;
        now = until;
        for (const timer of timers) if (timer.due <= now) { timer.due = Infinity; timer.call(); }
        return wait;
    };";

/// Waits until the connection stands.
async fn begin(browser: &Browser, row: Row) {
    browser.shows("String(document.querySelectorAll('.arrow').length > 0)", "true").await;
    if row.two_way {
        browser.shows("String(/round trip/.test(document.querySelector('#facts').textContent))", "true").await;
    } else if !row.reopens {
        browser.shows(STATE, if row.streams || !row.waits { row.rest } else { "connecting" }).await;
    }
    rest(browser, row).await;
}

/// Lets so many milliseconds pass: each timer that is due meanwhile has its turn, and what it asks is answered.
async fn pass(browser: &Browser, row: Row, mut wait: u64) {
    while wait > 0 {
        let left = browser.driver.execute(format!("return pass({wait})"), []).await.unwrap();
        wait = left.json().as_u64().unwrap();
        rest(browser, row).await;
    }
}

/// Waits until a text is there. Who asks at an interval must ask first.
async fn come(browser: &Browser, row: Row, text: &str) {
    if !row.waits {
        pass(browser, row, 1_000).await;
    }
    browser.shows(NEWEST, text).await;
    rest(browser, row).await;
}

/// Waits until nothing is under way but what is held.
async fn rest(browser: &Browser, row: Row) {
    let held = row.waits && !row.streams;

    browser.shows("String(asked)", if held { "1" } else { "0" }).await;
}

fn compare(row: Row, picture: &str) {
    let name = format!("pictures/{}.svg", row.transport.name);
    keep(&name, picture.as_bytes());

    let is_so = fs::read_to_string(docs().join(&name)).unwrap() == picture;
    assert!(is_so, "{name} is old: ./test --pictures makes it again. It should be\n{picture}");
}

/// A photo has other figures and times in each run. But seen from afar it is the same: nothing has come, gone or moved.
pub(crate) async fn compare_photo(browser: &Browser, name: &str, photo: &[u8]) {
    keep(name, photo);
    let kept = fs::read(docs().join(name)).unwrap();

    let both = [photo, &kept].map(|photo| photo.to_vec().into());
    let differ = browser.driver.execute_async(include_str!("alike.js"), both).await.unwrap();
    let differ = differ.json().as_f64().unwrap();

    eprintln!("{name} differs by {differ:.2}");
    assert!((0.0..0.75).contains(&differ), "{name} is old, by {differ}: ./test --pictures makes it again");
}

/// Writes a picture of the texts, if it is wanted.
fn keep(name: &str, picture: &[u8]) {
    if env::var_os("FIVE_WAYS_PICTURES").is_some_and(|what| what == "write") {
        fs::write(docs().join(name), picture).unwrap();
    }
}

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}
