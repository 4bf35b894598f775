//! The server, a process of its own.

use std::{
    io::{self, BufRead as _, BufReader, Read as _},
    net::SocketAddr,
    process::{Child, ChildStdout, Stdio},
    sync::mpsc::{Sender, channel},
    thread,
    time::{Duration, Instant},
};

use actix_web::rt::System;
use clap::{Arg, ArgAction, ArgMatches, Command};
use shared::shell::{Site, bind, open_feed, read, routes, serve};
use tokio_util::sync::CancellationToken;

use super::{
    peers::{SERVER, Subject},
    row::row,
};
use crate::transports::Row;

/// Without a clock, with heartbeats so rare that none comes in a run, and with a history that lasts longer than a second at
/// any rate that is tried: who falls behind is late, and has lost nothing yet.
const OPTIONS: [&str; 6] = ["--tick", "0", "--heartbeat", "10m", "--history", "20000"];

/// It is there within this, or it will not come.
const LIMIT: Duration = Duration::from_secs(10);

/// A server that runs. It ends when this is dropped, and also when this process ends in any other way, since that
/// closes its input.
#[derive(Debug)]
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    child: Child,
}

impl Server {
    /// Starts it.
    ///
    /// # Errors
    /// When it does not come up.
    pub(crate) fn start(subject: &Subject) -> io::Result<Self> {
        let mut command = subject.peer.start(&subject.row)?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut server = Self { child: command.spawn()?, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        let (told, line) = channel();
        if let Some(output) = server.child.stdout.take() {
            thread::spawn(move || first_line(output, &told));
        }
        let line = line.recv_timeout(LIMIT).unwrap_or_default();
        server.address = line.trim().parse().map_err(|_| io::Error::other("it did not say an address"))?;
        let since = Instant::now();
        while subject.peer.certificate.as_ref().is_some_and(|file| !file.exists()) && since.elapsed() < LIMIT {
            thread::yield_now(); // it is made only once, and after the address is told
        }

        Ok(server)
    }

    /// The id of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as its user would, and waits until it has.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub(crate) fn end(mut self) -> io::Result<()> {
        drop(self.child.stdin.take());

        self.child.wait().map(drop)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok(); // it may have ended by itself
        self.child.wait().ok();
    }
}

/// Tells it, and reads on: nobody is held up by what nobody wants to know.
fn first_line(output: ChildStdout, told: &Sender<String>) {
    let mut output = BufReader::new(output);
    let mut line = String::new();
    output.read_line(&mut line).ok(); // an error is an empty line, too
    told.send(line).ok(); // nobody waits any more
    io::copy(&mut output, &mut io::sink()).ok(); // it has ended
}

/// The server's half.
pub(crate) fn command() -> Command {
    let way = Arg::new("way").required(true).value_parser(row());
    let port = Arg::new("port").long("port").default_value("0");
    let store = Arg::new("store").long("store");
    let durable = Arg::new("durable").long("durable").action(ArgAction::SetTrue);
    let redis = Arg::new("redis").long("redis");
    let tls = Arg::new("tls-folder").long("tls-folder");

    Command::new(SERVER).hide(true).args([way, port, store, durable, redis, tls])
}

/// Prints its address, and serves until its input ends.
///
/// # Errors
/// When it cannot start.
#[expect(clippy::print_stdout, reason = "the other half reads the address")]
pub(crate) fn run(matches: &ArgMatches) -> io::Result<()> {
    let way = matches.get_one::<Row>("way").ok_or_else(|| io::Error::other("it needs a way"))?;
    let port = matches.get_one::<String>("port").map_or("0", String::as_str);
    let transport = way.transport;
    let store = matches.get_one::<String>("store").into_iter().flat_map(|file| ["--store", file]);
    let redis = matches.get_one::<String>("redis").into_iter().flat_map(|url| ["--redis", url]);
    let durable = matches.get_flag("durable").then_some("--durable");
    let tls = matches.get_one::<String>("tls-folder").into_iter();
    let tls = tls.flat_map(|folder| ["--tls-self-signed", "--tls-folder", folder]);
    let line = [transport.name, "--port", port].into_iter().chain(OPTIONS);
    let line = line.chain(store).chain(durable).chain(redis).chain(tls);
    let options = read(&transport, line).map_err(io::Error::other)?;
    let listener = bind(SocketAddr::new(options.host, options.port))?;
    rlimit::increase_nofile_limit(u64::MAX)?;
    let stop = CancellationToken::new();
    let stop_at_end = stop.clone();
    thread::spawn(move || {
        io::stdin().read_to_end(&mut Vec::new()).ok(); // an error is an end, too
        stop_at_end.cancel();
    });

    System::new().block_on(async move {
        let feed = open_feed(&options).await?;
        let site = Site::new(transport, feed.clone(), stop, options);
        println!("{}", listener.local_addr()?);
        let served = serve(listener, site.clone(), move |config| routes(config, &site)).await;
        feed.end().await;
        served
    })
}
