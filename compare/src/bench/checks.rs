//! Some of the contract, asked of each server before it is measured: figures of one that loses messages say nothing.

use std::{
    future::Future,
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use super::{
    http::{ask, status},
    line::Connector,
    message::json,
    peers::{Follows, Subject, Takes},
};
use crate::{
    client::{Channel, Connection, End, Event, request},
    transports::Row,
};

/// Each answer comes within this, or never.
const LIMIT: Duration = Duration::from_secs(5);
/// What was seen where a check panicked.
const PANICKED: &str = "it does not speak as ours do";
/// Of a server that cannot be asked.
pub(crate) const UNASKED: &str = "it has no cursors as ours, and is not asked";
/// Texts that want to be escaped in one framing or another.
pub(crate) const TEXTS: [&str; 3] =
    ["plain", "</script><!-- \u{2028} \" \\ \r\n\r\ndata: x", "snow \u{2603} and \u{1f600}"];

/// What was asked, and what came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Check {
    pub(crate) name: String,
    pub(crate) passed: bool,
    /// What was seen instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seen: Option<String>,
}

impl Check {
    /// What was asked and what was seen instead, if it failed.
    pub(crate) fn failed(&self) -> Option<String> {
        let seen = self.seen.as_deref().unwrap_or("it does not");

        (!self.passed).then(|| format!("{}: {seen}", self.name))
    }
}

/// Whom to ask.
#[derive(Clone, Debug)]
struct Asked {
    row: Row,
    address: SocketAddr,
    epoch: String,
    takes: Takes,
    /// How many messages it has.
    published: Arc<AtomicU64>,
}

/// Asks a server. One that takes any message as it is need not refuse an empty text, and one that has no cursors of our kind
/// is asked nothing.
///
/// # Errors
/// When it cannot be asked at all.
pub(crate) async fn run(subject: &Subject, address: SocketAddr) -> io::Result<Vec<Check>> {
    let epoch = status(address, &Connector::clear()).await?.epoch;
    if subject.peer.follows != Follows::Cursors {
        return Ok(Vec::new());
    }
    let (row, takes) = (subject.row, subject.peer.takes);
    let asked = Asked { row, address, epoch, takes, published: Arc::default() };

    let mut checks = vec![
        check("each text arrives once, in order and as it was", in_order(asked.clone())).await,
        check("who comes back gets what came meanwhile, and no more", comes_back(asked.clone())).await,
        check("a place of another life is told as a gap", other_life(asked.clone())).await,
    ];
    if takes == Takes::Texts {
        checks.push(check("an empty text is refused", empty(asked)).await);
    }

    Ok(checks)
}

/// A server may send what it likes: that is an answer, too.
async fn check(name: &str, asked: impl Future<Output = Result<(), String>> + Send + 'static) -> Check {
    let answer = match timeout(LIMIT, tokio::spawn(asked)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => Err(PANICKED.to_owned()),
        Err(_) => Err("nothing came".to_owned()),
    };

    Check { name: name.to_owned(), passed: answer.is_ok(), seen: answer.err() }
}

async fn in_order(asked: Asked) -> Result<(), String> {
    let mut connection = asked.open(&asked.start()).await?;
    for text in TEXTS {
        asked.publish(text).await?;
    }

    let mut seen = Vec::new();
    while seen.len() < TEXTS.len() {
        seen.push(text(&mut connection).await?);
    }
    if seen == TEXTS { Ok(()) } else { Err(format!("{seen:?}")) }
}

async fn comes_back(asked: Asked) -> Result<(), String> {
    let mut connection = asked.open(&asked.start()).await?;
    text(&mut connection).await?;
    let cursor = connection.cursor().unwrap_or_default().to_owned();
    drop(connection);
    asked.publish("meanwhile").await?;
    let mut again = asked.open(&cursor).await?;

    // Polls take all that is pending at once, and their cursor is behind it.
    let mut came = text(&mut again).await?;
    while TEXTS[1..].contains(&came.as_str()) {
        came = text(&mut again).await?;
    }
    if came == "meanwhile" { Ok(()) } else { Err(came) }
}

async fn other_life(asked: Asked) -> Result<(), String> {
    let other = if asked.epoch == "00000001" { "00000002.1" } else { "00000001.1" };
    let mut connection = asked.open(other).await?;

    match connection.next().await.map_err(|error| error.to_string())? {
        Event::Gap => Ok(()),
        event => Err(in_words(&event)),
    }
}

async fn empty(asked: Asked) -> Result<(), String> {
    match asked.post("").await? {
        400 => Ok(()),
        status => Err(format!("it is answered {status}")),
    }
}

/// What came, for who does not read this code.
fn in_words(event: &Event) -> String {
    match event {
        Event::Message(message) => format!("the message {:?} came", message.text),
        Event::Gap => "it told a gap".to_owned(),
        Event::Place { .. } => "it told a place to go on from, and no gap".to_owned(),
        Event::Heartbeat => "a heartbeat came".to_owned(),
        Event::Nothing => "it answered that there is nothing".to_owned(),
        Event::Error(error) => format!("it answered the error {error:?}"),
        Event::End(End::Refused(status, _)) => format!("it answered {status}"),
        Event::End(_) => "it ended the connection".to_owned(),
    }
}

/// The next one that comes.
async fn text(connection: &mut Connection) -> Result<String, String> {
    loop {
        match connection.next().await.map_err(|error| error.to_string())? {
            Event::Message(message) => return Ok(message.text),
            Event::Place { .. } | Event::Heartbeat | Event::Nothing => {}
            other => return Err(in_words(&other)),
        }
    }
}

impl Asked {
    /// Where nothing has come yet.
    fn start(&self) -> String {
        format!("{}.0", self.epoch)
    }

    async fn open(&self, after: &str) -> Result<Connection, String> {
        let opened = Connection::open((self.row.client)(), self.address, Some(after)).await;

        opened.map_err(|error| error.to_string())
    }

    async fn publish(&self, text: &str) -> Result<(), String> {
        match self.post(text).await? {
            200..300 => Ok(()),
            status => Err(format!("a text is answered {status}")),
        }
    }

    async fn post(&self, text: &str) -> Result<u16, String> {
        let seq = self.published.fetch_add(1, Ordering::Relaxed) + 1;
        let body = match self.takes {
            Takes::Texts => text.to_owned(),
            Takes::Messages => json(&self.epoch, seq, text),
        };
        let request = request("POST", &Channel::at(self.address), None, "Content-Type: text/plain\r\n", &body);
        let answer = ask(self.address, &request, &Connector::clear()).await.map_err(|error| error.to_string())?;

        Ok(answer.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        bench::{garbage, peers::Chosen},
        transports::ALL,
    };

    #[tokio::test]
    async fn what_is_no_answer_fails_a_check_and_nothing_else() {
        let peer = Chosen::read("x=x").unwrap().0.remove(0);

        for (row, answer) in ALL.iter().flat_map(|row| garbage::answers().into_iter().map(move |answer| (row, answer)))
        {
            let said = String::from_utf8_lossy(&answer[..answer.len().min(200)]).into_owned();
            let address = garbage::server(answer).await.unwrap();
            let checks = run(&Subject { peer: peer.clone(), row: *row }, address).await.unwrap();

            let seen: Vec<_> = checks.iter().filter_map(|check| check.seen.as_deref()).collect();
            assert_eq!(seen.len(), checks.len(), "{said}: {checks:?}");
            assert!(seen.iter().all(|seen| *seen != PANICKED), "{said}: {seen:?}");
        }
    }
}
