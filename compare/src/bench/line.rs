//! How a server is spoken to: in the clear or by TLS, and in which HTTP.

use std::{fmt, io, net::SocketAddr, path::Path};

use serde::Serialize;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

use super::stream::Stream;
#[cfg(feature = "tls")]
use super::tls;

/// A server and its clients agree on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Line {
    /// HTTP/1.1 on TCP.
    Clear,
    /// HTTP/1.1 by TLS.
    Tls,
    /// HTTP/2 by TLS, with a connection for each client.
    H2,
    /// HTTP/2 by TLS, with many clients on a connection, each a stream.
    Shared,
}

impl Line {
    /// All, in the order of the tables.
    pub(crate) const ALL: [Self; 4] = [Self::Clear, Self::Tls, Self::H2, Self::Shared];

    /// How it is called in tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Clear => "HTTP/1.1",
            Self::Tls => "HTTP/1.1, TLS",
            Self::H2 => "HTTP/2, TLS, a connection each",
            Self::Shared => "HTTP/2, TLS, 100 to a connection",
        }
    }

    /// Whether it is HTTP/2.
    pub(crate) fn is_h2(self) -> bool {
        matches!(self, Self::H2 | Self::Shared)
    }

    /// For who publishes and asks how a server is: HTTP/1.1, by TLS where it must be.
    pub(crate) fn plain(self) -> Self {
        if self == Self::Clear { Self::Clear } else { Self::Tls }
    }

    /// What is asked for in the handshake of TLS (RFC 7301).
    #[cfg(feature = "tls")]
    fn protocol(self) -> &'static [u8] {
        if self.is_h2() { b"h2" } else { b"http/1.1" }
    }
}

/// Connects by a line.
#[derive(Clone)]
pub(crate) struct Connector {
    line: Line,
    #[cfg(feature = "tls")]
    tls: Option<tokio_rustls::TlsConnector>,
}

impl Connector {
    /// In the clear.
    pub(crate) fn clear() -> Self {
        Self {
            line: Line::Clear,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }

    /// Of a line; where it is TLS, the certificate is the only one that is trusted.
    ///
    /// # Errors
    /// When there is no certificate, or TLS is not built in.
    pub(crate) fn of(line: Line, certificate: Option<&Path>) -> io::Result<Self> {
        #[cfg(feature = "tls")]
        return match (line, certificate) {
            (Line::Clear, _) => Ok(Self::clear()),
            (_, Some(file)) => Ok(Self { line, tls: Some(tls::connector(file, line.protocol())?) }),
            (_, None) => Err(io::Error::other("by TLS a certificate must be known")),
        };
        #[cfg(not(feature = "tls"))]
        match (line, certificate) {
            (Line::Clear, None) => Ok(Self::clear()),
            _ => Err(io::Error::other("TLS is not built in: add --features tls")),
        }
    }

    /// Which line it is.
    #[cfg(feature = "tls")]
    pub(crate) fn line(&self) -> Line {
        self.line
    }

    /// A new connection.
    ///
    /// # Errors
    /// When the server cannot be reached, or speaks otherwise.
    pub(crate) async fn connect(&self, address: SocketAddr) -> io::Result<Stream> {
        self.over(TcpStream::connect(address).await?).await
    }

    /// The same on a connection that is open already.
    ///
    /// # Errors
    /// When the server speaks otherwise.
    pub(crate) async fn over<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S) -> io::Result<Stream<S>> {
        #[cfg(feature = "tls")]
        if let Some(connector) = &self.tls {
            return tls::connect(connector, stream, self.line.protocol()).await.map(Stream::Tls);
        }

        Ok(Stream::Clear(stream))
    }

    /// The origin of a server at this address, as a page of it has it.
    pub(crate) fn origin(&self, address: SocketAddr) -> String {
        let scheme = if self.line == Line::Clear { "http" } else { "https" };

        format!("{scheme}://{address}")
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Connector").field(&self.line).finish()
    }
}
