//! What TLS and HTTP/2 cost beside HTTP/1.1 in the clear, in one run: bytes of a request, CPU of a delivery, memory of a client.
#![expect(clippy::print_stdout, reason = "the figures are what this is for")]

mod asker;
mod bytes;
mod checks;
mod results;
mod session;

use std::{fs, io, path::PathBuf, time::Instant};

use clap::{ArgMatches, Args as _, Command, FromArgMatches as _, value_parser};
use tokio::runtime;

use self::session::Session;
use super::{OTHER_FILES, lines, row::row};
use crate::transports::{ALL, Row};

/// The command.
const NAME: &str = "bench-secure";

/// What can be set.
#[derive(Debug, clap::Args)]
struct Args {
    /// Which of the five; all, if not set
    #[arg(long, value_parser = row(), value_delimiter = ',')]
    transports: Vec<Row>,
    /// How many clients
    #[arg(long, default_value = "1000", value_parser = value_parser!(u32).range(1..=9_500))]
    clients: u32,
    /// For how long to publish in each round
    #[arg(long, default_value = "5", value_parser = value_parser!(u32).range(1..=3_600))]
    seconds: u32,
    /// How often each is measured, in turn
    #[arg(long, default_value = "3", value_parser = value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// The folder for secure.json, and for the certificate while it runs
    #[arg(long, value_name = "DIR", default_value = "target/bench")]
    out: PathBuf,
}

impl Args {
    /// Those that were asked for, in the order of the article.
    fn rows(&self) -> Vec<Row> {
        let is_wanted = |row: &Row| {
            self.transports.is_empty() || self.transports.iter().any(|one| one.transport.name == row.transport.name)
        };

        ALL.into_iter().filter(is_wanted).collect()
    }
}

pub(super) fn command() -> Command {
    let about = "Measures what TLS and HTTP/2 cost beside HTTP/1.1 in the clear: bytes, CPU for each delivery, memory for each client";

    Args::augment_args(Command::new(NAME)).about(about)
}

/// Measures, writes `secure.json`, and prints what it says.
///
/// # Errors
/// When a server does not come up, or nothing can be written.
pub(super) fn run(matches: &ArgMatches) -> io::Result<()> {
    let args = Args::from_arg_matches(matches).map_err(io::Error::other)?;
    if !cfg!(feature = "tls") {
        return Err(io::Error::other("this is not built in: add --features tls"));
    }
    let files = rlimit::increase_nofile_limit(u64::MAX)?;
    if files < u64::from(args.clients) + OTHER_FILES {
        return Err(io::Error::other(format!("only {files} open files are allowed here: take fewer --clients")));
    }
    let folder = args.out.join("tls");
    fs::create_dir_all(&folder)?;
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let began = Instant::now();
    let measured = runtime.block_on(async { Session::of(&args, &folder)?.measure().await });
    fs::remove_dir_all(&folder).ok(); // it may be in use still; what is left there harms nobody
    let mut secure = measured?;
    secure.took_seconds = began.elapsed().as_secs_f64();

    fs::write(args.out.join("secure.json"), lines::json(&secure)?)?;
    println!("{secure}\n{:.0} s; {}", secure.took_seconds, args.out.join("secure.json").display());
    Ok(())
}
