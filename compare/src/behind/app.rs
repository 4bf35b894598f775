//! All five ways in one App, at paths of its own: `/notes/ROOM/WAY`. Each room is a feed, and each way in it has readers of its
//! own, so that it can be asked who is there.

use std::{
    any::Any,
    collections::HashMap,
    convert::Infallible,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    thread::{JoinHandle, spawn},
    time::Duration,
};

use actix_web::{
    App as Routes, HttpRequest, HttpResponse, HttpServer,
    http::Method,
    rt::{System, net::TcpStream},
    web::{self, Bytes, Data, Payload, ServiceConfig},
};
use futures_util::stream;
use shared::{
    Cursor, Origin, Problem, Readers, Source, Start, Topics, post,
    shell::{Kind, Note, Site, Text, bind},
    stop, topics,
};
use socket2::SockRef;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// The names of the ways in a path, in the order of the table of the five.
pub const PATHS: [&str; 5] = ["poll", "long-poll", "iframe", "events", "socket"];
/// An origin whose pages may publish there, besides its own: the contract asks for it.
const ALLOWED: &str = "https://app.example";
/// In a room whose name begins so, a long poll is held for longer than most proxies wait.
pub(super) const LONG: &str = "long";
/// For so long.
pub(super) const LONG_HOLD: Duration = Duration::from_secs(40);
/// At this path the body comes so long after the head.
pub(super) const LATE: (&str, Duration) = ("/late", Duration::from_secs(2));
/// Of each way, and of rooms.
const MOST: usize = 10_000;

/// A server that runs, in threads of its own. It ends when this is dropped.
#[derive(Debug)]
pub struct App {
    /// Where it listens.
    pub address: SocketAddr,
    rooms: Rooms,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl App {
    /// Starts it on a free port.
    ///
    /// # Errors
    /// When it cannot listen.
    pub fn start() -> io::Result<Self> {
        let listener = bind((Ipv4Addr::LOCALHOST, 0).into())?;
        let address = listener.local_addr()?;
        let rooms = Rooms::new();
        let served = Data::new(rooms.clone());
        let readers = rooms.all.clone();
        let serve = async move {
            let server = HttpServer::new(move || Routes::new().app_data(served.clone()).configure(routes))
                .workers(1)
                .h1_allow_half_closed(false)
                .tcp_nodelay(true)
                .client_disconnect_timeout(Duration::ZERO)
                .on_connect(|connection, _| send_at_once(connection))
                .disable_signals()
                .listen(listener)?;

            stop::until_stopped(server.run(), &readers).await
        };
        let thread = Some(spawn(move || System::new().block_on(serve)));

        Ok(Self { address, rooms, thread })
    }

    /// How many read a room by this way now.
    pub(super) fn open(&self, room: &str, way: &str) -> usize {
        self.rooms.seen(&place(room, way)).map_or(0, |seen| seen.readers.open())
    }

    /// How often a room was asked for by this way.
    pub(super) fn asked(&self, room: &str, way: &str) -> usize {
        self.rooms.seen(&place(room, way)).map_or(0, |seen| seen.times)
    }

    /// Publishes a text in a room, without what stands between.
    pub(super) async fn publish(&self, room: &str, text: String) -> io::Result<()> {
        let source = self.rooms.topics.source(room).map_err(io::Error::other)?;
        let text = Text::try_from(text).map_err(io::Error::other)?;
        let note = Note { kind: Kind::Message, text };

        note.publish(source.feed()).await.map(drop).map_err(io::Error::other)
    }

    /// The newest place of a room.
    pub(super) async fn newest(&self, room: &str) -> io::Result<Cursor> {
        let source = self.rooms.topics.source(room).map_err(io::Error::other)?;
        let status = source.feed().status().await.map_err(io::Error::other)?;

        Ok(status.newest)
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.rooms.all.stop();
        if let Some(thread) = self.thread.take() {
            thread.join().ok(); // what it ended with matters to nobody any more
        }
    }
}

/// What waits is sent.
fn send_at_once(connection: &dyn Any) {
    if let Some(stream) = connection.downcast_ref::<TcpStream>() {
        SockRef::from(stream).set_tcp_nodelay(true).ok(); // it is only later
    }
}

/// The feeds, and who reads them by which way.
#[derive(Clone, Debug)]
struct Rooms {
    topics: Topics,
    stop: CancellationToken,
    /// For the end of the server.
    all: Readers,
    seen: Arc<Mutex<HashMap<String, Seen>>>,
}

/// Of one way in a room.
#[derive(Clone, Debug)]
struct Seen {
    readers: Readers,
    times: usize,
}

impl Rooms {
    fn new() -> Self {
        let stop = CancellationToken::new();
        let all = Readers::until(stop.clone(), MOST);
        let settings = topics::Settings { most: MOST, ..topics::Settings::default() };

        Self { topics: Topics::new(all.clone(), settings), stop, all, seen: Arc::default() }
    }

