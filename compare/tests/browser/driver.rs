//! A browser of one of the three engines, with a fresh profile, and the program that drives it; and ends both.

mod chromium;
mod program;

use std::{collections::HashSet, sync::Mutex};

use shared::testing::{LIMIT, Server};
use tempfile::TempDir;
use thirtyfour::{WindowHandle, prelude::*};
use tokio::time::{Duration, sleep, timeout};

use self::program::{Program, capabilities};
use crate::engines::Engine;

/// What a console says where the next way, which a page asks for its status, does not run.
const NO_NEXT: &str = "/status - Failed to load resource: net::ERR_CONNECTION_REFUSED";

/// So long a script may take: WebKit's driver never answers one that was asked for while a page went.
const ANSWER: Duration = Duration::from_secs(5);

/// What Firefox says of a page's script that has failed, in the log of its driver. WebKit says nothing.
const WRONG: &str = "JavaScript error: http";

/// A browser. Who starts one ends it, also when a test has failed.
pub(crate) struct Browser {
    /// Speaks WebDriver to it.
    pub(crate) driver: WebDriver,
    /// Which one it is.
    pub(crate) engine: Engine,
    program: Program,
    first: WindowHandle,
    _profile: TempDir,
    size: Mutex<Option<(u32, u32, &'static str)>>,
    loading: Mutex<HashSet<String>>,
    before: Mutex<String>,
}

impl Browser {
    /// Starts one that waits for no page to finish. The flags are Chromium's.
    pub(crate) async fn start(engine: Engine, flags: &[&str]) -> Self {
        let program = Program::start(engine);
        let profile = tempfile::tempdir().unwrap();
        let wanted = capabilities(engine, flags, profile.path());
        let wanted = Capabilities::from(wanted.as_object().unwrap().clone());
        let driver = WebDriver::new(format!("http://127.0.0.1:{}", program.port), wanted).await.unwrap();
        let first = driver.window().await.unwrap();
        if engine == Engine::Firefox {
            driver.set_window_rect(0, 0, 1_440, 1_000).await.unwrap();
        }

        Self {
            driver,
            engine,
            program,
            first,
            _profile: profile,
            size: Mutex::default(),
            loading: Mutex::default(),
            before: Mutex::default(),
        }
    }

    /// Opens a page of the server in a tab of its own.
    pub(crate) async fn open(&self, server: &Server, path: &str) -> WindowHandle {
        self.goto(&format!("http://{}{path}", server.address)).await
    }

    /// Opens a page in a tab of its own.
    pub(crate) async fn goto(&self, url: &str) -> WindowHandle {
        let tab = self.new_tab().await;
        self.driver.switch_to_window(tab.clone()).await.unwrap();
        match self.engine {
            Engine::Chromium => self.prepare().await,
            Engine::Firefox => {}
            Engine::WebKit => self.driver.set_window_rect(0, 0, 1_440, 1_000).await.unwrap(),
        }
        self.driver.goto(url).await.unwrap();

        tab
    }

    /// In WebKit a window: a tab of MiniBrowser stays hidden when WebDriver switches to it.
    async fn new_tab(&self) -> WindowHandle {
        let opened = match self.engine {
            Engine::Chromium | Engine::Firefox => self.driver.new_tab().await,
            Engine::WebKit => self.driver.new_window().await,
        };

        opened.unwrap()
    }

    fn is_chromium(&self) {
        assert_eq!(self.engine, Engine::Chromium, "a test that needs this is to run in Chromium only");
    }

    /// What axe-core finds wrong with the tab in front.
    pub(crate) async fn violations(&self) -> String {
        self.driver.execute(include_str!("vendor/axe.min.js"), []).await.unwrap();
        let found = "const done = arguments[0]; axe.run({ iframes: false }).then(({ violations }) => done(violations.map((one) =>
            `${one.help}: ${one.nodes.map((node) => node.html).join(' ')}`).join('; ')), (error) => done(String(error)))";

        self.driver.execute_async(found, []).await.unwrap().json().as_str().unwrap_or_default().to_owned()
    }

    /// Waits until a script gives this text, in the tab that is in front.
    pub(crate) async fn shows(&self, script: &str, text: &str) {
        self.shows_within(LIMIT, script, text).await;
    }

    /// The same with a limit of its own.
    pub(crate) async fn shows_within(&self, limit: Duration, script: &str, text: &str) {
        let mut seen = String::new();
        let wait = async {
            loop {
                let asked = self.driver.execute(format!("return {script}"), []);
                seen = match timeout(ANSWER, asked).await {
                    Ok(Ok(value)) => value.json().as_str().unwrap_or_default().to_owned(),
                    Ok(Err(error)) => error.to_string(), // the page is not there yet
                    Err(late) => late.to_string(),
                };
                if seen == text {
                    return;
                }
                sleep(Duration::from_millis(20)).await;
            }
        };

        assert!(timeout(limit, wait).await.is_ok(), "{script} is {seen:?}, not {text:?}");
    }

    /// Closes all tabs but the first, which is blank. The console may not have complained, but for what is allowed, and
    /// that no next way runs.
    pub(crate) async fn close_tabs(&self, allowed: &[&str]) {
        for tab in self.driver.windows().await.unwrap() {
            if tab != self.first {
                self.driver.switch_to_window(tab).await.unwrap();
                self.driver.close_window().await.unwrap();
            }
        }
        self.driver.switch_to_window(self.first.clone()).await.unwrap();
        let allowed = [allowed, &[NO_NEXT]].concat();
        let mut complaints = self.complaints().await;
        complaints.retain(|said| !allowed.iter().any(|word| said.contains(word)));

        assert!(complaints.is_empty(), "the console says {complaints:#?}");
    }

    async fn complaints(&self) -> Vec<String> {
        if self.engine == Engine::Chromium {
            let log = self.driver.browser_log().await.unwrap();
            return log.into_iter().filter(|entry| entry.level == "SEVERE").map(|entry| entry.message).collect();
        }
        let mut said = self.program.said();
        said.retain(|line| line.starts_with(WRONG));

        said
    }

    /// Ends browser and driver.
    pub(crate) async fn end(mut self) {
        let ended = self.driver.quit().await;
        self.program.end();
        ended.unwrap();
    }
}
