//! Servers in a process of their own: that process's half.

use std::{
    io::{self, Write as _},
    net::SocketAddr,
    num::NonZeroUsize,
    thread,
};

use actix_web::rt::spawn;
use serde::Serialize;
use shared::{
    Feed, NotPublished,
    shell::{self, Kind, Note, Options, Text},
    stop,
};
use tokio::{sync::mpsc, task::spawn_blocking};
use tokio_util::sync::CancellationToken;

use super::{
    line::{Answer, Hello, Look, Numbered, Question},
    server::{Ending, Server},
    threads::Threads,
};
use crate::transports::Row;

/// So many questions may wait to be answered.
const MOST_WAITING: usize = 1_024;

/// Serves these until the input ends, or a signal comes, and answers what is asked there. What keeps it from starting is
/// said on the output.
///
/// # Errors
/// When nobody listens.
pub async fn serve(rows: Vec<(Row, Options)>) -> io::Result<()> {
    let stop = CancellationToken::new();
    match start(rows, &stop).await {
        Ok((servers, addresses)) => {
            say(&Hello::Serves(addresses))?;
            servers.run(stop).await;
            Ok(())
        }
        Err(error) => say(&Hello::Fails(error.to_string())),
    }
}

async fn start(rows: Vec<(Row, Options)>, stop: &CancellationToken) -> io::Result<(Servers, Vec<SocketAddr>)> {
    let (_, options) = rows.first().ok_or_else(|| io::Error::other("it has nothing to serve"))?;
    shell::open_many_files();
    let feed = shell::open_feed(options).await?;
    if options.store.is_some() {
        spawn(shell::watch_history(feed.clone(), stop.clone())); // nobody else has it
    }
    let (mut servers, mut addresses) = (Vec::new(), Vec::new());
    for (row, mut options) in rows {
        let listener = shell::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        options.workers = Some(NonZeroUsize::MIN);
        addresses.push(listener.local_addr()?);
        servers.push(Server::start(&row, &listener, &feed, &options, &Threads::default(), stop)?);
    }

    Ok((Servers { feed, servers }, addresses))
}

/// Servers that run, on one feed.
struct Servers {
    feed: Feed,
    servers: Vec<Server>,
}

impl Servers {
    async fn run(mut self, stop: CancellationToken) {
        let on_signal = stop.clone();
        spawn(stop::on_signal(move || on_signal.cancel()));
        let mut questions = questions();
        while let Some(Some(Numbered { number, what })) = stop.run_until_cancelled(questions.recv()).await {
            match what {
                Question::Look => tell(number, Answer::Look(self.look().await)),
                Question::Publish { kind, text, key } => {
                    let feed = self.feed.clone();
                    spawn(async move { tell(number, publish(&feed, kind, text, key).await) });
                }
            }
        }
        stop.cancel();
        let endings: Vec<_> = self.servers.iter_mut().map(Server::ending).collect();
        let ended = spawn_blocking(move || endings.into_iter().for_each(Ending::wait)).await;
        if let Err(error) = ended {
            tracing::error!(%error, "a server ended badly");
        }
        self.feed.end().await;
    }

    async fn look(&self) -> Look {
        let feed = self.feed.status().await;
        let mut look = Look {
            open: self.servers.iter().map(Server::open).collect(),
            cpu: self.servers.iter().map(Server::cpu).collect(),
            ..Look::default()
        };
        if let Ok(feed) = feed {
            (look.newest, look.held, look.reachable) = (Some(feed.newest), feed.held, feed.reachable);
        }

        look
    }
}

async fn publish(feed: &Feed, kind: Kind, text: String, key: Option<String>) -> Answer {
    let Ok(text) = Text::try_from(text) else {
        return Answer::Unavailable; // nobody asks this
    };
    let entry = Note { kind, text }.entry().with_key(key.and_then(|key| key.parse().ok()));
    match feed.publish(entry).await {
        Ok(_message) => Answer::Published,
        Err(NotPublished::KeyReused) => Answer::KeyReused,
        Err(NotPublished::Unavailable(_)) => Answer::Unavailable,
    }
}

/// What is asked, until the input ends.
fn questions() -> mpsc::Receiver<Numbered<Question>> {
    let (sender, receiver) = mpsc::channel(MOST_WAITING);
    thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            let sent = match serde_json::from_str(&line) {
                Ok(question) => sender.blocking_send(question),
                Err(error) => return tracing::error!(%error, "not a question"),
            };
            if sent.is_err() {
                return; // it stops
            }
        }
    });

    receiver
}

fn tell(number: u64, what: Answer) {
    say(&Numbered { number, what }).ok(); // who does not listen has ended, and then the input ends
}

/// JSON has no line ends, so it is one line.
fn say(what: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(what)?;
    line.push(b'\n');
    let mut output = io::stdout().lock();
    output.write_all(&line)?;

    output.flush()
}
