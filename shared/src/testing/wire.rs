//! A raw connection.

use std::{
    io::{self, Read, Write as _},
    net::{Shutdown, SocketAddr, TcpStream},
    time::Duration,
};

#[cfg(feature = "tls")]
use std::{path::Path, sync::Arc};

#[cfg(feature = "tls")]
use rustls::ClientConfig;

use super::LIMIT;
#[cfg(feature = "tls")]
use super::secure::{Secure, trusting};

/// A raw connection. Every wait ends after [`LIMIT`] with a panic that shows what has come.
#[derive(Debug)]
pub struct Wire {
    /// The connection itself; what passes it is encrypted where TLS is spoken.
    pub stream: TcpStream,
    #[cfg(feature = "tls")]
    secure: Option<Secure>,
    pending: Vec<u8>,
}

impl Wire {
    /// A new connection.
    pub fn to(address: SocketAddr) -> Self {
        Self::on(TcpStream::connect(address).expect("the server listens"))
    }

    /// One that is open already.
    pub fn on(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(LIMIT)).expect("the limit is not zero");
        stream.set_nodelay(true).expect("the socket is open");

        Self {
            stream,
            #[cfg(feature = "tls")]
            secure: None,
            pending: Vec::new(),
        }
    }

    /// A new connection by TLS, which trusts the certificate in this file and no other.
    ///
    /// # Errors
    /// When there is no server, or it shows another certificate.
    #[cfg(feature = "tls")]
    pub fn secure(address: SocketAddr, certificate: &Path) -> io::Result<Self> {
        Self::trusting(TcpStream::connect(address)?, trusting(certificate))
    }

    /// The same on one that is open already.
    #[cfg(feature = "tls")]
    pub(super) fn trusting(mut stream: TcpStream, config: Arc<ClientConfig>) -> io::Result<Self> {
        stream.set_read_timeout(Some(LIMIT)).expect("the limit is not zero");
        let secure = Secure::shake_hands(&mut stream, config)?;

        Ok(Self { secure: Some(secure), ..Self::on(stream) })
    }

    /// Sends bytes.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.sender().send(bytes.as_ref()).expect("the server takes it");
    }

    /// What sends on this connection, while it is read elsewhere.
    pub fn sender(&self) -> Sender {
        Sender {
            stream: self.stream.try_clone().expect("the socket is open"),
            #[cfg(feature = "tls")]
            secure: self.secure.clone(),
        }
    }

    /// Says that nothing more will be sent, and goes on reading.
    pub fn end_sending(&self) {
        #[cfg(feature = "tls")]
        if let Some(secure) = &self.secure {
            (&self.stream).write_all(&secure.goodbye()).expect("the server takes it");
        }
        self.stream.shutdown(Shutdown::Write).expect("the socket is open");
    }

    /// Whether nothing comes for so long, and the server does not close.
    pub fn is_silent_for(&mut self, pause: Duration) -> bool {
        self.stream.set_read_timeout(Some(pause)).expect("not zero");
        let read = self.read_more();
        self.stream.set_read_timeout(Some(LIMIT)).expect("the limit is not zero");

        self.pending.is_empty() && read.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Reads until the server closes; what is wrong with that, and what came before, else.
    pub fn read_to_the_end(&mut self, patience: Duration) -> (io::Result<()>, Vec<u8>) {
        self.stream.set_read_timeout(Some(patience)).expect("not zero");
        let end = loop {
            match self.read_more() {
                Ok(0) => break Ok(()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };

        (end, self.pending.drain(..).collect())
    }

    /// Reads up to and including `end`, and gives it as text.
    pub fn until(&mut self, end: &str) -> String {
        let found = |bytes: &[u8]| bytes.windows(end.len()).position(|part| part == end.as_bytes());
        loop {
            if let Some(at) = found(&self.pending) {
                return text(self.pending.drain(..at + end.len()).collect());
            }
            assert!(self.more(), "closed before {end:?}: {}", String::from_utf8_lossy(&self.pending));
        }
    }

    /// Reads the head of an answer: its status line, then its headers in alphabetical order, without the date.
    pub fn head(&mut self) -> Vec<String> {
        let head = self.until("\r\n\r\n");
        let lines = head.trim_end().split("\r\n").filter(|line| !line.starts_with("date: "));
        let mut lines: Vec<String> = lines.map(str::to_owned).collect();
        lines[1..].sort_unstable();

        lines
    }

    /// Reads one chunk of a chunked body and gives what is in it; nothing is in the last.
    pub fn chunk(&mut self) -> String {
        let line = self.until("\r\n");
        let size = usize::from_str_radix(line.trim_end(), 16);
        let mut chunk = self.exactly(size.unwrap_or_else(|_| panic!("no size of a chunk: {line:?}")) + "\r\n".len());
        let data = chunk.drain(..chunk.len() - "\r\n".len()).collect();
        assert_eq!(chunk, b"\r\n", "the end of a chunk");

        text(data)
    }

    /// Reads so many bytes.
    pub fn exactly(&mut self, count: usize) -> Vec<u8> {
        while self.pending.len() < count {
            assert!(self.more(), "closed before {count} bytes: {:?}", self.pending);
        }
        self.pending.drain(..count).collect()
    }

    /// Reads until the server closes, and gives it as text.
    pub fn rest(&mut self) -> String {
        text(self.remaining())
    }

    /// Reads until the server closes.
    pub fn remaining(&mut self) -> Vec<u8> {
        while self.more() {}

        self.pending.drain(..).collect()
    }

    /// Reads what comes; false when the server has closed.
    fn more(&mut self) -> bool {
        match self.read_more() {
            Ok(count) => count > 0,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => true,
            Err(error) => panic!("{error} after {:?}", String::from_utf8_lossy(&self.pending)),
        }
    }

    /// How many bytes have come, what TLS says for itself included; 0 when the server has closed.
    fn read_more(&mut self) -> io::Result<usize> {
        let mut bytes = [0; 64 * 1_024];
        let count = self.stream.read(&mut bytes)?;
        #[cfg(feature = "tls")]
        if let Some(secure) = &self.secure {
            secure.decrypt(&bytes[..count], &mut self.pending)?;
            return Ok(count);
        }
        self.pending.extend_from_slice(&bytes[..count]);

        Ok(count)
    }
}

/// Sends on a connection.
#[derive(Debug)]
pub struct Sender {
    stream: TcpStream,
    #[cfg(feature = "tls")]
    secure: Option<Secure>,
}

impl Sender {
    /// Sends bytes.
    ///
    /// # Errors
    /// When the server takes no more.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        #[cfg(feature = "tls")]
        if let Some(secure) = &self.secure {
            return self.stream.write_all(&secure.encrypt(bytes)?);
        }
        self.stream.write_all(bytes)
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("the server writes UTF-8")
}
