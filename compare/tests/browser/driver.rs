//! Starts ChromeDriver and Chromium with a fresh profile, and ends both.

use std::{
    io::{BufRead as _, BufReader, ErrorKind},
    process::{Child, Command, Stdio},
};

use shared::testing::{LIMIT, Server};
use tempfile::TempDir;
use thirtyfour::{LoggingPrefsLogLevel, PageLoadStrategy, WindowHandle, prelude::*};
use tokio::time::{Duration, sleep, timeout};

/// Off: what would reach out of this machine, and what a container lacks.
const FLAGS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1440,900",
];

/// A browser. Who starts one ends it, also when a test has failed.
pub(crate) struct Browser {
    /// Speaks WebDriver to it.
    pub(crate) driver: WebDriver,
    chromedriver: Child,
    _profile: TempDir,
}

impl Browser {
    /// Starts one that waits for no page to finish: a page with a stream in it never does.
    pub(crate) async fn start() -> Self {
        let (chromedriver, port) = start_chromedriver();
        let profile = tempfile::tempdir().unwrap();
        let mut wanted = DesiredCapabilities::chrome();
        for flag in FLAGS {
            wanted.add_arg(flag).unwrap();
        }
        wanted.add_arg(&format!("--user-data-dir={}", profile.path().display())).unwrap();
        wanted.set_page_load_strategy(PageLoadStrategy::None).unwrap();
        wanted.set_browser_log_level(LoggingPrefsLogLevel::All).unwrap();
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), wanted).await.unwrap();

        Self { driver, chromedriver, _profile: profile }
    }

    /// Opens a page of the server in a tab of its own.
    pub(crate) async fn open(&self, server: &Server, path: &str) -> WindowHandle {
        let tab = self.driver.new_tab().await.unwrap();
        self.driver.switch_to_window(tab.clone()).await.unwrap();
        self.driver.goto(format!("http://{}{path}", server.address)).await.unwrap();

        tab
    }

    /// Waits until a script gives this text, in the tab that is in front.
    pub(crate) async fn shows(&self, script: &str, text: &str) {
        let mut seen = String::new();
        let wait = async {
            loop {
                seen = match self.driver.execute(format!("return {script}"), []).await {
                    Ok(value) => value.json().as_str().unwrap_or_default().to_owned(),
                    Err(error) => error.to_string(), // the page is not there yet
                };
                if seen == text {
                    return;
                }
                sleep(Duration::from_millis(20)).await;
            }
        };

        assert!(timeout(LIMIT, wait).await.is_ok(), "{script} is {seen:?}, not {text:?}");
    }

    /// What the console has to complain about, in all tabs.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let log = self.driver.browser_log().await.unwrap();

        log.into_iter().filter(|entry| entry.level == "SEVERE").map(|entry| entry.message).collect()
    }

    /// Closes all tabs but the first, which is blank.
    pub(crate) async fn close_tabs(&self) {
        let tabs = self.driver.windows().await.unwrap();
        for tab in &tabs[1..] {
            self.driver.switch_to_window(tab.clone()).await.unwrap();
            self.driver.close_window().await.unwrap();
        }
        self.driver.switch_to_window(tabs[0].clone()).await.unwrap();
    }

    /// Ends browser and driver.
    pub(crate) async fn end(mut self) {
        self.driver.quit().await.unwrap();
        self.chromedriver.kill().unwrap();
        self.chromedriver.wait().unwrap();
    }
}

fn start_chromedriver() -> (Child, u16) {
    let spawned = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).spawn();
    let mut child = match spawned {
        Err(error) if error.kind() == ErrorKind::NotFound => panic!("no chromedriver: ./test installs it"),
        spawned => spawned.unwrap(),
    };
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready =
        lines.find_map(|line| line.unwrap().split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok());

    (child, ready.expect("chromedriver says its port"))
}
