//! Some of the contract, asked by the line itself before anything is measured: figures of a server that loses messages say
//! nothing.

use std::{io, net::SocketAddr};

use memchr::memmem;
use serde::Deserialize;
use serde_json::Deserializer;

use super::asker::Asker;
use crate::{
    bench::{
        checks::{Check, TEXTS},
        heads,
        http::{ask, status},
        line::Connector,
        peers::Subject,
    },
    transports::Row,
};

/// How each of the ways tells a gap.
const GAPS: [&str; 2] = ["{\"gap\":true", "event: gap"];
/// What a message begins with.
const MESSAGE: &[u8] = b"{\"id\":";

/// What is needed of a message.
#[derive(Deserialize)]
struct Message {
    text: String,
}

/// Whom to ask, and where it has all texts.
struct Asked<'a> {
    row: Row,
    address: SocketAddr,
    connector: &'a Connector,
    epoch: String,
}

/// Asks a server of ours that is new.
///
/// # Errors
/// When it cannot be asked at all.
pub(super) async fn run(subject: &Subject, address: SocketAddr) -> io::Result<Vec<Check>> {
    let Subject { peer, row } = subject;
    let (plain, connector) = (peer.plain_connector()?, peer.connector()?);
    let epoch = status(address, &plain).await?.epoch;
    for text in TEXTS {
        publish(address, &plain, text).await?;
    }
    let asked = Asked { row: *row, address, connector: &connector, epoch };
    let empty = post(address, &plain, "").await?;
    let refused = if empty == 400 { Ok(()) } else { Err(format!("it is answered {empty}")) };

    Ok(vec![
        check("each text arrives once, in order and as it was", asked.after(0).await),
        check("who comes back gets what came meanwhile, and no more", asked.after(1).await),
        check("a place of another life is told as a gap", asked.other_life().await),
        check("an empty text is refused", refused),
    ])
}

fn check(name: &str, answer: Result<(), String>) -> Check {
    Check { name: name.to_owned(), passed: answer.is_ok(), seen: answer.err() }
}

impl Asked<'_> {
    /// What comes after so many is the rest.
    async fn after(&self, count: usize) -> Result<(), String> {
        let wanted = &TEXTS[count..];
        let is_enough = |bytes: &[u8]| texts(bytes).len() >= wanted.len();
        let came = texts(&self.get(&target(&self.epoch, count as u64), is_enough).await?);

        if came == wanted { Ok(()) } else { Err(format!("{came:?}")) }
    }

    async fn other_life(&self) -> Result<(), String> {
        let other = if self.epoch == "00000001" { "00000002" } else { "00000001" };
        let has_gap = |bytes: &[u8]| GAPS.iter().any(|gap| memmem::find(bytes, gap.as_bytes()).is_some());
        let came = self.get(&target(other, 1), has_gap).await?;

        if has_gap(&came) { Ok(()) } else { Err("it told none".to_owned()) }
    }

    async fn get(&self, target: &str, is_enough: impl Fn(&[u8]) -> bool) -> Result<Vec<u8>, String> {
        let asker = Asker::open(self.row, self.address, self.connector).await;
        let answer = async { asker?.get(target, is_enough).await };

        answer.await.map_err(|error: io::Error| error.to_string())
    }
}

/// Those of the messages that are whole. Their JSON stands in each framing as it is.
fn texts(bytes: &[u8]) -> Vec<String> {
    let messages = memmem::find_iter(bytes, MESSAGE).filter_map(|at| {
        let mut values = Deserializer::from_slice(&bytes[at..]).into_iter::<Message>();
        values.next()?.ok()
    });

    messages.map(|message| message.text).collect()
}

/// What is asked for after a place.
pub(super) fn target(epoch: &str, seq: u64) -> String {
    format!("/messages?after={epoch}.{seq}")
}

/// Publishes a text.
///
/// # Errors
/// When it is refused.
pub(super) async fn publish(address: SocketAddr, connector: &Connector, text: &str) -> io::Result<()> {
    match post(address, connector, text).await? {
        200..300 => Ok(()),
        status => Err(io::Error::other(format!("a text is answered {status}"))),
    }
}

async fn post(address: SocketAddr, connector: &Connector, text: &str) -> io::Result<u16> {
    let request = heads::post(&connector.origin(address), "/messages", text);

    ask(address, &request, connector).await.map(|(status, _)| status)
}
