//! The command line.

use std::time::Duration;

use clap::{
    Parser, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
    value_parser,
};
use compare::transports::{ALL, Row};

/// Measures one server under load: delays, bytes, CPU for each delivery, memory for each client.
#[derive(Debug, Parser)]
#[command(name = "load", args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) serve: Option<Command>,
    #[command(flatten)]
    pub(crate) load: Load,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The server's half, which the other half starts: prints its address, and stops when its input ends
    #[command(hide = true)]
    Serve {
        #[arg(value_parser = row())]
        transport: Row,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Load {
    /// Which of the five
    #[arg(long, value_parser = row(), default_value = "sse")]
    pub(crate) transport: Row,
    /// How many clients
    #[arg(long, value_parser = value_parser!(u32).range(1..=9_000), default_value = "1000")]
    clients: u32,
    /// Messages a second; 0 measures only memory
    #[arg(long, value_parser = value_parser!(u32).range(0..=100_000), default_value = "10")]
    pub(crate) rate: u32,
    /// For how long to publish
    #[arg(long, value_parser = value_parser!(u32).range(1..=3_600), default_value = "10")]
    pub(crate) seconds: u32,
    /// Bytes of a message's text
    #[arg(long, value_parser = value_parser!(u16).range(16..=4_096), default_value = "32")]
    pub(crate) text_bytes: u16,
    /// How long a client of polling waits before it asks again
    #[arg(long, value_parser = duration, default_value = "1s")]
    pub(crate) interval: Duration,
}

impl Load {
    pub(crate) fn clients(&self) -> u64 {
        self.clients.into()
    }

    /// How many messages are published in all.
    pub(crate) fn messages(&self) -> u64 {
        u64::from(self.rate) * u64::from(self.seconds)
    }
}

fn row() -> impl TypedValueParser<Value = Row> {
    let find = |name: String| ALL.into_iter().find(|row| row.transport.name == name);

    PossibleValuesParser::new(ALL.map(|row| row.transport.name)).map(move |name| find(name).expect("it is possible"))
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "write a duration as 15s or 200ms".to_owned();
    let duration: jiff::SignedDuration = text.parse().map_err(|_| wrong())?;

    duration.try_into().map_err(|_| wrong())
}
