//! What stands between: each of ten real proxies, as it comes and right, with all five ways behind it, is asked what passes.
//!
//! The server is in this process, each proxy is a process of its own, in a folder of its own. What is asked needs no quiet
//! machine: late is what is 100 ms late.

mod app;
mod contract;
mod measure;
mod questions;
mod results;

use std::{fs, io, path::PathBuf, time::Instant};

use clap::{ArgMatches, Args as _, Command, FromArgMatches as _, builder::PossibleValuesParser};
use shared::shell::Also;
use tokio::runtime;

pub use self::{
    app::{App, PATHS},
    contract::CLAUSES,
    measure::through,
    questions::Limits,
    results::{Held, Left, Measured, Results, Through, Way},
};
use crate::{
    bench::lines,
    proxies::{self, Known},
};

/// The command of the program.
pub const COMMAND: Also = Also { command, run };

/// What can be set.
#[derive(Debug, clap::Args)]
struct Args {
    /// Which of them; all that are found, if not set
    #[arg(value_name = "NAME", value_parser = PossibleValuesParser::new(proxies::ALL.map(|known| known.name)))]
    names: Vec<String>,
    /// Measure nothing: fetch those that are not found, by apt-get download and dpkg -x into target/proxies, so that no service starts
    #[arg(long)]
    get: bool,
    /// How many configurations are asked at once
    #[arg(long, default_value = "4", value_parser = clap::value_parser!(u8).range(1..=20))]
    at_once: u8,
    /// The folder for results.json
    #[arg(long, value_name = "DIR", default_value = "target/proxies")]
    out: PathBuf,
}

impl Args {
    /// Those that are named, or all.
    fn wanted(&self) -> impl Iterator<Item = &'static Known> {
        let is_wanted = |name: &str| self.names.is_empty() || self.names.iter().any(|one| one == name);

        proxies::ALL.into_iter().filter(move |known| is_wanted(known.name)).filter_map(|known| Known::named(known.name))
    }
}

fn command() -> Command {
    let about = "Asks real proxies, as they come and as they are right, which of the five ways they let through";

    Args::augment_args(Command::new("proxies")).about(about)
}

/// Measures, writes `results.json`, and prints the table; or fetches.
#[expect(clippy::print_stdout, reason = "the table is what this is for")]
fn run(matches: &ArgMatches) -> io::Result<()> {
    let args = Args::from_arg_matches(matches).map_err(io::Error::other)?;
    if args.get {
        return args.wanted().try_for_each(|known| {
            let program = known.get()?;
            println!("{} {}: {}", known.title, program.version()?, program.file.display());
            Ok(())
        });
    }
    let cannot = |error: io::Error| {
        let text = format!("cannot write to {}: {error}: choose another with --out", args.out.display());
        io::Error::new(error.kind(), text)
    };
    fs::create_dir_all(&args.out).map_err(cannot)?;
    let began = Instant::now();
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let mut results = runtime.block_on(measure::all(&args))?;
    results.took_seconds = began.elapsed().as_secs_f64();

    let file = args.out.join("results.json");
    fs::write(&file, lines::json(&results)?).map_err(cannot)?;
    println!("{}\n{:.0} s; {}", results.table(), results.took_seconds, file.display());
    Ok(())
}
