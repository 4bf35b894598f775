//! The App of `minimal.rs` on Redis: any number of these programs have the same rooms, and a client may come to any of them.

use std::{
    collections::HashMap,
    env, io,
    sync::{Arc, Mutex, PoisonError},
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde::{Deserialize, Serialize};
use shared::{Entry, Feed, Problem, Readers, Source, Start, post, redis::Settings, stop};
use tokio::sync::OnceCell;

/// So many rooms there are at most: each takes connections to Redis.
const MOST: usize = 1_000;

#[derive(Deserialize, Serialize)]
struct Chat {
    name: String,
    words: String,
}

/// Each room is a feed there, followed by this program once somebody has come to it.
struct Rooms {
    redis: String,
    readers: Readers,
    feeds: Mutex<HashMap<String, Arc<OnceCell<Feed>>>>,
}

impl Rooms {
    async fn source(&self, name: &str) -> Result<Source, Problem> {
        let settings = Settings { name: format!("room:{name}"), ..Settings::default() };
        let opened = self.room(name)?;
        let feed = opened.get_or_try_init(|| Feed::shared(&self.redis, settings)).await;

        Ok(Source::new(feed.map_err(|error| Problem::unavailable(error, 5))?.clone(), self.readers.clone()))
    }

    fn room(&self, name: &str) -> Result<Arc<OnceCell<Feed>>, Problem> {
        let mut feeds = self.feeds.lock().unwrap_or_else(PoisonError::into_inner);
        if feeds.len() >= MOST && !feeds.contains_key(name) {
            return Err(Problem::unavailable("there are too many rooms: try again later", 30));
        }

        Ok(Arc::clone(feeds.entry(name.to_owned()).or_default()))
    }
}

async fn entry(text: String) -> Result<Entry, Problem> {
    let chat: Chat = serde_json::from_str(&text).map_err(Problem::bad_request)?;
    Ok(Entry::new(&chat)?)
}

type Room = web::Path<String>;
type All = web::Data<Rooms>;

async fn listen(request: HttpRequest, room: Room, rooms: All, start: Start) -> Result<HttpResponse, Problem> {
    sse::respond(&request, &rooms.source(&room).await?, start, &sse::Settings::default()).await
}

async fn say(request: HttpRequest, room: Room, rooms: All, body: web::Bytes) -> Result<HttpResponse, Problem> {
    post::respond(&request, body, &rooms.source(&room).await?, &post::Settings::default(), entry).await
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let redis = env::args().nth(2).unwrap_or_else(|| "redis://127.0.0.1:6379".to_owned());
    let readers = Readers::new(10_000);
    let rooms = web::Data::new(Rooms { redis, readers: readers.clone(), feeds: Mutex::default() });
    let room = || web::resource("/rooms/{room}").route(web::get().to(listen)).route(web::post().to(say));
    let app = move || App::new().app_data(rooms.clone()).service(room());
    let server = HttpServer::new(app).h1_allow_half_closed(false).tcp_nodelay(true).disable_signals();
    stop::until_signal(server.bind(address)?.run(), readers).await
}
