//! The loop for `reqwest-eventsource`. It comes back by itself, but not after an answer other than 200.

use std::time::Duration;

use clients::{after, show, url};
use futures_util::StreamExt as _;
use reqwest::Client;
use reqwest_eventsource::{Event, RequestBuilderExt as _};
use tokio::time::sleep;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::builder().read_timeout(Duration::from_secs(40)).build()?; // the server speaks every 15 s
    let mut address = url();

    loop {
        let mut events = client.get(&address).eventsource()?;
        while let Some(event) = events.next().await {
            let Ok(Event::Message(event)) = event else { continue }; // after an error it comes back: go on asking
            match &*event.event {
                "gap" => show("gap"),
                "message" | "clock" => {
                    let message: serde_json::Value = serde_json::from_str(&event.data)?;
                    show(message["id"].as_str().unwrap_or_default());
                }
                _ => {}
            }
            if !event.id.is_empty() {
                address = after(&event.id); // in the address: a header of ours would stand beside its own
            }
        }
        sleep(Duration::from_secs(2)).await;
    }
}
