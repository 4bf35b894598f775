//! What is asked through a proxy, of each way at once: whether a browser's requests are let through, whether and when what is
//! published arrives, how soon it is noticed that somebody left, and how long a request may be held.

use std::{io, net::SocketAddr, time::Duration};

use futures_util::future::{join_all, join4};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

use super::{
    app::{App, LATE, LONG, LONG_HOLD, PATHS},
    results::{Held, Left, Way},
};
use crate::{
    client::{Channel, Connection, End, Event, request, websocket::HANDSHAKE},
    transports::{ALL, Row},
};

/// What has not come within this does not come.
const LIMIT: Duration = Duration::from_secs(10);
/// So many events are timed.
const EVENTS: usize = 21;
/// Between two of them.
const PAUSE: Duration = Duration::from_millis(20);
/// The connection of who is to leave is there before it is used, as a browser's mostly is: with a request that comes together with its connection,
/// lighttpd now and then does not see the client leave.
const CONNECTED: Duration = Duration::from_millis(200);
/// How often it is looked whether somebody has left.
const LOOK: Duration = Duration::from_millis(20);
/// An answer to a request that is held comes within the hold and this, or it is not waited for.
const GRACE: Duration = Duration::from_secs(25);

/// How long to wait.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Until it is noticed that somebody left.
    pub leaving: Duration,
    /// Whether requests are held, which takes a minute.
    pub held: bool,
}

impl Limits {
    /// For the page.
    pub const LONG: Self = Self { leaving: Duration::from_secs(60), held: true };
    /// For a test that runs each time: it tells *late* from *in time*, and not from *never*.
    pub const SHORT: Self = Self { leaving: Duration::from_secs(6), held: false };
}

/// A proxy, and what is behind it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) app: &'a App,
    pub(super) proxy: SocketAddr,
}

