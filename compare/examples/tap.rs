//! What a tap costs: throughput and delay through one, beside a direct connection.
//!
//! `cargo run --release -p compare --example tap`
//!
//! Both ends and the tap share this machine, each on a thread of its own; rounds with and without a tap take turns.
//! What the figures do not show: many connections at once, and a network.
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use clap::{Parser, value_parser};
use compare::tap::Tap;
use hdrhistogram::Histogram;
use tokio::runtime::{self, Runtime};

const MB: u64 = 1_000_000;
/// So much is written and read at a time.
const PIECE: usize = 64 * 1_024;
/// A ping, and its pong: a short message's frame.
const PING: usize = 100;

/// Measures throughput and delay of a connection through a tap, beside a direct one.
#[derive(Debug, Parser)]
#[command(name = "tap")]
struct Args {
    /// Megabytes a round
    #[arg(long, value_parser = value_parser!(u64).range(1..=1_000_000), default_value = "1000")]
    megabytes: u64,
    /// Pings a round
    #[arg(long, value_parser = value_parser!(u64).range(1..=100_000_000), default_value = "20000")]
    pings: u64,
    /// How often all is measured
    #[arg(long, value_parser = value_parser!(u64).range(1..=1_000), default_value = "7")]
    rounds: u64,
}

/// What was measured over one kind of connection.
struct Figures {
    name: &'static str,
    /// Megabytes a second, of each round.
    rates: Vec<f64>,
    /// Round trips in nanoseconds, of all rounds.
    delays: Histogram<u64>,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> io::Result<()> {
    if cfg!(debug_assertions) {
        println!("WARNING: built without --release: these figures say little");
    }
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let direct = listener.local_addr()?;
    let runtime = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let tap = tap(&runtime, direct)?;
    let mut figures = [Figures::new("direct")?, Figures::new("tap")?];

    for round in 0..=args.rounds {
        for (figures, address) in figures.iter_mut().zip([direct, tap.address()]) {
            let rate = throughput(&listener, address, args.megabytes)?;
            let delays = ping_pong(&listener, address, args.pings)?;
            if round > 0 {
                figures.take(rate, &delays)?; // the first only warms up
            }
        }
    }

    figures.iter().for_each(Figures::print);
    let [direct, tap] = figures.map(|figures| us(figures.delays.value_at_quantile(0.5)));
    println!("added   {:.1} us to a round trip (median), {:.1} us each way", tap - direct, (tap - direct) / 2.0);
    Ok(())
}

fn tap(runtime: &Runtime, upstream: SocketAddr) -> io::Result<Tap> {
    let _inside = runtime.enter();

    Tap::listen(TcpListener::bind("127.0.0.1:0")?, upstream)
}

/// A client, and the server's end of its connection.
fn connect(listener: &TcpListener, address: SocketAddr) -> io::Result<(TcpStream, TcpStream)> {
    let client = TcpStream::connect(address)?;
    let (server, _) = listener.accept()?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;

    Ok((client, server))
}

/// How many megabytes a second pass from the server to the client.
fn throughput(listener: &TcpListener, address: SocketAddr, megabytes: u64) -> io::Result<f64> {
    let (mut client, mut server) = connect(listener, address)?;
    let mut left = megabytes * MB;
    let begun = Instant::now();
    let sending = thread::spawn(move || {
        let piece = vec![7; PIECE];
        while left > 0 {
            let count = left.min(PIECE as u64);
            server.write_all(&piece[..usize::try_from(count).map_err(io::Error::other)?])?;
            left -= count;
        }
        io::Result::Ok(()) // dropped, it closes
    });
    let mut piece = vec![0; PIECE];
    let mut received = 0;
    loop {
        match client.read(&mut piece)? {
            0 => break,
            count => received += count as u64,
        }
    }
    let took = begun.elapsed();
    sending.join().map_err(|_| io::Error::other("the sender panicked"))??;
    if received != megabytes * MB {
        return Err(io::Error::other(format!("{received} bytes came")));
    }

    Ok(megabytes as f64 / took.as_secs_f64())
}

/// How long a few bytes take there and back, in nanoseconds.
fn ping_pong(listener: &TcpListener, address: SocketAddr, pings: u64) -> io::Result<Histogram<u64>> {
    let (mut client, mut server) = connect(listener, address)?;
    let answering = thread::spawn(move || {
        let mut ping = [0; PING];
        (0..pings).try_for_each(|_| server.read_exact(&mut ping).and_then(|()| server.write_all(&ping)))
    });
    let mut delays = histogram()?;
    let mut pong = [0; PING];
    for _ in 0..pings {
        let begun = Instant::now();
        client.write_all(&[7; PING])?;
        client.read_exact(&mut pong)?;
        delays.saturating_record(u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX));
    }
    answering.join().map_err(|_| io::Error::other("the server panicked"))??;

    Ok(delays)
}

fn histogram() -> io::Result<Histogram<u64>> {
    let longest = Duration::from_secs(10).as_nanos() as u64;

    Histogram::new_with_max(longest, 3).map_err(io::Error::other)
}

fn us(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1_000.0
}

impl Figures {
    fn new(name: &'static str) -> io::Result<Self> {
        Ok(Self { name, rates: Vec::new(), delays: histogram()? })
    }

    fn take(&mut self, rate: f64, delays: &Histogram<u64>) -> io::Result<()> {
        self.rates.push(rate);
        self.rates.sort_unstable_by(f64::total_cmp);

        self.delays.add(delays).map_err(io::Error::other)
    }

    fn print(&self) {
        let (min, median, max) = (self.rates[0], self.rates[self.rates.len() / 2], self.rates[self.rates.len() - 1]);
        let delay = |quantile| us(self.delays.value_at_quantile(quantile));

        println!(
            "{:7} {min:.0} / {median:.0} / {max:.0} MB/s (min, median, max of {}); round trip {:.1} us median, {:.1} us p99",
            self.name,
            self.rates.len(),
            delay(0.5),
            delay(0.99),
        );
    }
}
