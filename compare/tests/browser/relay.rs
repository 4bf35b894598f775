//! A relay in front of a server, which counts who asks for the channel, and makes their connections fail.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use shared::testing::LIMIT;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};

/// Relays until it is dropped.
pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    seen: Arc<watch::Sender<Seen>>,
    fault: Arc<Mutex<Fault>>,
    end: Arc<watch::Sender<End>>,
    accepting: JoinHandle<()>,
}

/// What was asked of the channel: `/messages`, the article's `/clock`, or an upgrade.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    /// How often it was asked for.
    pub(crate) asks: usize,
    /// How many of these are not over.
    pub(crate) open: usize,
    /// The longest head of such a request, in bytes.
    pub(crate) head: usize,
    /// To how many something came.
    pub(crate) answered: usize,
}

/// What happens to those who ask for the channel from now on.
#[derive(Clone, Debug, Default)]
pub(crate) enum Fault {
    #[default]
    None,
    /// The server gets the request so much later.
    Slow(Duration),
    /// This is the answer, so much later, for ever.
    Answer(Duration, String),
    /// So many are answered 503.
    Refuse(usize),
}

/// How the connections end on which the channel was asked for before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    None,
    /// Nothing passes any more, and nothing is closed: as when a NAT forgot them.
    Silence,
    /// They are reset.
    Cut,
    /// What comes from the browser still passes; what the server answers does not, and then they are reset.
    Unanswered,
}

impl Relay {
    /// Connections on which messages were asked for never pass a byte again; others do.
    pub(crate) fn silence(&self) {
        self.end.send_replace(End::Silence);
    }

    /// Connections on which messages were asked for are reset.
    pub(crate) fn cut(&self) {
        self.end.send_replace(End::Cut);
    }

    /// The next text that is sent, by a request of its own or on a socket, comes to the server, and its answer is lost.
    pub(crate) fn lose_an_answer(&self) {
        self.end.send_replace(End::Unanswered);
    }

    /// Whether an answer was lost.
    pub(crate) fn has_lost_an_answer(&self) -> bool {
        *self.end.borrow() == End::None
    }

    /// From now on.
    pub(crate) fn fault(&self, fault: Fault) {
        *self.fault.lock().unwrap() = fault;
    }

    /// What was asked so far.
    pub(crate) fn seen(&self) -> Seen {
        *self.seen.borrow()
    }

    /// Waits until what was asked is so.
    pub(crate) async fn until(&self, wanted: impl FnMut(&Seen) -> bool) {
        assert!(self.reaches(LIMIT, wanted).await, "only {:?}", self.seen());
    }

    /// Whether what was asked is so before the time is over.
    pub(crate) async fn reaches(&self, limit: Duration, wanted: impl FnMut(&Seen) -> bool) -> bool {
        let mut seen = self.seen.subscribe();

        timeout(limit, seen.wait_for(wanted)).await.is_ok()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Starts one on a free port.
pub(crate) async fn listen(server: SocketAddr) -> Relay {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(watch::Sender::default());
    let fault = Arc::<Mutex<Fault>>::default();
    let end = Arc::new(watch::Sender::new(End::None));
    let (counter, faults, ends) = (Arc::clone(&seen), Arc::clone(&fault), Arc::clone(&end));
    let accepting = tokio::spawn(async move {
        let mut connections = JoinSet::new(); // they end with it
        loop {
            let (client, _) = listener.accept().await.unwrap();
            let connection = Connection {
                client,
                server,
                fault: Arc::clone(&faults),
                end: ends.subscribe(),
                ends: Arc::clone(&ends),
                head: 0,
            };
            connections.spawn(connection.pass(Arc::clone(&counter)));
        }
    });

    Relay { address, seen, fault, end, accepting }
}

/// One connection. It carries one request: who wants another opens another.
struct Connection {
    client: TcpStream,
    server: SocketAddr,
    fault: Arc<Mutex<Fault>>,
    end: watch::Receiver<End>,
    ends: Arc<watch::Sender<End>>,
    /// The length of the request's head as it came.
    head: usize,
}

impl Connection {
    async fn pass(mut self, seen: Arc<watch::Sender<Seen>>) -> io::Result<()> {
        let request = self.request().await?;
        let upgrade = request.to_lowercase().contains("\r\nupgrade:");
        if request.starts_with("POST /messages") && *self.end.borrow() == End::Unanswered {
            let mut server = TcpStream::connect(self.server).await?;
            server.write_all(request.as_bytes()).await?;
            return self.lose_an_answer(server).await;
        }
        let fault = self.fault.lock().unwrap().clone();
        if let (true, Fault::Answer(_, answer)) = (request.starts_with("HEAD /messages"), fault) {
            return self.client.write_all(answer.as_bytes()).await; // a page that asks why, which does not count
        }
        if !upgrade && !["GET /messages", "GET /clock"].iter().any(|start| request.starts_with(start)) {
            return self.relay(&request).await;
        }
        let _open = Open::count(Arc::clone(&seen), self.head);
        self.end.mark_unchanged();

        match self.next_fault() {
            Fault::Answer(wait, answer) => {
                sleep(wait).await;
                self.client.write_all(answer.as_bytes()).await?;
            }
            Fault::Refuse(_) => self.client.write_all(REFUSAL.as_bytes()).await?,
            Fault::Slow(wait) => {
                sleep(wait).await;
                self.relay(&request).await?;
            }
            Fault::None => self.relay_until_the_end(&request, &seen, upgrade).await?,
        }
        Ok(())
    }

    /// The head of the request, which asks to close, unless it asks for an upgrade.
    async fn request(&mut self) -> io::Result<String> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.client.read_u8().await?);
        }
        self.head = head.len();
        let head = String::from_utf8(head).map_err(io::Error::other)?;
        let keep = head.to_lowercase().contains("\r\nupgrade:");
        let head = head.replace("Connection: keep-alive\r\n", "");