impl Asked<'_> {
    /// Of all five.
    pub(super) async fn ways(&self, limits: Limits) -> Vec<Way> {
        join_all(ALL.iter().zip(PATHS).map(|(row, path)| self.way(row, path, limits))).await
    }

    async fn way(&self, row: &Row, path: &str, limits: Limits) -> Way {
        let (post, own, other, (arrives, delay_ms)) = join4(
            self.status(&self.post(path)),
            self.handshake(row, path, true),
            self.handshake(row, path, false),
            self.arrival(row, path),
        )
        .await;
        let left = if row.waits && other.is_none_or(|status| status == 101) {
            self.leaving(row, path, limits.leaving).await
        } else {
            None
        };

        Way {
            way: row.transport.name.to_owned(),
            post,
            handshake: own,
            handshake_without_origin: other,
            arrives,
            delay_ms,
            left,
            failed: Vec::new(),
        }
    }

    /// Whether a head comes before its body does.
    pub(super) async fn passes_a_head_alone(&self) -> Option<bool> {
        let since = Instant::now();
        let status = self.status(&request("GET", &self.channel(LATE.0), None, "", "")).await?;

        (status == 200).then(|| since.elapsed() < LATE.1 / 2)
    }

    /// A long poll that is held for its usual time, and one that is held for longer than most wait.
    pub(super) async fn held(&self) -> Vec<Held> {
        let usual = long_polling::Settings::default().hold;

        join_all([("held", usual), (LONG, LONG_HOLD)].map(|(room, hold)| self.hold(room, hold))).await
    }

    async fn hold(&self, room: &str, hold: Duration) -> Held {
        let path = PATHS[1];
        let newest = self.app.newest(room).await.map(|cursor| cursor.to_string()).ok();
        let asking = request("GET", &self.channel(&format!("/notes/{room}/{path}")), newest.as_deref(), "", "");
        let since = Instant::now();
        let status = timeout(hold + GRACE, self.ask(&asking)).await.ok().and_then(Result::ok);

        Held {
            hold_s: hold.as_secs(),
            status,
            after_s: since.elapsed().as_secs_f64(),
            asked: self.app.asked(room, path),
        }
    }

    /// As a page at this address posts.
    fn post(&self, path: &str) -> Vec<u8> {
        let headers = format!("{}Content-Type: text/plain\r\n", self.origin());

        request("POST", &self.channel(&format!("/notes/origin/{path}")), None, &headers, "hello")
    }

    /// What a handshake is answered, of a page at this address or of a program.
    async fn handshake(&self, row: &Row, path: &str, with_origin: bool) -> Option<u16> {
        let origin = if with_origin { self.origin() } else { String::new() };
        let channel = self.channel(&format!("/notes/origin/{path}"));
        let asking = request("GET", &channel, None, &format!("{origin}{HANDSHAKE}"), "");

        if row.two_way { self.status(&asking).await } else { None }
    }

    /// Whether what is published arrives, and how late, in the middle of many.
    async fn arrival(&self, row: &Row, path: &str) -> (bool, Option<f64>) {
        let room = "arrival";
        let mut delays = Vec::new();
        let listening = async {
            let stream = TcpStream::connect(self.proxy).await?;
            let mut listener = self.listener(row, room, path, stream).await?;
            for number in 0..EVENTS {
                sleep(PAUSE).await;
                let since = Instant::now();
                let text = format!("{path} {number}");
                self.app.publish(room, text.clone()).await?;
                timeout(LIMIT, listener.hears(&text)).await??;
                delays.push(since.elapsed().as_secs_f64() * 1e3);
            }
            io::Result::Ok(())
        };
        listening.await.ok(); // what has come until then says it
        delays.sort_by(f64::total_cmp);

        (!delays.is_empty(), delays.get(delays.len() / 2).copied())
    }

    /// How long it takes until the server knows that a client has left.
    async fn leaving(&self, row: &Row, path: &str, limit: Duration) -> Option<Left> {
        let room = "leaving";
        let stream = TcpStream::connect(self.proxy).await.ok()?;
        sleep(CONNECTED).await;
        let mut listener = self.listener(row, room, path, stream).await.ok()?;
        timeout(LIMIT, self.until_open(room, path, 1)).await.ok()?;
        if row.streams {
            timeout(LIMIT, listener.connection.next()).await.ok(); // with bytes unread, it would not close but reset
        }

        drop(listener);
        let since = Instant::now();
        let noticed = timeout(limit, self.until_open(room, path, 0)).await.ok();

        Some(Left { after_s: noticed.map(|()| since.elapsed().as_secs_f64()), limit_s: limit.as_secs() })
    }

    async fn until_open(&self, room: &str, path: &str, count: usize) {
        while self.app.open(room, path) != count {
            sleep(LOOK).await;
        }
    }

    /// The status of an answer, if one comes.
    async fn status(&self, asking: &[u8]) -> Option<u16> {
        timeout(LIMIT, self.ask(asking)).await.ok()?.ok()
    }

    /// The status of an answer when its head is there.
    async fn ask(&self, asking: &[u8]) -> io::Result<u16> {
        let mut stream = TcpStream::connect(self.proxy).await?;
        stream.write_all(asking).await?;
        let mut head = Vec::new();
        while !head.windows(4).any(|end| end == b"\r\n\r\n") {
            if stream.read_buf(&mut head).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let head = String::from_utf8_lossy(&head);

        head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// A client that is at the newest place of a room, and waits.
    async fn listener(&self, row: &Row, room: &str, path: &str, stream: TcpStream) -> io::Result<Listener> {
        let start = self.app.newest(room).await?.to_string();
        let channel = self.channel(&format!("/notes/{room}/{path}"));

        Listener::on(stream, *row, self.proxy, channel, start).await
    }

    fn channel(&self, path: &str) -> Channel {
        Channel { host: self.host(), path: path.to_owned() }
    }

    /// What stands in the address line of a browser.
    fn host(&self) -> String {
        format!("localhost:{}", self.proxy.port())
    }

    fn origin(&self) -> String {
        format!("Origin: http://{}\r\n", self.host())
    }
}

/// A client that comes back where a connection ends.
struct Listener {
    row: Row,
    proxy: SocketAddr,
    channel: Channel,
    cursor: String,
    connection: Connection,
}

impl Listener {
    async fn open(row: Row, proxy: SocketAddr, channel: Channel, cursor: String) -> io::Result<Self> {
        Self::on(TcpStream::connect(proxy).await?, row, proxy, channel, cursor).await
    }

    async fn on(stream: TcpStream, row: Row, proxy: SocketAddr, channel: Channel, cursor: String) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        let connection = Connection::to(channel.clone(), stream, (row.client)(), Some(&cursor)).await?;

        Ok(Self { row, proxy, channel, cursor, connection })
    }

    /// Until this text comes.
    async fn hears(&mut self, wanted: &str) -> io::Result<()> {
        loop {
            match self.connection.next().await? {
                Event::Message(message) if message.text == wanted => return Ok(()),
                Event::End(End::Refused(status, _)) => {
                    return Err(io::Error::other(format!("it is answered {status}")));
                }
                Event::End(_) => self.come_back().await?,
                _ => {}
            }
        }
    }

    async fn come_back(&mut self) -> io::Result<()> {
        let cursor = self.connection.cursor().unwrap_or(&self.cursor).to_owned();
        *self = Self::open(self.row, self.proxy, self.channel.clone(), cursor).await?;

        Ok(())
    }
}
