//! Some of the contract, asked of each server before it is measured: figures of one that loses messages say nothing.

use std::{future::Future, io, net::SocketAddr, time::Duration};

use serde::Serialize;
use tokio::time::timeout;

use super::http::{ask, status};
use crate::{
    client::{Channel, Connection, Event, request},
    transports::Row,
};

/// Each answer comes within this, or never.
const LIMIT: Duration = Duration::from_secs(5);
/// Texts that want to be escaped in one framing or another.
const TEXTS: [&str; 3] = ["plain", "</script><!-- \u{2028} \" \\ \r\n\r\ndata: x", "snow \u{2603} and \u{1f600}"];

/// What was asked, and what came of it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) passed: bool,
    /// What was seen instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seen: Option<String>,
}

/// Asks a server.
///
/// # Errors
/// When it cannot be asked at all.
pub(crate) async fn run(row: Row, address: SocketAddr) -> io::Result<Vec<Check>> {
    let epoch = status(address).await?.epoch;
    let start = format!("{epoch}.0");

    Ok(vec![
        check("each text arrives once, in order and as it was", in_order(row, address, start.clone())).await,
        check("who comes back gets what came meanwhile, and no more", comes_back(row, address, start)).await,
        check("a place of another life is told as a gap", other_life(row, address, epoch)).await,
        check("an empty text is refused", empty(address)).await,
    ])
}

/// The test clients panic at what is against the contract: that, too, is an answer.
async fn check(name: &'static str, asked: impl Future<Output = Result<(), String>> + Send + 'static) -> Check {
    let answer = match timeout(LIMIT, tokio::spawn(asked)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => Err("it does not speak as ours do".to_owned()),
        Err(_) => Err("nothing came".to_owned()),
    };

    Check { name, passed: answer.is_ok(), seen: answer.err() }
}

async fn in_order(row: Row, address: SocketAddr, start: String) -> Result<(), String> {
    let mut connection = open(row, address, &start).await?;
    for text in TEXTS {
        publish(address, text).await?;
    }

    let mut seen = Vec::new();
    while seen.len() < TEXTS.len() {
        seen.push(connection.message().await.text);
    }
    if seen == TEXTS { Ok(()) } else { Err(format!("{seen:?}")) }
}

async fn comes_back(row: Row, address: SocketAddr, start: String) -> Result<(), String> {
    let mut connection = open(row, address, &start).await?;
    connection.message().await;
    let cursor = connection.cursor().unwrap_or_default().to_owned();
    drop(connection);
    publish(address, "meanwhile").await?;
    let mut again = open(row, address, &cursor).await?;

    // Polls take all that is pending at once, and their cursor is behind it.
    let mut text = again.message().await.text;
    while TEXTS.contains(&text.as_str()) {
        text = again.message().await.text;
    }
    if text == "meanwhile" { Ok(()) } else { Err(text) }
}

async fn other_life(row: Row, address: SocketAddr, epoch: String) -> Result<(), String> {
    let other = if epoch == "00000001" { "00000002.1" } else { "00000001.1" };
    let mut connection = open(row, address, other).await?;

    match connection.next().await.map_err(|error| error.to_string())? {
        Event::Gap => Ok(()),
        event => Err(format!("{event:?}")),
    }
}

async fn empty(address: SocketAddr) -> Result<(), String> {
    match post(address, "").await? {
        400 => Ok(()),
        status => Err(format!("it is answered {status}")),
    }
}

async fn open(row: Row, address: SocketAddr, after: &str) -> Result<Connection, String> {
    Connection::open((row.client)(), address, Some(after)).await.map_err(|error| error.to_string())
}

async fn publish(address: SocketAddr, text: &str) -> Result<(), String> {
    match post(address, text).await? {
        201 => Ok(()),
        status => Err(format!("a text is answered {status}")),
    }
}

async fn post(address: SocketAddr, text: &str) -> Result<u16, String> {
    let request = request("POST", &Channel::at(address), None, "Content-Type: text/plain\r\n", text);
    let answer = ask(address, &request).await.map_err(|error| error.to_string())?;

    Ok(answer.0)
}
