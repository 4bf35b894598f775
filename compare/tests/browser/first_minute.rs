//! The first minute on the page side by side: what a visitor sees, chooses, asks and is shown.

use compare::transports::ALL;
use thirtyfour::prelude::*;

use crate::{NETWORK, driver::Browser, in_chromium, lab::Lab};

/// What is to be in the first screen.
const FIRST: [&str; 4] = ["#parts", "#ways", "#questions", "#answer"];

async fn open(browser: &Browser) -> Lab {
    let lab = Lab::start(&[]);
    open_again(browser, &lab).await;

    lab
}

/// The page, once its five panels are live.
async fn open_again(browser: &Browser, lab: &Lab) {
    browser.goto(&format!("http://localhost:{}/", lab.address.port())).await;
    let live = "String(document.querySelectorAll('.panel[data-live=true]').length)";

    browser.shows(live, "5").await;
}

async fn keys(browser: &Browser, key: Key) {
    browser.driver.action_chain().send_keys(key + "").perform().await.unwrap();
}

async fn click(browser: &Browser, what: &str) {
    browser.driver.execute(format!("document.querySelector({what:?}).click()"), []).await.unwrap();
}

#[tokio::test]
#[ignore = "needs Chromium and its driver: run by ./test"]
async fn the_first_screen_says_what_the_five_are_and_which_is_for_me() {
    in_chromium(async |browser| {
        for (width, height) in [(1_440, 900), (1_024, 768), (390, 844)] {
            browser.look(width, height, "light").await;
            let lab = open(browser).await;

            for part in FIRST {
                let is_seen = format!(
                    "String((({{ left, right, top, bottom }}) => left >= 0 && right <= innerWidth && top >= 0 \
                     && bottom <= innerHeight && bottom > top)(document.querySelector('{part}').getBoundingClientRect()))"
                );
                browser.shows(&is_seen, "true").await;
            }
            for row in ALL {
                let name = row.transport.name;
                let said = format!("document.querySelector('#ways [data-way={name}]').textContent");
                browser.shows(&format!("String(/Good for: .+It costs: .+/s.test({said}))"), "true").await;
            }
            let asked = "String(document.querySelectorAll('#questions fieldset').length)";
            browser.shows(asked, "4").await;
            browser.shows("document.querySelector('#answer').dataset.way", "sse").await;
            let aloud = "[...document.querySelectorAll('#choose [role=status]')].map(({ textContent }) => textContent).join()";
            browser.shows(aloud, "Server-Sent Events").await; // not the figures, each second
            click(browser, "#ask-sends input[value=both]").await;
            browser.shows("document.querySelector('#answer b').textContent", "WebSocket").await;
            let measured = "String(/\\d B a message, \\d+ m?s late/.test(document.querySelector('#answer').textContent))";
            browser.shows(measured, "true").await;

            browser.close_tabs(&[]).await;
            drop(lab);
        }
    })
    .await;
}

