//! The command line.

use std::{path::PathBuf, time::Duration};

use clap::value_parser;

use super::{peers::Chosen, row::row};
use crate::transports::{ALL, Row};

/// What can be set. Where a load is given, only that one is measured.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which of the five; all, if not set
    #[arg(long, value_parser = row(), value_delimiter = ',')]
    pub(crate) transports: Vec<Row>,
    /// How many clients (1000); with this or another of the load, only that load is measured
    #[arg(long, value_parser = value_parser!(u32).range(1..=9_500))]
    pub(crate) clients: Option<u32>,
    /// Messages a second (10)
    #[arg(long, value_parser = value_parser!(u32).range(1..=100_000))]
    pub(crate) rate: Option<u32>,
    /// Bytes of a message's text (100)
    #[arg(long, value_parser = value_parser!(u16).range(24..=4_096))]
    pub(crate) size: Option<u16>,
    /// For how long to publish in each round (5)
    #[arg(long, value_parser = value_parser!(u32).range(1..=3_600))]
    pub(crate) seconds: Option<u32>,
    /// How often each is measured, in turn (3)
    #[arg(long, value_parser = value_parser!(u32).range(1..=100))]
    pub(crate) rounds: Option<u32>,
    /// How many clients are served while a POST is timed and the highest rate is sought (5000, 0 with a load); 0 leaves both out
    #[arg(long, value_parser = value_parser!(u32).range(0..=9_500))]
    pub(crate) crowd: Option<u32>,
    /// Servers to compare with: all that compare/peers has, some of them by name, or others by NAME=COMMAND
    #[arg(long, value_name = "NAME[=COMMAND]", value_delimiter = ',', value_parser = Chosen::read)]
    pub(crate) peers: Vec<Chosen>,
    /// How long a client of polling waits before it asks again
    #[arg(long, value_parser = duration, default_value = "1s")]
    pub(crate) interval: Duration,
    /// Less of each, in less than three minutes
    #[arg(long)]
    pub(crate) quick: bool,
    /// Measure nothing: sum up this results.json anew, and draw its report
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<PathBuf>,
    /// The folder for results.json and report.html
    #[arg(long, value_name = "DIR", default_value = "target/bench")]
    pub(crate) out: PathBuf,
}

impl Args {
    /// Those that were asked for, in the order of the article.
    pub(crate) fn rows(&self) -> Vec<Row> {
        let wanted = |row: &Row| {
            self.transports.is_empty() || self.transports.iter().any(|one| one.transport.name == row.transport.name)
        };

        ALL.into_iter().filter(wanted).collect()
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "write a duration as 15s or 200ms".to_owned();
    let duration: jiff::SignedDuration = text.parse().map_err(|_| wrong())?;

    duration.try_into().map_err(|_| wrong())
}
