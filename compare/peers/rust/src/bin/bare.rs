//! Each way as a bare handler of actix-web: the bytes that ours send, no middleware, a broadcast. It is the floor of what
//! this framework can, so it has no heartbeats, no limits and no answer that is refused; and a stream begins at the newest.

use std::{
    collections::VecDeque,
    convert::Infallible,
    io,
    sync::{Mutex, MutexGuard, PoisonError},
};

use actix_web::{
    App, Error, HttpRequest, HttpResponse, HttpResponseBuilder, HttpServer,
    http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
    rt::spawn,
    web::{Bytes, Data, Payload, get, post},
};
use actix_ws::{Message as Frame, MessageStream, Session};
use bytestring::ByteString;
use futures_util::{
    Stream, StreamExt as _,
    future::ready,
    stream::{once, unfold},
};
use peers::{HISTORY, QUEUE, Way, epoch, id, prelude, seq, start};
use tokio::sync::broadcast::{self, Receiver, Sender, error::RecvError};

#[derive(Clone)]
struct Message {
    seq: u64,
    json: ByteString,
    /// As Server-Sent Events have it, encoded once for all.
    event: Bytes,
}

struct Feed {
    epoch: String,
    held: Mutex<VecDeque<Message>>,
    messages: Sender<Message>,
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let (way, listener) = start(&[Way::Polling, Way::LongPolling, Way::IframeStream, Way::Sse, Way::WebSocket])?;
    let address = listener.local_addr()?;
    let feed = Data::new(Feed { epoch: epoch(), held: Mutex::default(), messages: broadcast::channel(QUEUE).0 });
    let app = move || {
        let channel = match way {
            Way::Polling => get().to(polling),
            Way::LongPolling => get().to(long_polling),
            Way::IframeStream => get().to(iframe_stream),
            Way::Sse => get().to(sse),
            Way::WebSocket => get().to(websocket),
        };
        let app = App::new().app_data(feed.clone()).route("/messages", channel);
        app.route("/messages", post().to(publish)).route("/status", get().to(status))
    };
    let server = HttpServer::new(app).tcp_nodelay(true).listen(listener)?;
    peers::ready(address);

    server.run().await
}

async fn publish(feed: Data<Feed>, json: String) -> HttpResponse {
    let Some((id, seq)) = id(&json).and_then(|id| Some((id, seq(id)?))) else {
        return HttpResponse::UnprocessableEntity().finish();
    };
    let event = format!("id: {id}\ndata: {json}\n\n").into();
    let message = Message { seq, json: json.clone().into(), event };
    let mut held = feed.held();
    if held.len() == HISTORY {
        held.pop_front();
    }
    held.push_back(message.clone());
    feed.messages.send(message).ok(); // nobody listens
    drop(held);

    answer(&mut HttpResponse::Created()).body(json)
}

