//! What can be set, by option or by environment variable.

use std::{
    fmt,
    net::IpAddr,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use actix_web::http::Uri;
use clap::{Arg, ArgAction, Args, Command, FromArgMatches as _, builder::FalseyValueParser};
use jiff::SignedDuration;

use crate::{feed::HISTORY, transport::Transport};

/// The project's root as it was when this was built: where the pages are.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// What can be set. Durations are written `15s`, `200ms` or `0`.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// IP address to listen on; any but a loopback address is reachable from outside
    #[arg(long, env = "FIVE_WAYS_HOST", default_value = "127.0.0.1")]
    pub host: IpAddr,
    /// Port to listen on; 0 takes a free one
    #[arg(long, env = "FIVE_WAYS_PORT")]
    pub port: u16,
    /// How often the clock ticks; 0 is never
    #[arg(long, env = "FIVE_WAYS_TICK", value_parser = duration)]
    pub tick: Duration,
    /// How many messages are held for clients that were away
    #[arg(long, env = "FIVE_WAYS_HISTORY", default_value_t = HISTORY)]
    pub history: NonZeroUsize,
    /// After how much silence a heartbeat is sent, and after twice as much a peer given up; 0 is never
    #[arg(long, env = "FIVE_WAYS_HEARTBEAT", value_parser = duration, default_value = "15s")]
    pub heartbeat: Duration,
    /// How long a long poll is held; 0 answers at once
    #[arg(long, env = "FIVE_WAYS_HOLD", value_parser = duration, default_value = "25s")]
    pub hold: Duration,
    /// The project's folder, where the pages are
    #[arg(long, env = "FIVE_WAYS_ASSETS", value_name = "ROOT", default_value = ROOT, hide_default_value = true)]
    pub assets: PathBuf,
    /// Threads that serve; as many as there are processors, if not set
    #[arg(long, env = "FIVE_WAYS_WORKERS")]
    pub workers: Option<NonZeroUsize>,
    /// A name, without port, by which clients may call this server besides localhost and IP addresses
    #[arg(long, env = "FIVE_WAYS_ALLOW_HOST", value_name = "NAME", value_delimiter = ',')]
    pub allow_host: Vec<String>,
    /// An origin besides the server's own that may publish and open WebSockets; behind a TLS proxy, its https one
    #[arg(long, env = "FIVE_WAYS_ALLOW_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    pub allow_origin: Vec<Origin>,
    /// An origin whose pages may show this one in a frame, and hear what it receives
    #[arg(long, env = "FIVE_WAYS_ALLOW_EMBED", value_name = "ORIGIN", value_delimiter = ',')]
    pub allow_embed: Vec<Origin>,
    /// How many streams, held requests and sockets may be open at once
    #[arg(long, env = "FIVE_WAYS_MAX_CLIENTS", default_value_t = 10_000)]
    pub max_clients: usize,
    /// The transport's switches that are on, by name.
    #[arg(skip)]
    pub switches: Vec<&'static str>,
}

impl Options {
    /// Reads a command line, program name first, and the environment.
    ///
    /// # Errors
    /// What clap has to say: a mistake, or the help that was asked for.
    pub fn read<A: Into<std::ffi::OsString> + Clone>(
        transport: &Transport,
        line: impl IntoIterator<Item = A>,
    ) -> Result<Self, clap::Error> {
        Self::read_with(transport, &[], line)
    }

    /// The same with other defaults for some of the options, each a name and a value.
    ///
    /// # Errors
    /// What clap has to say: a mistake, or the help that was asked for.
    pub fn read_with<A: Into<std::ffi::OsString> + Clone>(
        transport: &Transport,
        defaults: &[(&'static str, &'static str)],
        line: impl IntoIterator<Item = A>,
    ) -> Result<Self, clap::Error> {
        let change = |command: Command, &(name, value): &(&'static str, &'static str)| {
            command.mut_arg(name, |arg| arg.default_value(value))
        };
        let matches = defaults.iter().fold(command(transport), change).try_get_matches_from(line)?;
        let mut options = Self::from_arg_matches(&matches)?;
        let named = transport.switches.iter().map(|switch| switch.name);
        options.switches = named.filter(|name| matches.get_flag(name)).collect();

        Ok(options)
    }

    /// The transport's own assets.
    pub fn own_assets(&self, transport: &Transport) -> PathBuf {
        self.assets.join(transport.name).join("assets")
    }

