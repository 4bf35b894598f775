//! A client that asks one thing after the other on one connection. What passes there is counted twice: as HTTP has it, and as
//! TCP has it.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

#[cfg(feature = "tls")]
use actix_web::web::Bytes;
#[cfg(feature = "tls")]
use h2::client::SendRequest;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

#[cfg(feature = "tls")]
use crate::bench::http2;
use crate::{
    bench::{
        counted::{Counted, Passed},
        heads,
        line::Connector,
    },
    transports::Row,
    wire::Brief,
};

/// An answer comes within this, or never.
const LIMIT: Duration = Duration::from_secs(10);
/// What may be read at once.
const BUFFER: usize = 16 * 1_024;

/// One client of a way.
pub(super) struct Asker {
    row: Row,
    origin: String,
    connection: Connection,
    http: Count,
    tcp: Count,
}

enum Connection {
    Http1(Box<dyn Duplex>),
    #[cfg(feature = "tls")]
    Http2(SendRequest<Bytes>),
}

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Duplex for S {}

/// Bytes up, and down.
#[derive(Clone, Default)]
struct Count(Arc<[AtomicU64; 2]>);

impl Count {
    fn teller(&self) -> impl FnMut(Passed) + Send + Unpin + use<> {
        let Self(count) = self.clone();

        move |passed| {
            let (at, bytes) = match passed {
                Passed::Up(bytes) => (0, bytes),
                Passed::Down(bytes) => (1, bytes),
            };
            count[at].fetch_add(bytes, Ordering::Relaxed);
        }
    }

    fn so_far(&self) -> [u64; 2] {
        [0, 1].map(|at| self.0[at].load(Ordering::Relaxed))
    }
}

impl Asker {
    /// Connects.
    ///
    /// # Errors
    /// When the server cannot be reached, or speaks otherwise.
    pub(super) async fn open(row: Row, address: SocketAddr, connector: &Connector) -> io::Result<Self> {
        let (http, tcp) = (Count::default(), Count::default());
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let stream = Counted::new(connector.over(Counted::new(stream, tcp.teller())).await?, http.teller());
        #[cfg(feature = "tls")]
        let connection = if connector.line().is_h2() {
            Connection::Http2(http2::open(stream).await?)
        } else {
            Connection::Http1(Box::new(stream))
        };
        #[cfg(not(feature = "tls"))]
        let connection = Connection::Http1(Box::new(stream));

        Ok(Self { row, origin: connector.origin(address), connection, http, tcp })
    }

    /// Bytes up and down, of HTTP with its heads, and of TCP.
    pub(super) fn so_far(&self) -> [[u64; 2]; 2] {
        [self.http.so_far(), self.tcp.so_far()]
    }

    /// Asks for a target; gives what came until the answer ended, or is enough.
    ///
    /// # Errors
    /// When it comes too late, or not at all.
    pub(super) async fn get(&mut self, target: &str, is_enough: impl Fn(&[u8]) -> bool) -> io::Result<Vec<u8>> {
        let way = self.row.transport.name;
        let answer = async {
            match &mut self.connection {
                Connection::Http1(stream) => {
                    let request = heads::get(way, &self.origin, target, "");
                    let ends = |bytes: &[u8]| !self.row.streams && is_whole(bytes);
                    http1(stream, &request, |bytes| ends(bytes) || is_enough(bytes)).await
                }
                #[cfg(feature = "tls")]
                Connection::Http2(requests) => http2(requests, http2::get(way, &self.origin, target)?, is_enough).await,
            }
        };

        timeout(LIMIT, answer).await.map_err(|_| io::Error::other("nothing came"))?
    }
}

async fn http1(stream: &mut Box<dyn Duplex>, request: &[u8], is_enough: impl Fn(&[u8]) -> bool) -> io::Result<Vec<u8>> {
    stream.write_all(request).await?;
    stream.flush().await?;
    let mut bytes = Vec::with_capacity(BUFFER);
    while !is_enough(&bytes) {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }

    Ok(bytes)
}

/// Of an answer that says how long it is.
fn is_whole(bytes: &[u8]) -> bool {
    matches!(Brief::parse(bytes), Ok(Some(head)) if bytes.len() >= head.length.saturating_add(head.body))
}

#[cfg(feature = "tls")]
async fn http2(
    requests: &mut SendRequest<Bytes>,
    request: http::Request<()>,
    is_enough: impl Fn(&[u8]) -> bool,
) -> io::Result<Vec<u8>> {
    let (answer, _) = requests.send_request(request, true).map_err(io::Error::other)?;
    let mut body = answer.await.map_err(io::Error::other)?.into_body();
    let mut bytes = Vec::new();
    while !is_enough(&bytes) {
        let Some(piece) = body.data().await else { break };
        let piece = piece.map_err(io::Error::other)?;
        body.flow_control().release_capacity(piece.len()).map_err(io::Error::other)?;
        bytes.extend_from_slice(&piece);
    }

    Ok(bytes)
}