#[tokio::test]
#[ignore = "needs Chromium and its driver: run by ./test"]
async fn nothing_is_wider_than_the_smallest_telephone() {
    in_chromium(async |browser| {
        browser.look(320, 640, "light").await; // or a wide window, four times enlarged
        let lab = open(browser).await;
        click(browser, "#tour-begin").await;

        browser.shows("String(document.documentElement.scrollWidth <= innerWidth)", "true").await;
        browser.close_tabs(&[]).await;
        drop(lab);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs Chromium and its driver: run by ./test"]
async fn all_that_the_first_screen_links_to_is_there() {
    in_chromium(async |browser| {
        let lab = open(browser).await;

        let dead = "const done = arguments[0]; Promise.all([...document.querySelectorAll('#skip, #parts a, #ways a, #choose a')]
            .map(async (link) => {
                const way = link.getAttribute('href');
                if (way.startsWith('#')) return document.querySelector(way) ? [] : [way];
                return (await fetch(link.href)).ok ? [] : [way];
            })).then((dead) => done(dead.flat().join(' ')), (error) => done(String(error)))";
        let dead = browser.driver.execute_async(dead, []).await.unwrap();
        assert_eq!(dead.json().as_str(), Some(""));
        browser.close_tabs(&[]).await;
        drop(lab);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs Chromium and its driver: run by ./test"]
async fn a_few_keys_lead_to_the_panels_and_to_the_wire() {
    in_chromium(async |browser| {
        let lab = open(browser).await;
        let focused = "document.activeElement.getAttribute('href')";

        keys(browser, Key::Tab).await;
        browser.shows(focused, "#panels").await;
        keys(browser, Key::Enter).await;
        browser.shows("location.hash", "#panels").await;
        keys(browser, Key::Tab).await;
        browser.shows("document.activeElement.closest('.panel').id", "panel-polling").await;

        open_again(browser, &lab).await;
        for _tab in 0..10 {
            keys(browser, Key::Tab).await;
            let at = browser.driver.execute(format!("return {focused}"), []).await.unwrap();
            if at.json() == "#wire" {
                break;
            }
        }
        browser.shows(focused, "#wire").await;
        keys(browser, Key::Enter).await;
        keys(browser, Key::Tab).await;
        browser.shows("document.activeElement.closest('section').id", "wire").await;

        browser.close_tabs(&[]).await;
        drop(lab);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs Chromium and its driver: run by ./test"]
async fn a_word_is_explained_to_mouse_finger_and_keyboard() {
    in_chromium(async |browser| {
        let lab = open(browser).await;
        let meaning = "document.querySelector('#meaning:not([hidden])')?.textContent.split(' ')[0] ?? 'none'";
        let find = async |key: &str| {
            let word = format!("#panel-sse .word[data-word={key}]");
            let word = browser.driver.find(By::Css(word)).await.unwrap();
            word.scroll_into_view().await.unwrap();
            word
        };

        let (lost, behind) = (find("lost").await, find("behind").await);
        browser.driver.action_chain().move_to_element_center(&behind).perform().await.unwrap();
        browser.shows(meaning, "Published").await;
        let text = browser.driver.find(By::Css("#meaning")).await.unwrap();
        browser.driver.action_chain().move_by_offset(0, 12).move_to_element_center(&text).perform().await.unwrap();
        browser.shows(meaning, "Published").await; // the mouse may go there, slowly
        let heading = browser.driver.find(By::Css("#panel-sse h3")).await.unwrap();
        browser.driver.action_chain().move_to_element_center(&heading).perform().await.unwrap();
        browser.shows(meaning, "none").await;

        lost.click().await.unwrap(); // as a finger does that taps
        browser.shows(meaning, "Published").await;
        browser.shows("document.activeElement.getAttribute('aria-describedby')", "meaning").await;
        assert_eq!(browser.violations().await, "");
        keys(browser, Key::Down).await;
        browser.shows(meaning, "Messages").await;
        browser.shows("document.activeElement.dataset.word", "delivered").await;
        keys(browser, Key::End).await;
        browser.shows("document.activeElement.dataset.word", "largest").await;
        keys(browser, Key::Home).await;
        browser.shows("document.activeElement.dataset.word", "lost").await;
        keys(browser, Key::Escape).await;
        browser.shows(meaning, "none").await;

        let stops = "String([...document.querySelectorAll('.panel .figures .word')].filter((word) => word.tabIndex === 0).length)";
        browser.shows(stops, "5").await;
        browser.close_tabs(&[]).await;
        drop(lab);
    })
    .await;
}

/// Brings the panels into sight, and says when the page has noticed.
const SEEN: &str = "window.seen = 'false'; new IntersectionObserver(([{ isIntersecting }], sight) => {
        if (!isIntersecting) return;
        sight.disconnect();
        requestAnimationFrame(() => requestAnimationFrame(() => (seen = 'true')));
    }, { rootMargin: '-25% 0%' }).observe(document.querySelector('#panels'));
    document.querySelector('#panels').scrollIntoView()";

#[tokio::test]
#[ignore = "needs Chromium and its driver: run by ./test"]
async fn the_tour_begins_by_itself_once_and_each_press_does_what_it_says() {
    in_chromium(async |browser| {
        let lab = open(browser).await;
        let hidden = "String(document.querySelector('#tour').hidden)";
        let leave = "#tour button:last-of-type";
        browser.shows(hidden, "true").await;
        browser.driver.execute("document.querySelector('#panels').scrollIntoView()", []).await.unwrap();
        browser.shows(hidden, "false").await;
        click(browser, leave).await;
        browser.shows(hidden, "true").await;

        open_again(browser, &lab).await;
        browser.driver.execute(SEEN, []).await.unwrap();
        browser.shows("seen", "true").await;
        browser.shows(hidden, "true").await;

        click(browser, "#tour-begin").await;
        for (fault, seen) in [("cut", "5"), ("silence", "5"), ("buffer", "2"), ("restart", "5")] {
            let act = "document.querySelector('#tour button:first-of-type')";
            browser.shows(&format!("{act}.textContent"), fault).await;
            assert_eq!(browser.violations().await, "", "{fault}");
            keys(browser, Key::Enter).await; // the focus goes along
            let took = format!("took{}{}", fault[..1].to_uppercase(), &fault[1..]);
            let is_pressed = format!(
                "String([...document.querySelectorAll('.panel')].every(({{ dataset }}) => '{took}' in dataset))"
            );
            browser.shows(&is_pressed, "true").await;
            browser.shows("String(document.querySelectorAll('.look').length)", seen).await;
            keys(browser, Key::Enter).await;
        }
        keys(browser, Key::Enter).await;
        browser.shows("document.querySelector('#wire-choice input:checked').value", "websocket").await;
        let shown = "String(document.querySelector('#wire-view').textContent.includes('hello from the tour'))";
        browser.shows_within(std::time::Duration::from_secs(90), shown, "true").await; // when the buffer lets it go
        keys(browser, Key::Escape).await;
        browser.shows(hidden, "true").await;
        browser.shows("document.activeElement.id", "tour-begin").await; // and not the beginning of the page

        browser.close_tabs(NETWORK).await;
        drop(lab);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs Chromium and its driver: run by ./test"]
async fn a_press_of_the_tour_that_was_not_done_is_not_shown_as_done() {
    in_chromium(async |browser| {
        let lab = open(browser).await;
        click(browser, "#tour-begin").await;
        let fetch =
            "window.real = fetch; window.fetch = (...asked) => new Promise((_, fail) => (window.refuse = fail))";
        browser.driver.execute(fetch, []).await.unwrap();

        keys(browser, Key::Enter).await;
        browser.shows("typeof refuse", "function").await;
        let text = "document.querySelector('#tour [role=status]').textContent.split(':')[0]";
        browser.shows(text, "Press Cut").await;
        browser.driver.execute("refuse(new TypeError()); window.fetch = real", []).await.unwrap();

        browser.shows(text, "It may not have been done. The server of this page cannot be reached.").await;
        browser.shows("document.activeElement.textContent", "cut").await;
        keys(browser, Key::Enter).await;
        browser.shows(text, "Each comes back by itself and says where it was").await;

        browser.close_tabs(NETWORK).await;
        drop(lab);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs Chromium and its driver: run by ./test"]
async fn no_word_of_a_figure_or_a_row_is_without_its_explanation() {
    in_chromium(async |browser| {
        let lab = open(browser).await;

        let bare = "[...document.querySelectorAll('#facts dt, .panel dt, #verdicts tbody th')]
            .filter((head) => !head.querySelector('.word')).map(({ textContent }) => textContent).join()";
        browser.shows(bare, "").await;
        let counted = "String(document.querySelectorAll('#facts .word, .panel dt .word').length)";
        browser.shows(counted, "81").await;

        browser.close_tabs(&[]).await;
        drop(lab);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs Chromium and its driver: run by ./test"]
async fn a_panel_from_which_nothing_comes_is_not_live() {
    in_chromium(async |browser| {
        let lab = open(browser).await;

        let silence = "const silence = document.querySelector('#break-all [data-fault=silence]');
            window.again = setInterval(() => silence.click(), 300)"; // here it is over after a second
        browser.driver.execute(silence, []).await.unwrap();

        let quiet = "String(document.querySelectorAll('.panel[data-state=quiet]').length)";
        browser.shows(quiet, "5").await;
        browser.driver.enter_frame(4).await.unwrap();
        browser.shows("document.querySelector('#state').textContent", "quiet").await;
        browser.driver.enter_default_frame().await.unwrap();
        browser.driver.execute("clearInterval(again)", []).await.unwrap();
        browser.driver.enter_frame(4).await.unwrap();
        browser.shows("document.querySelector('#state').textContent", "live").await;
        browser.driver.enter_default_frame().await.unwrap();
        browser.shows(quiet, "0").await;

        browser.close_tabs(NETWORK).await;
        drop(lab);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs Chromium and its driver: run by ./test"]
async fn a_burst_says_where_it_is() {
    in_chromium(async |browser| {
        let lab = open(browser).await;

        click(browser, "#burst-form button").await;

        let news = "document.querySelector('#news').textContent";
        browser.shows(news, "Burst: 100 published. Here in: all five.").await;
        browser.close_tabs(&[]).await;
        drop(lab);
    })
    .await;
}
