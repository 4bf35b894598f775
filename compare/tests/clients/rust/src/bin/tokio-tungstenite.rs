//! The loop for `tokio-tungstenite`.

use std::time::Duration;

use clients::{after, show, url};
use futures_util::StreamExt as _;
use serde_json::Value;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::{connect_async, tungstenite::Message};

const SILENCE: Duration = Duration::from_secs(40); // the server pings after 15 s of it

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), serde_json::Error> {
    let mut address = url();

    loop {
        if let Ok(Ok((mut socket, _))) = timeout(SILENCE, connect_async(&address)).await {
            while let Ok(Some(Ok(frame))) = timeout(SILENCE, socket.next()).await {
                let Message::Text(text) = frame else { continue };
                let told: Value = serde_json::from_str(&text)?;
                if told["gap"] == true {
                    show("gap");
                }
                if let Some(id) = told["id"].as_str() {
                    show(id);
                }
                if let Some(cursor) = told["id"].as_str().or(told["next"].as_str()) {
                    address = after(cursor);
                }
            }
        }
        sleep(Duration::from_secs(2)).await;
    }
}
