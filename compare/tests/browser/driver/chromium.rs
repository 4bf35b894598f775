//! What is Chromium's alone: its size and colors for pictures, what loads, and a script before those of the page.

use std::{fs, path::Path, time::Duration};

use serde_json::json;
use shared::testing::LIMIT;
use tokio::time::{sleep, timeout};

use super::Browser;

impl Browser {
    /// In the tabs that are opened from now on, this runs before any script of the page.
    pub(crate) fn before(&self, script: impl Into<String>) {
        self.is_chromium();
        *self.before.lock().unwrap() = script.into();
    }

    /// The tabs that are opened from now on have this size and color scheme.
    pub(crate) async fn look(&self, width: u32, height: u32, scheme: &'static str) {
        self.is_chromium();
        *self.size.lock().unwrap() = Some((width, height, scheme));
    }

    /// Makes a new tab as it was asked for.
    pub(super) async fn prepare(&self) {
        let size = *self.size.lock().unwrap();
        if let Some((width, height, scheme)) = size {
            self.emulate(width, height, scheme).await;
        }
        let script = json!({ "source": self.before.lock().unwrap().clone() });
        self.driver.cdp().send_raw("Page.addScriptToEvaluateOnNewDocument", script).await.unwrap();
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

    /// Which frames began to load and have not stopped, as far as the browser has reported.
    pub(crate) async fn loading(&self) -> Vec<String> {
        self.is_chromium();
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

    /// What pages have logged since the last time. The console has where, and then what in quotes.
    pub(crate) async fn logged(&self) -> Vec<String> {
        self.is_chromium();
        let log = self.driver.browser_log().await.unwrap();
        let text = |message: &str| serde_json::from_str(&message[message.find('"')?..]).ok();

        log.iter().map(|entry| text(&entry.message).unwrap_or_else(|| entry.message.clone())).collect()
    }
}
