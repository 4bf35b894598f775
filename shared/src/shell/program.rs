//! What a program is, besides its server.

use std::io;

use clap::ArgMatches;

use super::transport::Transport;

/// What a program is.
#[derive(Debug)]
pub struct Program {
    /// What it is called, and its options.
    pub transport: Transport,
    /// Other defaults for some of the options, each a name and a value.
    pub defaults: &'static [(&'static str, &'static str)],
    /// What it does instead of serving, each by its name as the first word.
    pub also: &'static [Also],
    /// What it logs, if `RUST_LOG` does not say.
    pub log: &'static str,
}

/// A command of a program besides serving.
#[derive(Debug)]
pub struct Also {
    /// Its name and its options.
    pub command: fn() -> clap::Command,
    /// Does it.
    pub run: fn(&ArgMatches) -> io::Result<()>,
}
