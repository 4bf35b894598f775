//! A server by TLS, and connections of HTTP/2 to it.

use std::{sync::Arc, time::Duration};

use actix_web::web::Bytes;
use compare::transports::{ALL, Row};
use h2::{
    RecvStream,
    client::{Builder, ResponseFuture, SendRequest},
};
use http::{HeaderMap, Method, Request, Version};
use serde_json::Value;
use shared::{
    Feed,
    feed::HISTORY,
    testing::{LIMIT, Server, feed},
};
use tempfile::TempDir;
use tokio::{
    net::TcpStream,
    spawn,
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring::default_provider,
        pki_types::{CertificateDer, ServerName, pem::PemObject as _},
    },
};

/// The type of a body that can be published.
pub(crate) const PLAIN: (&str, &str) = ("content-type", "text/plain");

/// The four that go over HTTP/2.
pub(crate) fn four() -> impl Iterator<Item = Row> {
    ALL.into_iter().filter(|row| !row.two_way)
}

/// A server of one of the five that speaks TLS.
#[derive(Debug)]
pub(crate) struct Secure {
    pub(crate) row: Row,
    pub(crate) server: Server,
    folder: TempDir,
}

impl Secure {
    /// With these options; those of others of the five are left out.
    pub(crate) fn start(row: &Row, options: &[&str]) -> Self {
        Self::on(feed(HISTORY), row, options)
    }

    /// On this feed.
    pub(crate) fn on(feed: Feed, row: &Row, options: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("there is room");
        let place = folder.path().to_str().expect("it is UTF-8");
        let secure = ["--tls-self-signed", "--tls-folder", place];
        let server = Server::on(feed, row.transport, &[&secure[..], &row.options(options)].concat());

        Self { row: *row, server, folder }
    }

    /// A TLS connection that offers these protocols.
    pub(crate) async fn tls(&self, protocols: &[&[u8]]) -> TlsStream<TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate().await).expect("it is one");
        let versions = ClientConfig::builder_with_provider(Arc::new(default_provider()));
        let versions = versions.with_safe_default_protocol_versions().expect("ring has them");
        let mut config = versions.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        let stream = TcpStream::connect(self.server.address).await.expect("it listens");
        let name = ServerName::try_from("localhost").expect("it is one");

        TlsConnector::from(Arc::new(config)).connect(name, stream).await.expect("its certificate is trusted")
    }

    /// The server makes it when it starts.
    async fn certificate(&self) -> CertificateDer<'static> {
        let file = self.folder.path().join("localhost.pem");
        let since = Instant::now();
        loop {
            match CertificateDer::from_pem_file(&file) {
                Ok(certificate) => return certificate,
                Err(error) => assert!(since.elapsed() < LIMIT, "{}: {error}", file.display()),
            }
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// A connection.
    pub(crate) async fn peer(&self) -> Peer {
        self.peer_as(&mut Builder::new()).await
    }

    /// One with these settings.
    pub(crate) async fn peer_as(&self, settings: &mut Builder) -> Peer {
        let stream = self.tls(&[b"h2", b"http/1.1"]).await;
        let (send, connection) = settings.enable_push(false).handshake(stream).await.expect("it speaks HTTP/2");
        let connection = spawn(connection);

        Peer { send, connection, host: format!("localhost:{}", self.server.address.port()) }
    }

    /// Waits until so many are open.
    pub(crate) async fn until_open(&self, count: usize) {
        let peer = self.peer().await;
        let since = Instant::now();
        loop {
            let open = peer.get("/status").await.json()["open"].as_u64();
            if open == Some(count as u64) {
                return;
            }
            assert!(since.elapsed() < LIMIT, "{}: {open:?} are open, not {count}", self.row.transport.name);
            sleep(Duration::from_millis(20)).await;
        }
    }
}

/// One connection. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Peer {
    send: SendRequest<Bytes>,
    /// Drives it, until it has ended.
    pub(crate) connection: JoinHandle<Result<(), h2::Error>>,
    host: String,
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

impl Peer {
    /// A request to this server.
    pub(crate) fn request(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Request<()> {
        request(&format!("https://{}{path}", self.host), method, headers)
    }

    /// Sends it with a body, or none, and gives what the answer will be.
    pub(crate) async fn open(&self, request: Request<()>, body: &[u8]) -> Result<ResponseFuture, h2::Error> {
        let mut send = timeout(LIMIT, self.send.clone().ready()).await.expect("there is room for a stream")?;
        let (answer, mut stream) = send.send_request(request, body.is_empty())?;
        if !body.is_empty() {
            stream.send_data(Bytes::copy_from_slice(body), true)?;
        }

        Ok(answer)
    }

    /// The head of the answer, and its body.
    pub(crate) async fn head(&self, request: Request<()>, body: &[u8]) -> Result<(Answer, RecvStream), h2::Error> {
        let answer = timeout(LIMIT, self.open(request, body).await?).await.expect("it is answered")?;
        let (head, body) = answer.into_parts();
        let answer = Answer { status: head.status.as_u16(), headers: head.headers, body: String::new() };

        Ok((answer, body))
    }

    /// The whole answer to a request.
    pub(crate) async fn answer(&self, request: Request<()>, body: &[u8]) -> Result<Answer, h2::Error> {
        let (mut answer, mut rest) = self.head(request, body).await?;
        while let Some(bytes) = timeout(LIMIT, rest.data()).await.expect("the body comes").transpose()? {
            rest.flow_control().release_capacity(bytes.len())?;
            answer.body += str::from_utf8(&bytes).expect("it is UTF-8");
        }

        Ok(answer)
    }

    /// Asks, and must be answered.
    pub(crate) async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let answer = self.answer(self.request(method, path, headers), body).await;

        answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// Asks by GET.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], b"").await
    }

    /// Publishes a text.
    pub(crate) async fn post(&self, headers: &[(&str, &str)], text: &[u8]) -> Answer {
        self.ask("POST", "/messages", &[&[PLAIN], headers].concat(), text).await
    }

    /// Sends requests.
    pub(crate) fn sender(&self) -> SendRequest<Bytes> {
        self.send.clone()
    }
}

/// A request for this target, which is `:authority` too. One without a host is sent without it.
pub(crate) fn request(target: &str, method: &str, headers: &[(&str, &str)]) -> Request<()> {
    let version = if target.starts_with('/') { Version::HTTP_11 } else { Version::HTTP_2 };
    let method: Method = method.parse().expect("it is one");
    let asked = Request::builder().method(method).uri(target).version(version);

    headers.iter().fold(asked, |asked, (name, value)| asked.header(*name, *value)).body(()).expect("it is one")
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("it is ASCII"))
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Fails unless it is an error of this status, as all errors are.
    pub(crate) fn assert_refused(&self, status: u16, what: &str) {
        assert_eq!(self.status, status, "{what}: {self:?}");
        assert_eq!(self.header("content-type"), Some("application/json"), "{what}: {self:?}");
        assert!(self.json()["error"].as_str().is_some_and(|text| text.len() > 10), "{what}: {self:?}");
    }
}
