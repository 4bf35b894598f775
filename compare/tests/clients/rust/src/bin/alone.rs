//! A library without a loop, by the name of the first argument: it prints each event that it hands on, and ends when the library
//! has given up.

use clients::url;
use eventsource_client::{Client as _, ClientBuilder, ReconnectOptions, SSE};
use futures_util::StreamExt as _;
use launchdarkly_sdk_transport::HyperTransport;
use reqwest_eventsource::{Event, EventSource};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let show = |id: &str, data: &str| println!("{}", serde_json::json!([id, data]));

    if std::env::args().nth(1).as_deref() == Some("reqwest-eventsource") {
        let mut events = EventSource::get(url());
        while let Some(event) = events.next().await {
            if let Ok(Event::Message(event)) = event {
                show(&event.id, &event.data);
            }
        }
    } else {
        let reconnect = ReconnectOptions::reconnect(true).retry_initial(true).build();
        let client = ClientBuilder::for_url(&url())?.reconnect(reconnect).build_with_transport(HyperTransport::new()?);
        let mut events = client.stream();
        while let Some(event) = events.next().await {
            if let Ok(SSE::Event(event)) = event {
                show(event.id.as_deref().unwrap_or_default(), &event.data);
            }
        }
    }
    Ok(())
}
