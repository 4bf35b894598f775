//! The bench: what a delivery and an idle client cost a server, and how late messages come, for each of the five and for
//! peers, under the same load and in turn.
//!
//! The server is a process of its own, so that its CPU and memory can be measured apart; so is the publisher. The clients
//! are threads of this one. What the figures do not show: a network, and browsers.

mod args;
mod checks;
mod clients;
mod counted;
mod crowd;
mod figures;
#[cfg(test)]
mod garbage;
mod heads;
mod http;
#[cfg(feature = "tls")]
mod http2;
mod kept;
mod line;
pub(crate) mod lines;
mod load;
pub(crate) mod machine;
mod measure;
mod message;
mod peers;
mod plan;
mod proc;
pub(crate) mod progress;
mod publisher;
mod report;
mod results;
mod round;
mod row;
mod run;
mod scan;
mod search;
mod secure;
mod server;
mod spread;
mod stream;
mod svg;
mod table;
mod tally;
#[cfg(feature = "tls")]
mod tls;
mod verdict;

use std::{fs, io, path::Path, time::Instant};

use clap::{ArgMatches, Args as _, Command, FromArgMatches as _};
use shared::shell::Also;
use tokio::runtime;

use self::{args::Args, plan::Plan, results::Results};

/// What a process has open besides its clients, at most.
const OTHER_FILES: u64 = 100;

/// The commands of the program: the benches, and the two that it starts as processes of their own.
pub const COMMANDS: [Also; 5] = [
    Also { command, run },
    Also { command: kept::command, run: kept::run },
    Also { command: secure::command, run: secure::run },
    Also { command: server::command, run: server::run },
    Also { command: publisher::command, run: publisher::run },
];

fn command() -> Command {
    let about = "Measures servers under load: delays, bytes, CPU for each delivery, memory for each client";

    Args::augment_args(Command::new("bench")).about(about)
}

fn run(matches: &ArgMatches) -> io::Result<()> {
    let args = Args::from_arg_matches(matches).map_err(io::Error::other)?;
    let results = match &args.from {
        Some(file) => Results::read(file)?,
        None => measure(&args)?,
    };

    write(&results, &args.out)?;
    table::print(&results, &args.out);
    Ok(())
}

fn measure(args: &Args) -> io::Result<Results> {
    let plan = Plan::of(args);
    let files = rlimit::increase_nofile_limit(u64::MAX)?;
    if files < plan.most_clients() + OTHER_FILES {
        return Err(io::Error::other(format!("only {files} open files are allowed here: take fewer --clients")));
    }
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let began = Instant::now();
    let mut results = runtime.block_on(measure::all(args, &plan, tokio::signal::ctrl_c()))?;
    results.took_seconds = began.elapsed().as_secs_f64();

    Ok(results)
}

/// Both files, into a folder that need not be there.
fn write(results: &Results, folder: &Path) -> io::Result<()> {
    let cannot = |error: io::Error| {
        io::Error::new(
            error.kind(),
            format!("cannot write to {}: {error}: choose another with --out", folder.display()),
        )
    };
    fs::create_dir_all(folder).map_err(cannot)?;
    fs::write(folder.join("results.json"), lines::json(results)?).map_err(cannot)?;

    fs::write(folder.join("report.html"), report::html(results)?).map_err(cannot)
}