    /// What the path of a request names, with readers of this way alone.
    fn source(&self, request: &HttpRequest) -> Result<Source, Problem> {
        let room = request.match_info().query("room");
        let way = request.path().rsplit('/').next().unwrap_or_default();
        let feed = self.topics.source(room)?.feed().clone();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Seen { readers: Readers::until(self.stop.clone(), MOST), times: 0 };
        let seen = seen.entry(place(room, way)).or_insert_with(new);
        seen.times += usize::from(request.method() == Method::GET);

        Ok(Source::new(feed, seen.readers.clone()))
    }

    fn seen(&self, place: &str) -> Option<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(place).cloned()
    }
}

fn place(room: &str, way: &str) -> String {
    format!("{room}/{way}")
}

fn routes(config: &mut ServiceConfig) {
    let way = |name: &str| web::resource(format!("/notes/{{room}}/{name}")).route(web::post().to(say));
    let [poll_at, long_poll_at, iframe_at, events_at, socket_at] = PATHS;
    config
        .service(way(poll_at).route(web::get().to(poll)))
        .service(way(long_poll_at).route(web::get().to(long_poll)))
        .service(way(iframe_at).route(web::get().to(iframe)))
        .service(way(events_at).route(web::get().to(events)))
        .service(way(socket_at).route(web::get().to(socket)))
        .service(web::resource(LATE.0).route(web::get().to(late)));
}

async fn say(request: HttpRequest, body: Bytes, rooms: Data<Rooms>) -> Result<HttpResponse, Problem> {
    let settings = post::Settings { origins: allowed(), ..post::Settings::default() };

    post::respond(&request, body, &rooms.source(&request)?, &settings, async |text| Site::entry(text)).await
}

async fn poll(request: HttpRequest, rooms: Data<Rooms>, start: Start) -> Result<HttpResponse, Problem> {
    polling::respond(&request, &rooms.source(&request)?, start).await
}

async fn long_poll(request: HttpRequest, rooms: Data<Rooms>, start: Start) -> Result<HttpResponse, Problem> {
    let usual = long_polling::Settings::default();
    let is_long = request.match_info().query("room").starts_with(LONG);
    let settings = if is_long { long_polling::Settings { hold: LONG_HOLD } } else { usual };

    long_polling::respond(&request, &rooms.source(&request)?, start, &settings).await
}

async fn iframe(request: HttpRequest, rooms: Data<Rooms>, start: Start) -> Result<HttpResponse, Problem> {
    iframe_stream::respond(&request, &rooms.source(&request)?, start, &iframe_stream::Settings::default()).await
}

async fn events(request: HttpRequest, rooms: Data<Rooms>, start: Start) -> Result<HttpResponse, Problem> {
    sse::respond(&request, &rooms.source(&request)?, start, &sse::Settings::default()).await
}

async fn socket(
    request: HttpRequest,
    payload: Payload,
    rooms: Data<Rooms>,
    start: Start,
) -> Result<HttpResponse, actix_web::Error> {
    let settings = websocket::Settings { origins: allowed(), ..websocket::Settings::default() };
    let source = rooms.source(&request)?;

    websocket::respond(&request, payload, &source, start, &settings, async |text| Site::entry(text)).await
}

/// A head, and long after it a body.
async fn late() -> HttpResponse {
    let body = async {
        sleep(LATE.1).await;
        Ok::<_, Infallible>(Bytes::from_static(b"late"))
    };

    HttpResponse::Ok().streaming(stream::once(body))
}

fn allowed() -> Vec<Origin> {
    vec![ALLOWED.parse().expect("it is one")]
}
