//! Who is measured: our five, and programs that serve a way of their own.
//!
//! A peer is a program. It is started as `COMMAND WAY --port 0`, prints its address on the first line of its output, and ends
//! when its input ends. It serves `GET /messages?after=CURSOR` (socket.io `GET /socket.io/`), `POST /messages`, and `/status` with `epoch` and `open`. One that
//! ends without an address does not serve this way, and is left out.

use std::{
    env, io,
    path::{Path, PathBuf},
    process::Command,
};

use super::line::{Connector, Line};
use crate::transports::Row;

/// Where the programs of the table are.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../");
/// The ways of a peer that has them all.
const ALL: &[&str] = &["polling", "long-polling", "iframe-stream", "sse", "websocket"];

/// What the shell calls the file that it keeps its own certificate in.
const CERTIFICATE: &str = "localhost.pem";
/// The command that is a server.
pub(crate) const SERVER: &str = "bench-server";
/// What our five are called beside their peers.
pub(crate) const OURS: &str = "five-ways";

const ARTICLE: &str = "article";
const BARE: &str = "bare";
const LIMIT: &str = "limit";
const LIMIT_JOINED: &str = "limit-joined";
const NCHAN: &str = "nchan";
const SOCKET_IO: &str = "socket.io";

/// The peers that are known by name, the command of each, and its ways.
const KNOWN: [(&str, &str, &[&str]); 8] = [
    (ARTICLE, "node compare/peers/node/article.js", ALL),
    ("cursor", "node compare/peers/node/cursor.js", ALL),
    (SOCKET_IO, "node compare/peers/node/socket.io.js", &["long-polling", "websocket"]),
    (NCHAN, "compare/peers/nchan/serve", ALL),
    ("axum", "target/peers/rust/release/axum", &["sse", "websocket"]),
    (BARE, "target/peers/rust/release/bare", ALL),
    (LIMIT, "target/peers/rust/release/limit", ALL),
    (LIMIT_JOINED, "target/peers/rust/release/limit-joined", ALL),
];

/// What a server is to the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// One of the five.
    Ours,
    /// The framework without us: its floor.
    Bare,
    /// No server that one would use: what the machine can.
    Limit,
    /// Another stack.
    Peer,
}

impl Role {
    /// Of who is called so.
    pub(crate) fn of(name: &str) -> Self {
        match name {
            OURS => Self::Ours,
            BARE => Self::Bare,
            LIMIT | LIMIT_JOINED => Self::Limit,
            _ => Self::Peer,
        }
    }
}

/// A server that is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Peer {
    /// What it is called.
    pub(crate) name: String,
    /// The program and its first words.
    command: Vec<String>,
    ways: &'static [&'static str],
    /// What is posted to it.
    pub(crate) takes: Takes,
    pub(crate) follows: Follows,
    /// How it is spoken to.
    pub(crate) line: Line,
    /// Where it is by TLS, the file of its certificate.
    pub(crate) certificate: Option<PathBuf>,
}

/// How a client says where it is, and where it asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Follows {
    /// By `after`, which the answer before gives.
    Cursors,
    /// By what the answer before has as `Etag` and `Last-Modified` (RFC 9110 §13.1), one message after the other: so do nchan's.
    Etags,
    /// By a session of engine.io, at a path of its own: so do socket.io's.
    Sessions,
    /// Not at all: so does the article's program.
    Nothing,
}

/// What a server takes in a POST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    /// A text, of which it makes a message with an id, as ours do.
    Texts,
    /// A message as it is to be delivered: it numbers none itself.
    Messages,
}

/// What one word of `--peers` names: a peer, or all of the table.
#[derive(Clone, Debug)]
pub(crate) struct Chosen(pub(crate) Vec<Peer>);

impl Chosen {
    /// Reads the word.
    ///
    /// # Errors
    /// Which names there are.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        if let Some((name, command)) = text.split_once('=') {
            let command = command.split_whitespace().map(str::to_owned).collect();
            return Ok(Self(vec![Peer {
                name: name.to_owned(),
                command,
                ways: ALL,
                takes: Takes::Texts,
                follows: Follows::Cursors,
                line: Line::Clear,
                certificate: None,
            }]));
        }
        let chosen: Vec<Peer> = KNOWN.into_iter().filter(|known| text == "all" || text == known.0).map(known).collect();
        let names = KNOWN.map(|known| known.0).join(", ");

        if chosen.is_empty() { Err(format!("write all, NAME=COMMAND, or one of {names}")) } else { Ok(Self(chosen)) }
    }
}

