//! One connection, and the client that drives it.

use std::{collections::VecDeque, fmt::Debug, io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
    time::sleep,
};

use super::{
    event::{End, Event, Received},
    heard::Heard,
    protocol::Client,
    request::Channel,
};
use crate::wire::HttpReader;

/// How long a poll waits before the next.
const INTERVAL: Duration = Duration::from_millis(5);

/// What a client reads and writes: a socket, or TLS on one.
pub trait Stream: AsyncRead + AsyncWrite + Debug + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Debug + Send + Unpin> Stream for S {}

/// One connection, and the client that drives it.
#[derive(Debug)]
pub struct Connection {
    stream: Box<dyn Stream>,
    channel: Channel,
    client: Box<dyn Client>,
    reader: HttpReader,
    heard: Heard,
    ask_due: bool,
    over: bool,
}

impl Connection {
    /// Connects and asks for what comes after `after`.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn open(client: Box<dyn Client>, address: SocketAddr, after: Option<&str>) -> io::Result<Self> {
        Self::on(TcpStream::connect(address).await?, client, after).await
    }

    /// Asks on a connection that is open already.
    ///
    /// # Errors
    /// When it broke.
    pub async fn on(stream: TcpStream, client: Box<dyn Client>, after: Option<&str>) -> io::Result<Self> {
        let channel = Channel::at(stream.peer_addr()?);
        stream.set_nodelay(true)?;

        Self::to(channel, stream, client, after).await
    }

    /// The same for a channel at another path.
    ///
    /// # Errors
    /// When it broke.
    pub async fn to(
        channel: Channel,
        stream: impl Stream + 'static,
        mut client: Box<dyn Client>,
        after: Option<&str>,
    ) -> io::Result<Self> {
        let mut stream: Box<dyn Stream> = Box::new(stream);
        send(&mut stream, &client.ask(&channel, after)).await?;
        let heard = Heard { next: after.map(str::to_owned), ..Heard::default() };

        Ok(Self { stream, channel, client, reader: HttpReader::default(), heard, ask_due: false, over: false })
    }

    /// What comes next; [`Event::End`] is the last, and stays so. A dropped wait loses nothing.
    ///
    /// # Errors
    /// When what came is not HTTP, or against the contract.
    pub async fn next(&mut self) -> io::Result<Event> {
        loop {
            match self.heard.events.pop_front() {
                Some(Event::End(end)) => {
                    self.heard.events = VecDeque::from([Event::End(end)]);
                    return Ok(Event::End(end));
                }
                Some(event) => return Ok(event),
                None => self.read().await?,
            }
        }
    }

    /// What comes next that is a message.
    ///
    /// # Panics
    /// If the connection ends, or a gap is reported, before one comes.
    pub async fn message(&mut self) -> Received {
        loop {
            match self.next().await {
                Ok(Event::Message(message)) => return message,
                Ok(Event::Place { .. } | Event::Heartbeat | Event::Nothing) => {}
                other => panic!("no message but {other:?}"),
            }
        }
    }

    /// Sends a text on the connection itself, once its handshake is answered (RFC 6455 §4.1: not before); false where the
    /// transport cannot.
    ///
    /// # Errors
    /// When the connection broke.
    pub async fn say(&mut self, text: &str) -> io::Result<bool> {
        let Some(bytes) = self.client.say(text) else {
            return Ok(false);
        };
        while !self.reader.has_head() && !self.over {
            self.read().await?;
        }
        send(&mut self.stream, &bytes).await?;

        Ok(true)
    }

    /// What to send as `after` to go on from here.
    pub fn cursor(&self) -> Option<&str> {
        self.heard.next.as_deref()
    }

    async fn read(&mut self) -> io::Result<()> {
        if self.ask_due {
            sleep(INTERVAL).await;
            let request = self.client.ask(&self.channel, self.heard.next.as_deref());
            self.ask_due = false;
            send(&mut self.stream, &request).await.ok(); // where it broke, the next read says so
        }
        let mut bytes = [0; 16 * 1_024];
        let count = match self.stream.read(&mut bytes).await {
            Ok(count) if count > 0 && !self.over => count,
            Ok(_) | Err(_) => {
                self.end(End::Cut);
                return Ok(());
            }
        };
        let whole = self.reader.read(&bytes[..count], |piece| self.client.hear(piece, &mut self.heard))?;
        if !self.heard.answer.is_empty() {
            let answer = std::mem::take(&mut self.heard.answer);
            send(&mut self.stream, &answer).await.ok(); // where it broke, the next read says so
        }

        if whole {
            self.finish();
        }
        match self.heard.wrong.take() {
            Some(wrong) => Err(io::Error::new(io::ErrorKind::InvalidData, wrong)),
            None => Ok(()),
        }
    }

    fn finish(&mut self) {
        let head = self.reader.take_head();
        match head.status {
            101 | 200 => {}
            204 => self.heard.events.push_back(Event::Nothing),
            status => {
                let seconds = head.header("retry-after").and_then(|seconds| seconds.parse().ok());
                return self.end(End::Refused(status, seconds));
            }
        }
        match self.client.ended(&mut self.heard) {
            Some(end) => self.end(end),
            None => self.ask_due = true,
        }
    }

    fn end(&mut self, end: End) {
        let reported = self.heard.events.iter().any(|event| matches!(event, Event::End(_)));
        if !reported {
            self.heard.events.push_back(Event::End(end));
        }
        self.over = true;
    }
}

/// TLS keeps what it could not send at once.
async fn send(stream: &mut Box<dyn Stream>, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes).await?;
    stream.flush().await
}