async fn status(feed: Data<Feed>) -> HttpResponse {
    let (epoch, open) = (&feed.epoch, feed.messages.receiver_count());

    answer(&mut HttpResponse::Ok()).body(format!(r#"{{"epoch":"{epoch}","open":{open}}}"#))
}

async fn polling(request: HttpRequest, feed: Data<Feed>) -> HttpResponse {
    let after = after(&request);
    let found = feed.after(after);

    if found.is_empty() && after.is_some() { nothing() } else { feed.encode(after, &found) }
}

async fn long_polling(request: HttpRequest, feed: Data<Feed>) -> HttpResponse {
    let mut messages = feed.messages.subscribe(); // before it looks, or what is published in between is missed
    let after = after(&request);
    let mut found = feed.after(after);
    while found.is_empty() && after.is_some() {
        next(&mut messages).await;
        found = feed.after(after);
    }

    feed.encode(after, &found)
}

async fn iframe_stream(feed: Data<Feed>) -> HttpResponse {
    let nonce = format!("{:032x}", rand::random::<u128>());
    let policy = format!("default-src 'none'; script-src 'nonce-{nonce}'; base-uri 'none'; frame-ancestors 'self'");
    let prelude = prelude(&nonce).into();
    let escape =
        |json: &str| json.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
    let script = move |message: Message| format!("<script nonce=\"{nonce}\">f({})</script>\n", escape(&message.json));
    let scripts = feed.follow().map(move |message| script(message).into());

    stream("text/html; charset=utf-8", once(ready(prelude)).chain(scripts), Some(policy))
}

async fn sse(feed: Data<Feed>) -> HttpResponse {
    let first = format!("retry: 1500\nid: {}\nevent: heartbeat\ndata: {{\"more\":false}}\n\n", feed.place());
    let events = feed.follow().map(|message| message.event);

    stream("text/event-stream", once(ready(first.into())).chain(events), None)
}

async fn websocket(request: HttpRequest, body: Payload, feed: Data<Feed>) -> Result<HttpResponse, Error> {
    let (response, session, frames) = actix_ws::handle(&request, body)?;
    let place = format!(r#"{{"next":"{}","more":false}}"#, feed.place());
    spawn(converse(session, frames, feed.messages.subscribe(), place));

    Ok(response)
}

async fn converse(mut session: Session, mut frames: MessageStream, mut messages: Receiver<Message>, place: String) {
    let mut sent = session.text(place).await;
    while sent.is_ok() {
        sent = tokio::select! {
            message = next(&mut messages) => match message {
                Some(message) => session.text(message.json).await,
                None => return,
            },
            frame = frames.recv() => match frame {
                Some(Ok(Frame::Ping(bytes))) => session.pong(&bytes).await,
                Some(Ok(Frame::Close(reason))) => return drop(session.close(reason).await),
                Some(Ok(_)) => Ok(()),
                Some(Err(_)) | None => return,
            },
        };
    }
}

impl Feed {
    fn held(&self) -> MutexGuard<'_, VecDeque<Message>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn after(&self, after: Option<u64>) -> Vec<Message> {
        let held = self.held();
        let from = after.map_or(held.len(), |after| held.partition_point(|message| message.seq <= after));

        held.range(from..).take(256).cloned().collect()
    }

    /// The id of the newest message.
    fn place(&self) -> String {
        let held = self.held();
        let newest = held.back().and_then(|message| id(&message.json));

        newest.map_or_else(|| format!("{}.0", self.epoch), str::to_owned)
    }

    fn follow(&self) -> impl Stream<Item = Message> + use<> {
        unfold(self.messages.subscribe(), async |mut messages| Some((next(&mut messages).await?, messages)))
    }

    fn encode(&self, after: Option<u64>, found: &[Message]) -> HttpResponse {
        let next = match (found.last(), after) {
            (Some(last), _) => id(&last.json).unwrap_or_default().to_owned(),
            (None, Some(after)) => format!("{}.{after}", self.epoch),
            (None, None) => self.place(),
        };
        let messages: Vec<&str> = found.iter().map(|message| &*message.json).collect();
        let (more, messages) = (found.len() == 256, messages.join(","));

        answer(&mut HttpResponse::Ok())
            .body(format!(r#"{{"gap":false,"more":{more},"next":"{next}","messages":[{messages}]}}"#))
    }
}

/// The next message. What a slow client missed is passed over.
async fn next(messages: &mut Receiver<Message>) -> Option<Message> {
    loop {
        match messages.recv().await {
            Ok(message) => return Some(message),
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return None,
        }
    }
}

/// The number in `?after=EPOCH.SEQ`.
fn after(request: &HttpRequest) -> Option<u64> {
    request.query_string().split('&').find_map(|pair| seq(pair.strip_prefix("after=")?))
}

fn nothing() -> HttpResponse {
    plain(&mut HttpResponse::NoContent()).finish()
}

fn answer(builder: &mut HttpResponseBuilder) -> &mut HttpResponseBuilder {
    plain(builder).content_type("application/json")
}

fn stream(kind: &str, body: impl Stream<Item = Bytes> + 'static, policy: Option<String>) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    plain(&mut response).content_type(kind).insert_header(("X-Accel-Buffering", "no"));
    if let Some(policy) = policy {
        response.insert_header((CONTENT_SECURITY_POLICY, policy));
    }

    response.streaming(body.map(Ok::<_, Infallible>))
}

/// The headers of all our answers.
fn plain(builder: &mut HttpResponseBuilder) -> &mut HttpResponseBuilder {
    builder
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((REFERRER_POLICY, "same-origin"))
}