fn known((name, command, ways): (&str, &str, &'static [&'static str])) -> Peer {
    let whole = |word: &str| if word.contains('/') { format!("{ROOT}{word}") } else { word.to_owned() };
    let command = command.split(' ').map(whole).collect();

    let follows = match name {
        ARTICLE => Follows::Nothing,
        NCHAN => Follows::Etags,
        SOCKET_IO => Follows::Sessions,
        _ => Follows::Cursors,
    };

    Peer { name: name.to_owned(), command, ways, takes: Takes::Messages, follows, line: Line::Clear, certificate: None }
}

impl Peer {
    /// Our five: this program again.
    ///
    /// # Errors
    /// When the system does not say where this program is.
    pub(crate) fn ours() -> io::Result<Self> {
        let program = env::current_exe()?.to_string_lossy().into_owned();
        let command = vec![program, SERVER.to_owned()];

        Ok(Self {
            name: OURS.to_owned(),
            command,
            ways: ALL,
            takes: Takes::Texts,
            follows: Follows::Cursors,
            line: Line::Clear,
            certificate: None,
        })
    }

    /// The same, with more words of its command.
    pub(crate) fn with(&self, words: Vec<String>) -> Self {
        let mut peer = self.clone();
        peer.command.extend(words);

        peer
    }

    /// The same, started by another program, which gets the command after its own words.
    pub(crate) fn under(&self, words: impl IntoIterator<Item = String>) -> Self {
        let mut peer = self.clone();
        peer.command.splice(..0, words);

        peer
    }

    /// The same by another line. One of ours has its certificate in this folder, once it has been started.
    pub(crate) fn by(&self, line: Line, folder: &Path) -> Self {
        if line == Line::Clear {
            return Self { line, ..self.clone() };
        }
        let words = vec![format!("--tls-folder={}", folder.display())];

        Self { line, certificate: Some(folder.join(CERTIFICATE)), ..self.with(words) }
    }

    /// What its clients connect by.
    ///
    /// # Errors
    /// When its certificate cannot be read.
    pub(crate) fn connector(&self) -> io::Result<Connector> {
        Connector::of(self.line, self.certificate.as_deref())
    }

    /// What publishes, or asks how it is.
    ///
    /// # Errors
    /// When its certificate cannot be read.
    pub(crate) fn plain_connector(&self) -> io::Result<Connector> {
        Connector::of(self.line.plain(), self.certificate.as_deref())
    }

    /// Whether it is made for a way.
    pub(crate) fn has(&self, row: &Row) -> bool {
        self.ways.contains(&row.transport.name)
    }

    /// What starts it for a way.
    pub(crate) fn start(&self, row: &Row) -> io::Result<Command> {
        let (program, words) = self.command.split_first().ok_or_else(|| io::Error::other("it has no command"))?;
        if let Some(missing) = self.command.iter().find(|word| word.starts_with('/') && !Path::new(word).exists()) {
            return Err(io::Error::other(format!("{missing} is not there")));
        }
        let mut command = Command::new(program);
        command.args(words).args([row.transport.name, "--port", "0"]);

        Ok(command)
    }
}

/// One way as one peer serves it.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) peer: Peer,
    pub(crate) row: Row,
}

impl Subject {
    /// How it is called in tables.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.peer.name, self.row.transport.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transports;

    #[test]
    fn a_peer_is_a_name_and_a_command_or_a_name_of_the_table() {
        let Chosen(given) = Chosen::read("mine=./mine --fast").unwrap();
        let Chosen(known) = Chosen::read("axum").unwrap();

        assert_eq!(
            (given[0].name.as_str(), &given[0].command[..]),
            ("mine", &["./mine".to_owned(), "--fast".to_owned()][..])
        );
        assert!(known[0].command[0].ends_with("/target/peers/rust/release/axum"), "{known:?}");
        assert_eq!(transports::ALL.iter().filter(|row| known[0].has(row)).count(), 2);
        assert_eq!(Chosen::read("all").unwrap().0.len(), KNOWN.len());
        assert!(Chosen::read("nobody").unwrap_err().contains("limit-joined"));
    }
}
