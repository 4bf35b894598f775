//! The command line of a program.

use std::ffi::OsString;

use clap::{Arg, ArgMatches, Args as _, Command};

use super::{options::Options, program::Also, transport::Transport};

/// Reads a command line, program name first, and the environment.
///
/// # Errors
/// What clap has to say: a mistake, or the help that was asked for.
pub fn read<A: Into<OsString> + Clone>(
    transport: &Transport,
    line: impl IntoIterator<Item = A>,
) -> Result<Options, clap::Error> {
    read_with(transport, &[], line)
}

/// The same with other defaults for some of the options, each a name and a value.
///
/// # Errors
/// What clap has to say: a mistake, or the help that was asked for.
pub fn read_with<A: Into<OsString> + Clone>(
    transport: &Transport,
    defaults: &[(&'static str, &'static str)],
    line: impl IntoIterator<Item = A>,
) -> Result<Options, clap::Error> {
    Options::of(&matches(transport, defaults, &[], line)?)
}

/// What stands on the line: options, or else one of the other commands.
pub(crate) fn matches<A: Into<OsString> + Clone>(
    transport: &Transport,
    defaults: &[(&'static str, &'static str)],
    also: &[Also],
    line: impl IntoIterator<Item = A>,
) -> Result<ArgMatches, clap::Error> {
    let change = |command: Command, &(name, value): &(&'static str, &'static str)| {
        command.mut_arg(name, |arg| arg.default_value(value))
    };
    let command = defaults.iter().fold(command(transport), change);
    let has_others = !also.is_empty();

    command
        .subcommands(also.iter().map(|also| (also.command)()))
        .args_conflicts_with_subcommands(has_others)
        .disable_help_subcommand(true)
        .try_get_matches_from(line)
}

fn command(transport: &Transport) -> Command {
    let port = |arg: Arg| arg.required(false).default_value(transport.port.to_string());

    Options::augment_args(Command::new(transport.name))
        .about(transport.about)
        .mut_arg("port", port)
        .args((transport.options)())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::shell::options::{switch, tick};

    const TRANSPORT: Transport = Transport {
        name: "pigeon",
        title: "Pigeon",
        about: "",
        port: 8199,
        options: || vec![tick("5s"), switch("coo", "")],
        routes: |_, _| {},
        upgrades: &[],
        silence: Duration::MAX,
    };

    #[test]
    fn defaults_come_from_the_transport() {
        let options = read(&TRANSPORT, ["pigeon"]).unwrap();

        assert_eq!(options.port, 8199);
        assert_eq!(options.tick, Duration::from_secs(5));
        assert!(!options.is_on("coo"));
    }

    #[test]
    fn a_switch_is_off_until_it_is_named() {
        let options = read(&TRANSPORT, ["pigeon", "--coo"]).unwrap();

        assert!(options.is_on("coo"));
        assert!(!options.is_on("tick"), "this is no switch");
    }

    #[test]
    fn an_option_that_a_transport_does_not_use_it_does_not_have() {
        for wrong in ["--workers", "--max-clients", "--hold"] {
            assert!(read(&TRANSPORT, ["pigeon", wrong, "1"]).is_err(), "{wrong}");
        }
    }
}
