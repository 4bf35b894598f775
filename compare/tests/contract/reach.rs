//! How a server is reached: at its address, and by TLS where it speaks that.

#[cfg(feature = "tls")]
use std::sync::Arc;
use std::{io, net::SocketAddr};

use compare::client::Stream;
use shared::testing::Server;
use tokio::net::TcpStream;
#[cfg(feature = "tls")]
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, pki_types::ServerName},
};

/// Where a server is, and what a client trusts there.
#[derive(Clone, Debug)]
pub(crate) struct Reach {
    pub(crate) address: SocketAddr,
    #[cfg(feature = "tls")]
    trust: Option<Arc<ClientConfig>>,
}

impl Reach {
    /// One of ours.
    pub(crate) fn of(server: &Server) -> Self {
        Self {
            address: server.address,
            #[cfg(feature = "tls")]
            trust: server.trust(),
        }
    }

    /// One that speaks in the clear.
    pub(crate) fn clear(address: SocketAddr) -> Self {
        Self {
            address,
            #[cfg(feature = "tls")]
            trust: None,
        }
    }

    /// The same by a relay.
    pub(crate) fn through(mut self, relay: SocketAddr) -> Self {
        self.address = relay;

        self
    }

    /// A new connection.
    pub(crate) async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;

        self.speak(stream).await
    }

    /// Speaks as the server does on a connection to it.
    pub(crate) async fn speak(&self, stream: TcpStream) -> io::Result<Box<dyn Stream>> {
        #[cfg(feature = "tls")]
        if let Some(trust) = &self.trust {
            let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
            return Ok(Box::new(TlsConnector::from(Arc::clone(trust)).connect(name, stream).await?));
        }
        Ok(Box::new(stream))
    }
}
