//! Load for one of the five: what a delivery and an idle client cost the server, and how late messages come.
//!
//! `cargo run --release -p compare --example load -- --transport sse --clients 1000 --rate 10 --seconds 10`
//!
//! The server is a process of its own, so that its CPU and memory can be measured apart. All clients share one thread of
//! this process, and another publishes. What the figures do not show: a network, and browsers.

mod args;
mod clients;
mod proc;
mod publisher;
mod report;
mod scan;
mod server;
mod tally;

use std::{
    io,
    process::ExitCode,
    time::{Duration, Instant},
};

use args::{Args, Load};
use clap::Parser as _;
use clients::Clients;
use proc::Usage;
use publisher::Publisher;
use report::{Memory, Run};
use server::Server;
use tokio::{runtime, time::sleep};

/// What a process has open besides its clients, at most.
const OTHER_FILES: u64 = 100;
/// Everything is connected: the server's memory comes to rest.
const SETTLE: Duration = Duration::from_secs(1);
/// All is published: so long without an arrival, and what is missing is lost.
const SILENCE: Duration = Duration::from_secs(3);

fn main() -> ExitCode {
    let args = Args::parse();
    let done = match args.serve {
        Some(args::Command::Serve { transport }) => server::serve(transport.transport),
        None => run(&args.load),
    };

    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(load: &Load) -> io::Result<()> {
    let files = rlimit::increase_nofile_limit(u64::MAX)?;
    if files < load.clients() + OTHER_FILES {
        return Err(io::Error::other(format!("only {files} open files are allowed here: take fewer --clients")));
    }
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;

    runtime.block_on(async {
        tokio::select! {
            measured = measure(load) => measured,
            interrupted = tokio::signal::ctrl_c() => interrupted.and(Err(io::Error::other("stopped before the end"))),
        }
    })
}

async fn measure(load: &Load) -> io::Result<()> {
    report::facts();
    let server = Server::start(load.transport.transport.name)?;
    let empty = proc::memory(server.id())?;
    let clients = Clients::connect(load, server.address).await?;
    sleep(SETTLE).await;
    report::memory(&Memory { empty, full: proc::memory(server.id())?, clients: load.clients() });
    if load.rate == 0 {
        return Ok(());
    }

    let before = Usage::now(server.id())?;
    let start = clients.start_counting();
    let published = Publisher::of(load, server.address, start).run().await?;
    drain(load, &clients, published.count * load.clients()).await;
    let used = Usage::now(server.id())?.since(&before);

    report::run(&Run { load, published, tally: &clients.tally(), used });
    Ok(())
}

/// Waits until all has arrived, or nothing does any more.
async fn drain(load: &Load, clients: &Clients, expected: u64) {
    let mut delivered = 0;
    let mut progress = Instant::now();

    while delivered < expected && progress.elapsed() < SILENCE + load.interval {
        sleep(Duration::from_millis(5)).await;
        let now = clients.delivered();
        if now > delivered {
            delivered = now;
            progress = Instant::now();
        }
    }
}
