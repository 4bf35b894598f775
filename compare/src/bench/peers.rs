//! Who is measured: our five, and programs that serve a way of their own.
//!
//! A peer is a program. It is started as `COMMAND WAY --port 0`, prints its address on the first line of its output, and ends
//! when its input ends. It serves `GET /messages?after=CURSOR`, `POST /messages` with a text, and `/status`, each in our
//! words. One that ends without an address does not serve this way, and is left out.

use std::{convert::Infallible, env, io, path::Path, process::Command, str::FromStr};

use crate::transports::Row;

/// Where programs are looked for that are given by name alone.
const FOLDER: &str = "target/peers";

/// A server that is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Peer {
    /// What it is called.
    pub(crate) name: String,
    /// The program and its first words.
    command: Vec<String>,
}

impl FromStr for Peer {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let (name, command) = match text.split_once('=') {
            Some((name, command)) => (name, command.to_owned()),
            None => (text, format!("{FOLDER}/{text}")),
        };
        let command = command.split_whitespace().map(str::to_owned).collect();

        Ok(Self { name: name.to_owned(), command })
    }
}

impl Peer {
    /// Our five: this program again.
    ///
    /// # Errors
    /// When the system does not say where this program is.
    pub(crate) fn ours() -> io::Result<Self> {
        let program = env::current_exe()?.to_string_lossy().into_owned();

        Ok(Self { name: "five-ways".to_owned(), command: vec![program, super::server::NAME.to_owned()] })
    }

    /// What starts it for a way.
    pub(crate) fn start(&self, row: &Row) -> io::Result<Command> {
        let (program, words) = self.command.split_first().ok_or_else(|| io::Error::other("it has no command"))?;
        if program.contains('/') && !Path::new(program).exists() {
            return Err(io::Error::other(format!("{program} is not there")));
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

    #[test]
    fn a_peer_is_a_name_and_a_command() {
        let peer = |text: &str| text.parse::<Peer>().unwrap();

        assert_eq!(
            peer("bare=./bare --fast"),
            Peer { name: "bare".into(), command: vec!["./bare".into(), "--fast".into()] }
        );
        assert_eq!(peer("bare").command, ["target/peers/bare"]);
    }
}
