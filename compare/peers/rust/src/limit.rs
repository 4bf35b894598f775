//! What the machine can: one thread, one epoll, one prepared buffer. What is faster than this does something else.
//!
//! It knows just enough of HTTP/1.1 to be asked by the same clients: no limits, no heartbeats, no answer that is refused but
//! 404. A stream begins at the newest message; a poll goes on after its cursor.

mod client;
mod feed;
mod request;

use std::io::{self, Read as _};

use client::{Client, State};
use feed::Feed;
use mio::{
    Events, Interest, Poll, Token,
    event::Event,
    net::{TcpListener, TcpStream},
};
use request::Request;

use crate::{Way, epoch, ready, start};

const LISTENER: Token = Token(usize::MAX);

/// When what is published is written to those who follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writes {
    /// At once.
    EachMessage,
    /// When all that has been sent to this server is read: what is pending is joined.
    AllPending,
}

struct Server {
    poll: Poll,
    listener: TcpListener,
    clients: Vec<Option<Client>>,
    free: Vec<usize>,
    feed: Feed,
    writes: Writes,
    buffer: Vec<u8>,
}

/// What the program does until its input ends.
pub fn run(writes: Writes) -> io::Result<()> {
    let (way, listener) = start(&[Way::Polling, Way::LongPolling, Way::IframeStream, Way::Sse, Way::WebSocket])?;
    listener.set_nonblocking(true)?;
    let mut listener = TcpListener::from_std(listener);
    let poll = Poll::new()?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    ready(listener.local_addr()?);
    let feed = Feed::new(way, epoch());
    let buffer = vec![0; 256 * 1_024];

    Server { poll, listener, clients: Vec::new(), free: Vec::new(), feed, writes, buffer }.serve()
}

impl Server {
    fn serve(mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(1_024);
        loop {
            match self.poll.poll(&mut events, None) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            let newest = self.feed.newest();
            for event in &events {
                match event.token() {
                    LISTENER => self.accept()?,
                    Token(at) => self.look(at, event),
                }
            }
            if self.writes == Writes::AllPending && self.feed.newest() != newest {
                self.sweep();
            }
        }
    }

    fn accept(&mut self) -> io::Result<()> {
        loop {
            match self.listener.accept() {
                Ok((stream, _)) => self.add(stream)?,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => eprintln!("a client is not let in: {error}"),
            }
        }
    }

    fn add(&mut self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let at = self.free.pop().unwrap_or(self.clients.len());
        self.poll.registry().register(&mut stream, Token(at), Interest::READABLE | Interest::WRITABLE)?;
        if at == self.clients.len() {
            self.clients.push(None);
        }
        self.clients[at] = Some(Client::new(stream));
        Ok(())
    }

    /// A client has sent something, takes something again, or is gone.
    fn look(&mut self, at: usize, event: &Event) {
        let mut alive = true;
        if event.is_readable() {
            alive = self.read(at).is_ok();
        }
        if let Some(client) = &mut self.clients[at]
            && !(alive && self.feed.write(client).is_ok())
        {
            self.clients[at] = None; // drops it, and so closes it and takes it out of the epoll
            self.free.push(at);
        }
    }

    /// All that is there.
    fn read(&mut self, at: usize) -> io::Result<()> {
        loop {
            let Some(client) = &mut self.clients[at] else { return Ok(()) };
            match client.stream.read(&mut self.buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) if client.is_socket() => {} // what frames say is not looked at
                Ok(length) => {
                    client.input.extend_from_slice(&self.buffer[..length]);
                    self.answer(at)?;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    /// Each request that is whole.
    fn answer(&mut self, at: usize) -> io::Result<()> {
        while let Some(client) = &mut self.clients[at]
            && let Some((request, length)) = Request::read(&client.input)?
        {
            client.input.drain(..length);
            match request {
                Request::Publish(json) => {
                    client.output.extend_from_slice(if self.feed.publish(json) { CREATED } else { UNPROCESSABLE });
                    if self.writes == Writes::EachMessage {
                        self.sweep();
                    }
                }
                Request::Status => {
                    let open = self.clients.iter().flatten().filter(|client| client.is_open()).count();
                    let status = self.feed.status(open);
                    if let Some(client) = &mut self.clients[at] {
                        client.output.extend_from_slice(&status);
                    }
                }
                Request::Channel { after, key } => self.feed.begin(client, after, key.as_deref()),
                Request::Unknown => client.output.extend_from_slice(NOT_FOUND),
            }
        }
        Ok(())
    }

    /// All who follow get what they do not have yet.
    fn sweep(&mut self) {
        for client in self.clients.iter_mut().flatten() {
            if !matches!(client.state, State::Asking) && self.feed.write(client).is_err() {
                client.state = State::Asking; // its end is an event of its own
            }
        }
    }
}

const CREATED: &[u8] = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n";
const UNPROCESSABLE: &[u8] = b"HTTP/1.1 422 Unprocessable Content\r\nContent-Length: 0\r\n\r\n";
const NOT_FOUND: &[u8] = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
