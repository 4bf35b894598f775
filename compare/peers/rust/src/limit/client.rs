//! One connection: what it has sent, and what it has yet to take.

use mio::net::TcpStream;

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
}
