//! Server-Sent Events and WebSocket with axum, as its examples have them: a broadcast, and no cursor.

use std::{convert::Infallible, io};

use axum::{
    Router,
    extract::{State, WebSocketUpgrade, ws},
    http::StatusCode,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::get,
    serve::ListenerExt as _,
};
use futures_util::{Stream, stream::unfold};
use peers::{QUEUE, Way, epoch, id, ready, start};
use tokio::{
    net::TcpListener,
    sync::broadcast::{self, Receiver, Sender, error::RecvError},
};

#[derive(Clone)]
struct App {
    epoch: String,
    messages: Sender<ws::Utf8Bytes>,
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let (way, listener) = start(&[Way::Sse, Way::WebSocket])?;
    listener.set_nonblocking(true)?;
    let channel = match way {
        Way::WebSocket => get(websocket),
        _ => get(sse),
    };
    let app = App { epoch: epoch(), messages: broadcast::channel(QUEUE).0 };
    let router = Router::new().route("/messages", channel.post(publish)).route("/status", get(status)).with_state(app);
    let listener = TcpListener::from_std(listener)?;
    ready(listener.local_addr()?);
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap_or_default()); // it may have left already

    axum::serve(listener, router).await
}

async fn publish(State(app): State<App>, json: String) -> StatusCode {
    match id(&json) {
        Some(_) => {
            app.messages.send(json.into()).ok(); // nobody listens
            StatusCode::CREATED
        }
        None => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

async fn status(State(app): State<App>) -> String {
    format!(r#"{{"epoch":"{}","open":{}}}"#, app.epoch, app.messages.receiver_count())
}

async fn sse(State(app): State<App>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let events = unfold(app.messages.subscribe(), async |mut messages| {
        let json = next(&mut messages).await?;
        let event = Event::default().id(id(&json)?).data(json.as_str());
        Some((Ok(event), messages))
    });

    Sse::new(events).keep_alive(KeepAlive::default())
}

async fn websocket(State(app): State<App>, upgrade: WebSocketUpgrade) -> Response {
    let messages = app.messages.subscribe();

    upgrade.on_upgrade(|socket| converse(socket, messages)).into_response()
}

/// Pings and Close are answered by what lies below.
async fn converse(mut socket: ws::WebSocket, mut messages: Receiver<ws::Utf8Bytes>) {
    loop {
        tokio::select! {
            json = next(&mut messages) => {
                let Some(json) = json else { return };
                if socket.send(ws::Message::Text(json)).await.is_err() {
                    return;
                }
            }
            frame = socket.recv() => {
                let Some(Ok(_)) = frame else { return };
            }
        }
    }
}

/// The next message. What a slow client missed is passed over, as by most who use a broadcast.
async fn next(messages: &mut Receiver<ws::Utf8Bytes>) -> Option<ws::Utf8Bytes> {
    loop {
        match messages.recv().await {
            Ok(json) => return Some(json),
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return None,
        }
    }
}
