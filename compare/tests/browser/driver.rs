//! Starts ChromeDriver and Chromium with a fresh profile, and ends both.

use std::{
    collections::HashSet,
    fs,
    io::{BufRead as _, BufReader, ErrorKind},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Mutex,
};

use serde_json::json;
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

/// What a console says where the next way, which a page asks for its status, does not run.
const NO_NEXT: &str = "/status - Failed to load resource: net::ERR_CONNECTION_REFUSED";

/// A browser. Who starts one ends it, also when a test has failed.
pub(crate) struct Browser {
    /// Speaks WebDriver to it.
    pub(crate) driver: WebDriver,
    chromedriver: Child,
    _profile: TempDir,
    size: Mutex<Option<(u32, u32, &'static str)>>,
    loading: Mutex<HashSet<String>>,
    before: Mutex<String>,
}

impl Browser {
    /// Starts one that waits for no page to finish: a page with a stream in it never does.
    pub(crate) async fn start(flags: &[&str]) -> Self {
        let (chromedriver, port) = start_chromedriver();
        let profile = tempfile::tempdir().unwrap();
        let mut wanted = DesiredCapabilities::chrome();
        for flag in FLAGS.iter().chain(flags) {
            wanted.add_arg(flag).unwrap();
        }
        if !flags.is_empty() {
            for kept_awake in ["disable-background-timer-throttling", "disable-backgrounding-occluded-windows"] {
                wanted.add_exclude_switch(kept_awake).unwrap(); // the driver's own
            }
        }
        wanted.add_arg(&format!("--user-data-dir={}", profile.path().display())).unwrap();
        wanted.set_page_load_strategy(PageLoadStrategy::None).unwrap();
        wanted.set_browser_log_level(LoggingPrefsLogLevel::All).unwrap();
        wanted.set_logging_prefs("performance", LoggingPrefsLogLevel::All).unwrap();
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), wanted).await.unwrap();

        Self {
            driver,
            chromedriver,
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
        let tab = self.driver.new_tab().await.unwrap();
        self.driver.switch_to_window(tab.clone()).await.unwrap();
        let size = *self.size.lock().unwrap();
        if let Some((width, height, scheme)) = size {
            self.emulate(width, height, scheme).await;
        }
        let script = json!({ "source": self.before.lock().unwrap().clone() });
        self.driver.cdp().send_raw("Page.addScriptToEvaluateOnNewDocument", script).await.unwrap();
        self.driver.goto(url).await.unwrap();

        tab
    }

    /// In the tabs that are opened from now on, this runs before any script of the page.
    pub(crate) fn before(&self, script: impl Into<String>) {
        *self.before.lock().unwrap() = script.into();
    }

    /// The tabs that are opened from now on have this size and color scheme.
    pub(crate) async fn look(&self, width: u32, height: u32, scheme: &'static str) {
        *self.size.lock().unwrap() = Some((width, height, scheme));
    }