    /// The assets that all five share.
    pub fn shared_assets(&self) -> PathBuf {
        self.assets.join("shared").join("assets")
    }

    /// Where a file of the page is missing, says which.
    pub fn missing_asset(&self, transport: &Transport) -> Option<PathBuf> {
        let needed = [self.own_assets(transport).join("client.js"), self.shared_assets().join("page.js")];

        needed.into_iter().find(|file| !Path::is_file(file))
    }
}

fn command(transport: &Transport) -> Command {
    let tick = SignedDuration::try_from(transport.tick).expect("a tick is short");
    let default = |value: String| move |arg: Arg| arg.required(false).default_value(value);
    let command = Options::augment_args(Command::new(transport.name))
        .about(transport.about)
        .mut_arg("port", default(transport.port.to_string()))
        .mut_arg("tick", default(format!("{tick:#}")));

    transport.switches.iter().fold(command, |command, switch| {
        let variable = format!("FIVE_WAYS_{}", switch.name.to_uppercase());
        let switch = Arg::new(switch.name).long(switch.name).help(switch.help).action(ArgAction::SetTrue);
        command.arg(switch.env(variable).value_parser(FalseyValueParser::new()))
    })
}

fn duration(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let wrong = || "write a duration as 15s, 200ms or 0".to_owned();
    let duration: SignedDuration = text.parse().map_err(|_| wrong())?;

    duration.try_into().map_err(|_| wrong())
}

/// A web origin, `scheme://host` or `scheme://host:port`, in lower case (RFC 6454 §6.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Origin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "write an origin as https://example.org or http://localhost:8100";
        let uri: Uri = text.parse().map_err(|_| WRONG)?;
        let host = uri.authority().map(|authority| authority.as_str().to_lowercase()).ok_or(WRONG)?;
        let scheme = uri.scheme_str().filter(|scheme| ["http", "https"].contains(scheme)).ok_or(WRONG)?;
        let plain = host.chars().all(|c| c.is_ascii_alphanumeric() || ".-:[]".contains(c));
        let ends_there = text.len() == scheme.len() + "://".len() + host.len();
        let default_port = if scheme == "https" { ":443" } else { ":80" };

        match plain && ends_there {
            true => Ok(Self(format!("{scheme}://{}", host.strip_suffix(default_port).unwrap_or(&host)))),
            false => Err(WRONG),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRANSPORT: Transport = Transport {
        name: "pigeon",
        title: "Pigeon",
        about: "",
        good_for: "",
        cost: "",
        next: ("", 0),
        port: 8199,
        tick: Duration::from_secs(5),
        routes: |_| {},
        upgrades: &[],
        switches: &[crate::Switch { name: "coo", help: "", routes: |_| {} }],
    };

    #[test]
    fn defaults_come_from_the_transport() {
        let options = Options::read(&TRANSPORT, ["pigeon"]).unwrap();

        assert_eq!((options.port, options.tick), (8199, Duration::from_secs(5)));
        assert!(options.switches.is_empty());
    }

    #[test]
    fn a_switch_is_off_until_it_is_named() {
        let options = Options::read(&TRANSPORT, ["pigeon", "--coo"]).unwrap();

        assert_eq!(options.switches, ["coo"]);
    }

    #[test]
    fn durations_have_a_unit_or_are_0() {
        assert_eq!(duration("0"), Ok(Duration::ZERO));
        assert_eq!(duration("15s"), Ok(Duration::from_secs(15)));
        assert_eq!(duration("200ms"), Ok(Duration::from_millis(200)));
        for wrong in ["", "15", "-1s", "soon"] {
            assert!(duration(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (text, origin) in [
            ("http://localhost:8100", "http://localhost:8100"),
            ("https://Example.org", "https://example.org"),
            ("https://example.org:443", "https://example.org"),
            ("http://[::1]:80", "http://[::1]"),
        ] {
            assert_eq!(text.parse::<Origin>().map(|origin| origin.to_string()), Ok(origin.to_owned()));
        }
        for wrong in ["", "null", "*", "example.org", "ftp://example.org", "http://a/", "http://a?b", "http://u@a"] {
            assert!(wrong.parse::<Origin>().is_err(), "{wrong:?}");
        }
        assert!("http://a;script-src".parse::<Origin>().is_err(), "nothing that ends a directive");
    }
}
