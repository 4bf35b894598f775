//! One connection: what it has sent, and what it has yet to take.

use std::io::{self, Write as _};

use mio::net::TcpStream;

use super::feed::Feed;

pub(super) struct Client {
    pub(super) stream: TcpStream,
    /// The beginning of a request.
    pub(super) input: Vec<u8>,
    /// What it did not take yet of heads and answers. It comes before what it follows.
    pub(super) output: Vec<u8>,
    pub(super) state: State,
}

#[derive(Clone, Copy)]
pub(super) enum State {
    /// It is to send a request.
    Asking,
    /// A poll is held for what comes after this message.
    Holding { after: u64 },
    /// It has got all of the stream up to this byte.
    Following { place: u64, socket: bool },
}

impl Client {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, input: Vec::new(), output: Vec::new(), state: State::Asking }
    }

    pub(super) fn is_open(&self) -> bool {
        !matches!(self.state, State::Asking)
    }

    pub(super) fn is_socket(&self) -> bool {
        matches!(self.state, State::Following { socket: true, .. })
    }

    /// As much as it takes of what is there for it.
    pub(super) fn write(&mut self, feed: &mut Feed) -> io::Result<()> {
        if !self.output.is_empty() {
            let taken = write(&mut self.stream, &self.output)?;
            self.output.drain(..taken);
            if !self.output.is_empty() {
                return Ok(());
            }
        }
        match &mut self.state {
            State::Following { place, .. } => {
                let pending = feed.stream(*place).ok_or(io::ErrorKind::TimedOut)?; // it is too far behind
                *place += write(&mut self.stream, pending)? as u64;
            }
            State::Holding { after } => {
                if let Some(answer) = feed.answer(*after) {
                    let taken = write(&mut self.stream, answer)?;
                    self.output.extend_from_slice(&answer[taken..]);
                    self.state = State::Asking;
                }
            }
            State::Asking => {}
        }
        Ok(())
    }
}

/// One write; gives how much was taken.
fn write(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<usize> {
    if bytes.is_empty() {
        return Ok(0);
    }
    match stream.write(bytes) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
        taken => taken,
    }
}
