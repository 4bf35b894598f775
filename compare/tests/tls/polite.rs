//! A client that says goodbye, as TLS has it, and a server that must be told to listen to that.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    path::Path,
    sync::mpsc::channel,
    thread::{JoinHandle, spawn},
    time::{Duration, Instant},
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    rt::System,
    web::{self, Data},
};
use shared::{
    Feed, Problem, Readers, Source, Start,
    feed::HISTORY,
    stop,
    testing::{LIMIT, Wire},
};
use tempfile::TempDir;
use tokio_rustls::rustls::{
    ServerConfig,
    crypto::ring::default_provider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};

use crate::made;

/// Nothing else ends a silent stream in this time.
const UNNOTICED: Duration = Duration::from_secs(2);

#[test]
fn without_it_a_client_that_says_goodbye_goes_unnoticed() {
    let folder = TempDir::new().unwrap();
    let [cert, key] = made(folder.path());
    let [with, without] = [false, true].map(|half_closed| Running::start(half_closed, &cert, &key));

    let _leaving = [&with, &without].map(|server| {
        let mut wire = Wire::secure(server.address, &cert).unwrap();
        wire.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        wire.until("\r\n\r\n");
        assert!(server.comes_to(1, LIMIT));
        wire.end_sending();
        wire
    });

    assert!(with.comes_to(0, LIMIT));
    assert!(!without.comes_to(0, UNNOTICED), "actix notices by itself: drop the advice");
}

/// A server that runs. It ends when it is dropped.
struct Running {
    address: SocketAddr,
    readers: Readers,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Running {
    fn start(half_closed: bool, cert: &Path, key: &Path) -> Self {
        let config = config(cert, key);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let readers = Readers::new(10);
        let source = Data::new(Source::new(Feed::new(HISTORY), readers.clone()));
        let (ending, (sender, started)) = (readers.clone(), channel());
        let thread = spawn(move || {
            System::new().block_on(async move {
                let app = move || App::new().app_data(source.clone()).route("/", web::get().to(events));
                let server = HttpServer::new(app).workers(1).disable_signals().h1_allow_half_closed(half_closed);
                let server = server.listen_rustls_0_23(listener, config)?.run();
                sender.send(()).map_err(io::Error::other)?;
                stop::until_stopped(server, &ending).await
            })
        });
        started.recv_timeout(LIMIT).unwrap();

        Self { address, readers, thread: Some(thread) }
    }

    /// Whether so many readers are open within this time.
    fn comes_to(&self, open: usize, within: Duration) -> bool {
        let until = Instant::now() + within;
        while self.readers.open() != open {
            if Instant::now() > until {
                return false;
            }
            std::thread::yield_now();
        }
        true
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.readers.stop();
        self.thread.take().map(JoinHandle::join);
    }
}

fn config(cert: &Path, key: &Path) -> ServerConfig {
    let versions = ServerConfig::builder_with_provider(default_provider().into()).with_safe_default_protocol_versions();
    let chain = vec![CertificateDer::from_pem_file(cert).unwrap()];

    versions.unwrap().with_no_client_auth().with_single_cert(chain, PrivateKeyDer::from_pem_file(key).unwrap()).unwrap()
}

async fn events(request: HttpRequest, source: Data<Source>, start: Start) -> Result<HttpResponse, Problem> {
    let settings = sse::Settings { heartbeat: Duration::ZERO, ..sse::Settings::default() };

    sse::respond(&request, &source, start, &settings).await
}
