//! The loop for `eventsource-client`.

use std::time::Duration;

use clients::{show, url};
use eventsource_client::{Client as _, ClientBuilder, ReconnectOptions, SSE};
use futures_util::StreamExt as _;
use launchdarkly_sdk_transport::HyperTransport;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let transport = HyperTransport::builder().read_timeout(Duration::from_secs(40)).build_http()?; // it speaks every 15 s
    let reconnect = ReconnectOptions::reconnect(true).retry_initial(true).build();
    let mut events = ClientBuilder::for_url(&url())?.reconnect(reconnect).build_with_transport(transport).stream();

    while let Some(event) = events.next().await {
        let Ok(SSE::Event(event)) = event else { continue }; // after an error it comes back: go on asking
        match &*event.event_type {
            "gap" => show("gap"),
            "message" | "clock" => {
                let message: serde_json::Value = serde_json::from_str(&event.data)?;
                show(message["id"].as_str().unwrap_or_default());
            }
            _ => {}
        }
    }
    Ok(())
}
