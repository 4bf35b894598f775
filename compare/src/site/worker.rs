//! The command that runs one of the five, or all, in a process of their own.

use std::{env, ffi::OsString, io, iter::once};

use actix_web::rt::System;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use shared::shell::{Also, Log, Options, read_with};

use super::{DEFAULTS, TRANSPORT, let_embed};
use crate::{
    lab::{self, Program},
    transports::{ALL, Row},
};

/// What it is called.
const NAME: &str = "side-by-side-servers";

/// The command. It is given all that this program was given, for its options are the same.
pub const COMMAND: Also = Also { command, run };

/// This program again, for the page at this port.
///
/// # Errors
/// When the system does not say where this program is.
pub(super) fn program(page: u16) -> io::Result<Program> {
    let before = [NAME.into(), "--page".into(), page.to_string().into()].to_vec();
    let after = once("--".into()).chain(env::args_os().skip(1)).collect();

    Ok(Program { path: env::current_exe()?, before, after })
}

fn command() -> Command {
    let page = Arg::new("page").long("page").required(true).value_parser(value_parser!(u16));
    let way = Arg::new("way").long("way").required(true).action(ArgAction::Append);
    let next = Arg::new("next").long("next").action(ArgAction::Append).value_parser(value_parser!(u16));
    let line = Arg::new("line").last(true).num_args(0..).value_parser(value_parser!(OsString));

    Command::new(NAME).hide(true).args([page, way, next, line])
}

fn run(matches: &ArgMatches) -> io::Result<()> {
    let _log = Log::on_stderr("warn");
    let line = matches.get_many::<OsString>("line").into_iter().flatten().cloned();
    let mut options =
        read_with(&TRANSPORT, DEFAULTS, once(TRANSPORT.name.into()).chain(line)).map_err(io::Error::other)?;
    if let Some(page) = matches.get_one("page") {
        let_embed(&mut options, *page);
    }
    let ways = matches.get_many::<String>("way").into_iter().flatten();
    let nexts = matches.get_many::<u16>("next").into_iter().flatten();
    let servers = ways.zip(nexts).map(|(way, next)| Ok((row(way)?, with_next(&options, *next))));
    let servers = servers.collect::<io::Result<_>>()?;

    System::new().block_on(lab::serve(servers))
}

fn row(name: &str) -> io::Result<Row> {
    let row = ALL.into_iter().find(|row| row.transport.name == name);

    row.ok_or_else(|| io::Error::other(format!("there is no way {name}")))
}

fn with_next(options: &Options, next: u16) -> Options {
    let mut options = options.clone();
    options.next_port = Some(next);

    options
}