    async fn emulate(&self, width: u32, height: u32, scheme: &str) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.driver.cdp().send_raw("Emulation.setDeviceMetricsOverride", metrics).await.unwrap();
        self.driver.cdp().send_raw("Emulation.setEmulatedMedia", media).await.unwrap();
    }

    /// Keeps a picture of what the tab in front shows.
    pub(crate) async fn keep_picture(&self, name: &str) {
        Self::keep(name, &self.driver.screenshot_as_png().await.unwrap());
    }

    /// A picture of so much of the page, also beyond the window's end. The window is as high from then on.
    pub(crate) async fn long_picture(&self, width: u32, height: u32, scheme: &str) -> Vec<u8> {
        self.emulate(width, height, scheme).await;
        let drawn = "setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(arguments[0])), 600)";
        self.driver.execute_async(drawn, []).await.unwrap(); // charts are drawn a few times a second

        self.driver.screenshot_as_png().await.unwrap()
    }

    /// Keeps a picture.
    pub(crate) fn keep(name: &str, picture: &[u8]) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../screenshots");
        fs::create_dir_all(&folder).unwrap();

        fs::write(folder.join(format!("{name}.png")), picture).unwrap();
    }

    /// What axe-core finds wrong with the tab in front.
    pub(crate) async fn violations(&self) -> String {
        self.driver.execute(include_str!("vendor/axe.min.js"), []).await.unwrap();
        let found = "const done = arguments[0]; axe.run({ iframes: false }).then(({ violations }) => done(violations.map((one) =>
            `${one.help}: ${one.nodes.map((node) => node.html).join(' ')}`).join('; ')), (error) => done(String(error)))";

        self.driver.execute_async(found, []).await.unwrap().json().as_str().unwrap_or_default().to_owned()
    }

    /// Which frames began to load and have not stopped, as far as the browser has reported.
    pub(crate) async fn loading(&self) -> Vec<String> {
        let log = self.driver.get_log("performance").await.unwrap();
        let mut loading = self.loading.lock().unwrap();
        for entry in log {
            let reported: serde_json::Value = serde_json::from_str(&entry.message).unwrap();
            let frame = reported["message"]["params"]["frameId"].to_string();
            match reported["message"]["method"].as_str() {
                Some("Page.frameStartedLoading") => drop(loading.insert(frame)),
                Some("Page.frameStoppedLoading") => drop(loading.remove(&frame)),
                _ => {}
            }
        }
        loading.iter().cloned().collect()
    }

    /// Waits until no frame loads but these.
    pub(crate) async fn until_loaded(&self, but: &[String]) {
        let wait = async {
            while self.loading().await.iter().any(|frame| !but.contains(frame)) {
                sleep(Duration::from_millis(20)).await;
            }
        };

        assert!(timeout(LIMIT, wait).await.is_ok(), "a frame goes on loading");
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

        assert!(timeout(limit, wait).await.is_ok(), "{script} is {seen:?}, not {text:?}");
    }

    /// What pages have logged since the last time. The console has where, and then what in quotes.
    pub(crate) async fn logged(&self) -> Vec<String> {
        let log = self.driver.browser_log().await.unwrap();
        let text = |message: &str| serde_json::from_str(&message[message.find('"')?..]).ok();

        log.iter().map(|entry| text(&entry.message).unwrap_or_else(|| entry.message.clone())).collect()
    }

    /// Closes all tabs but the first, which is blank. The console may not have complained, but for what is allowed, and
    /// that no next way runs.
    pub(crate) async fn close_tabs(&self, allowed: &[&str]) {
        let tabs = self.driver.windows().await.unwrap();
        for tab in &tabs[1..] {
            self.driver.switch_to_window(tab.clone()).await.unwrap();
            self.driver.close_window().await.unwrap();
        }
        self.driver.switch_to_window(tabs[0].clone()).await.unwrap();
        let mut log = self.driver.browser_log().await.unwrap();
        let allowed = [allowed, &[NO_NEXT]].concat();
        log.retain(|entry| entry.level == "SEVERE" && !allowed.iter().any(|word| entry.message.contains(word)));

        assert!(log.is_empty(), "the console says {log:#?}");
    }

    /// Ends browser and driver.
    pub(crate) async fn end(mut self) {
        let ended = self.driver.quit().await;
        self.chromedriver.kill().unwrap();
        self.chromedriver.wait().unwrap();
        ended.unwrap();
    }
}

/// Where several start at once, one may find its port taken: it ends, and another is started.
fn start_chromedriver() -> (Child, u16) {
    (0..5).find_map(|_| try_chromedriver()).expect("chromedriver starts, and says its port")
}

fn try_chromedriver() -> Option<(Child, u16)> {
    let spawned = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).spawn();
    let mut child = match spawned {
        Err(error) if error.kind() == ErrorKind::NotFound => panic!("no chromedriver: ./test installs it"),
        spawned => spawned.unwrap(),
    };
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready =
        lines.find_map(|line| line.unwrap().split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok());

    if ready.is_none() {
        child.kill().ok(); // it has ended already
        child.wait().ok();
    }
    ready.map(|port| (child, port))
}