        Ok(if keep { head } else { head.replacen("\r\n", "\r\nConnection: close\r\n", 1) })
    }

    fn next_fault(&self) -> Fault {
        let mut fault = self.fault.lock().unwrap();
        let next = fault.clone();
        if let Fault::Refuse(left) = &mut *fault {
            *left -= 1;
            if *left == 0 {
                *fault = Fault::None;
            }
        }
        next
    }

    async fn relay(&mut self, request: &str) -> io::Result<()> {
        let mut server = TcpStream::connect(self.server).await?;
        server.write_all(request.as_bytes()).await?;

        copy_bidirectional(&mut self.client, &mut server).await.map(drop)
    }

    /// What the browser sends next comes to the server, and the connection is reset when that answers.
    async fn lose_an_answer(mut self, mut server: TcpStream) -> io::Result<()> {
        let mut text = [0; 4_096];
        let length = self.client.read(&mut text).await?;
        server.write_all(&text[..length]).await?;
        server.read_u8().await?;
        self.ends.send_replace(End::None);

        self.client.set_zero_linger()
    }

    async fn relay_until_the_end(
        mut self,
        request: &str,
        seen: &watch::Sender<Seen>,
        carries_texts: bool,
    ) -> io::Result<()> {
        let Self { client, server, end, .. } = &mut self;
        let mut server = TcpStream::connect(*server).await?;
        let relayed = async {
            server.write_all(request.as_bytes()).await?;
            let first = server.read_u8().await?;
            client.write_u8(first).await?;
            seen.send_modify(|seen| seen.answered += 1);
            copy_bidirectional(client, &mut server).await.map(drop)
        };

        let ended = async {
            loop {
                end.changed().await.ok();
                match *end.borrow_and_update() {
                    End::None => {}
                    End::Unanswered if !carries_texts => {}
                    now => return now,
                }
            }
        };

        tokio::select! {
            biased; // what comes after the end does not pass, also where nothing had come yet
            ended = ended => match ended {
                End::Silence => std::future::pending().await, // open, and silent
                End::Unanswered => self.lose_an_answer(server).await,
                End::None | End::Cut => self.client.set_zero_linger(),
            },
            relayed = relayed => relayed,
        }
    }
}

const REFUSAL: &str = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// A request for the channel counts as open until it is over.
struct Open(Arc<watch::Sender<Seen>>);

impl Open {
    fn count(seen: Arc<watch::Sender<Seen>>, head: usize) -> Self {
        seen.send_modify(|seen| {
            seen.head = seen.head.max(head);
            seen.asks += 1;
            seen.open += 1;
        });
        Self(seen)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|seen| seen.open -= 1);
    }
}
