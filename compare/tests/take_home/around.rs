//! An App with two ways in it, and around it a server that lacks what a test wants it to lack.

use std::{
    any::Any,
    io,
    net::{SocketAddr, TcpListener},
    sync::mpsc::channel,
    thread::{JoinHandle, spawn},
    time::{Duration, Instant},
};

use actix_web::{
    App, Error, HttpRequest, HttpResponse, HttpServer,
    dev::Server,
    rt::{System, net::TcpStream},
    web::{self, Data, Payload},
};
use futures_util::FutureExt as _;
use shared::{Feed, Problem, Readers, Source, Start, feed::HISTORY, stop, testing::LIMIT};
use socket2::SockRef;

use crate::entry;

/// So long actix waits for open streams where nobody has told them to end; by default it is 30 s.
pub(crate) const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(4);

/// What a server does for the ways in it.
#[derive(Clone, Copy)]
pub(crate) struct Around {
    /// A client that has closed may still listen: actix's default.
    pub(crate) half_closed: bool,
    /// For how long TCP stays open when a connection is over.
    pub(crate) disconnect: Duration,
    /// After how long a peer that takes nothing is dropped.
    pub(crate) user_timeout: Option<Duration>,
    /// Readers are told of the stop.
    pub(crate) told: bool,
    /// So many readers may be open.
    pub(crate) most: usize,
}

impl Around {
    /// One that does all that it should.
    pub(crate) fn whole() -> Self {
        Self { half_closed: false, disconnect: Duration::ZERO, user_timeout: None, told: true, most: 10_000 }
    }
}

/// A server that runs. It ends when it is dropped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) readers: Readers,
    feed: Feed,
    told: bool,
    handle: actix_web::dev::ServerHandle,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Running {
    pub(crate) fn start(around: Around) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let readers = Readers::new(around.most);
        let feed = Feed::new(HISTORY);
        let source = Source::new(feed.clone(), readers.clone());
        let (sender, started) = channel();
        let told = around.told.then(|| readers.clone());
        let thread = spawn(move || {
            System::new().block_on(async move {
                let server = serve(listener, around, source)?;
                sender.send(server.handle()).map_err(io::Error::other)?;
                match told {
                    Some(readers) => stop::until_stopped(server, &readers).await,
                    None => server.await,
                }
            })
        });
        let handle = started.recv_timeout(LIMIT).unwrap();

        Self { address, readers, feed, told: around.told, handle, thread: Some(thread) }
    }

    /// Whether so many readers are open within this time.
    pub(crate) fn comes_to(&self, open: usize, within: Duration) -> bool {
        let until = Instant::now() + within;
        while self.readers.open() != open {
            if Instant::now() > until {
                return false;
            }
            std::thread::yield_now();
        }
        true
    }

    pub(crate) fn publish(&self, text: &str) {
        self.feed.publish(entry(text)).now_or_never().unwrap().unwrap();
    }

    /// Stops it, and waits for its end.
    pub(crate) fn end(mut self) {
        self.stop();
    }

    fn stop(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        if self.told {
            self.readers.stop();
        } else {
            drop(self.handle.stop(true)); // the command is sent at once
        }
        thread.join().unwrap().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.readers.stop();
        self.stop();
    }
}

fn serve(listener: TcpListener, around: Around, source: Source) -> io::Result<Server> {
    let data = Data::new(source);
    let app = move || {
        App::new()
            .app_data(data.clone())
            .route("/events", web::get().to(events))
            .route("/socket", web::get().to(socket))
    };
    let server = HttpServer::new(app)
        .workers(1)
        .h1_allow_half_closed(around.half_closed)
        .client_disconnect_timeout(around.disconnect)
        .shutdown_timeout(SHUTDOWN_TIMEOUT.as_secs())
        .on_connect(move |connection, _| give_up(connection, around.user_timeout))
        .disable_signals()
        .listen(listener)?;

    Ok(server.run())
}

#[cfg(target_os = "linux")]
fn give_up(connection: &dyn Any, after: Option<Duration>) {
    let stream: &TcpStream = connection.downcast_ref().unwrap();
    if after.is_some() {
        SockRef::from(stream).set_tcp_user_timeout(after).unwrap();
    }
}

#[cfg(not(target_os = "linux"))]
fn give_up(_connection: &dyn Any, _after: Option<Duration>) {}

async fn events(request: HttpRequest, source: Data<Source>, start: Start) -> Result<HttpResponse, Problem> {
    let settings = sse::Settings { heartbeat: Duration::ZERO, ..sse::Settings::default() };

    sse::respond(&request, &source, start, &settings).await
}

async fn socket(
    request: HttpRequest,
    payload: Payload,
    source: Data<Source>,
    start: Start,
) -> Result<HttpResponse, Error> {
    let refuse = async |_text| Err(Problem::bad_request("nobody publishes here"));

    websocket::respond(&request, payload, &source, start, &websocket::Settings::default(), refuse).await
}
