//! What can be set, by option or by environment variable.

use std::{net::IpAddr, num::NonZeroUsize, path::PathBuf, time::Duration};

use actix_web::HttpRequest;
use clap::{Arg, ArgAction, ArgMatches, Args, FromArgMatches as _, builder::FalseyValueParser};
use jiff::SignedDuration;

use super::{host, tls::Tls};
use crate::{Origin, feed::HISTORY};

/// The project's root as it was when this was built: where the pages are.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// What can be set. Durations are written `15s`, `200ms` or `0`.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// IP address to listen on; any but a loopback address is reachable from outside
    #[arg(long, env = "FIVE_WAYS_HOST", value_parser = read_address, default_value = "127.0.0.1")]
    pub host: IpAddr,
    /// Port to listen on; 0 takes a free one
    #[arg(long, env = "FIVE_WAYS_PORT")]
    pub port: u16,
    /// TLS, if it is spoken.
    #[command(flatten)]
    pub tls: Tls,
    /// How many messages are held for clients that were away
    #[arg(long, env = "FIVE_WAYS_HISTORY", value_parser = read_count, default_value_t = HISTORY)]
    pub history: NonZeroUsize,
    /// A file that keeps the feed, so that it outlives the server; without, it is in memory
    #[arg(long, env = "FIVE_WAYS_STORE", value_name = "FILE")]
    pub store: Option<PathBuf>,
    /// With --store: each message is on the disk before anybody is told of it, and a power cut loses none
    #[arg(long, env = "FIVE_WAYS_DURABLE", value_parser = FalseyValueParser::new(), requires = "store")]
    pub durable: bool,
    /// Redis, which keeps the feed, so that other servers have it, too
    #[arg(
        long,
        env = "FIVE_WAYS_REDIS",
        value_name = "redis://HOST:PORT",
        hide_env_values = true,
        conflicts_with = "store"
    )]
    pub redis: Option<String>,
    /// With --redis: waits for it at the start, instead of giving up
    #[arg(long, env = "FIVE_WAYS_REDIS_WAIT", value_parser = FalseyValueParser::new(), requires = "redis")]
    pub redis_wait: bool,
    /// After how much silence a heartbeat is sent (in an iframe stream after 4s at most), and after twice as much a peer given up; 0 is never
    #[arg(long, env = "FIVE_WAYS_HEARTBEAT", value_parser = read_duration, default_value = "15s")]
    pub heartbeat: Duration,
    /// The project's folder, where the pages are
    #[arg(long, env = "FIVE_WAYS_ASSETS", value_name = "ROOT", default_value = ROOT, hide_default_value = true)]
    pub assets: PathBuf,
    /// A name, without port, by which clients may call this server besides localhost and IP addresses
    #[arg(long, env = "FIVE_WAYS_ALLOW_HOST", value_name = "NAME", value_delimiter = ',', value_parser = read_name)]
    pub allow_host: Vec<String>,
    /// An origin besides the server's own whose pages may publish, read and open WebSockets; behind a TLS proxy, its https one
    #[arg(long, env = "FIVE_WAYS_ALLOW_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    pub allow_origin: Vec<Origin>,
    /// An origin whose pages may show this one in a frame, and hear what it receives
    #[arg(long, env = "FIVE_WAYS_ALLOW_EMBED", value_name = "ORIGIN", value_delimiter = ',', value_parser = read_embedder)]
    pub allow_embed: Vec<Origin>,
    /// Add /metrics, the figures of the server for Prometheus
    #[arg(long, env = "FIVE_WAYS_METRICS", value_parser = FalseyValueParser::new())]
    pub metrics: bool,
    /// The port of a page that may do so, too, where it is called by the same name as this one.
    #[arg(skip)]
    pub embed_port: Option<u16>,
    /// The port of the next of the five, where the five were put elsewhere.
    #[arg(skip)]
    pub next_port: Option<u16>,
    /// How often the clock ticks; zero where there is none.
    #[arg(skip)]
    pub tick: Duration,
    /// Threads that serve; as many as there are processors, if not set.
    #[arg(skip)]
    pub workers: Option<NonZeroUsize>,
    /// How many streams, held requests and sockets may be open at once, where any are.
    #[arg(skip = usize::MAX)]
    pub max_clients: usize,
    /// When a stream, a held request or a socket is too old; zero is never.
    #[arg(skip)]
    pub max_age: Duration,
    /// The options that not all have.
    #[arg(skip)]
    own: ArgMatches,
}

impl Options {
    /// What a command line and the environment gave.
    pub(crate) fn of(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut options = Self { own: matches.clone(), ..Self::from_arg_matches(matches)? };
        options.tick = options.duration("tick").unwrap_or_default();
        options.workers = options.get("workers");
        options.max_clients = options.get("max-clients").unwrap_or(options.max_clients);
        options.max_age = options.duration("max-age").unwrap_or_default();

        Ok(options)
    }

    /// The scheme of the server's addresses.
    pub fn scheme(&self) -> &'static str {
        self.tls.scheme()
    }

    /// A duration that only some transports have.
    pub fn duration(&self, name: &str) -> Option<Duration> {
        self.get(name)
    }

    /// Whether a switch is on that only some transports have.
    pub fn is_on(&self, name: &str) -> bool {
        self.get(name).unwrap_or(false)
    }

    fn get<T: Copy + Send + Sync + 'static>(&self, name: &str) -> Option<T> {
        self.own.try_get_one(name).ok().flatten().copied()
    }

    /// The origins whose pages may show this one in a frame, where it is called as by this request.
    pub fn embedders(&self, request: &HttpRequest) -> Vec<Origin> {
        let name =
            self.embed_port.and_then(|port| Some(format!("{}://{}:{port}", self.scheme(), host::named(request)?)));
        let named = name.and_then(|origin| origin.parse().ok()).filter(|origin| !self.allow_embed.contains(origin));

        self.allow_embed.iter().cloned().chain(named).collect()
    }

    /// The assets of the transport of this name.
    pub fn own_assets(&self, name: &str) -> PathBuf {
        self.assets.join(name).join("assets")
    }

    /// The assets that all five share.
    pub fn shared_assets(&self) -> PathBuf {
        self.assets.join("shared").join("assets")
    }
}

/// `--tick`, for who has a clock.
pub fn tick(usual: &'static str) -> Arg {
    duration("tick", usual, "How often the clock ticks; 0 is never")
}

/// `--workers`, for who serves alone.
pub fn workers() -> Arg {
    let help = "Threads that serve; as many as there are processors, if not set";

    own("workers", help).value_parser(read_count)
}

/// `--max-clients`, for who holds something open.
pub fn max_clients() -> Arg {
    let help = "How many streams, held requests and sockets may be open at once";

    own("max-clients", help).value_parser(read_number).default_value("10000")
}

/// `--max-age`, for the same.
pub fn max_age() -> Arg {
    let help = "After how long a stream, a held request or a socket ends, each at random from half of it on, so that its client \
                comes back; 0 is never";

    duration("max-age", "0", help)
}

/// A duration with its usual value.
pub fn duration(name: &'static str, usual: &'static str, help: &'static str) -> Arg {
    own(name, help).value_parser(read_duration).default_value(usual)
}

/// A switch, which is off unless it is named. In the environment 1, true, yes and on turn it on.
pub fn switch(name: &'static str, help: &'static str) -> Arg {
    own(name, help).action(ArgAction::SetTrue).value_parser(FalseyValueParser::new())
}

fn own(name: &'static str, help: &'static str) -> Arg {
    let variable = name.replace('-', "_").to_uppercase();

    Arg::new(name).long(name).help(help).env(format!("FIVE_WAYS_{variable}"))
}

fn read_duration(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let wrong = || "write a duration as 15s, 200ms or 0".to_owned();
    let duration: SignedDuration = text.parse().map_err(|_| wrong())?;

    duration.try_into().map_err(|_| wrong())
}

pub(super) fn read_address(text: &str) -> Result<IpAddr, &'static str> {
    text.parse().map_err(|_| "write an IP address as 127.0.0.1 or ::1")
}

/// One that a content security policy can name.
fn read_embedder(text: &str) -> Result<Origin, &'static str> {
    let origin: Origin = text.parse()?;
    let unnamed = "no content security policy can name an IPv6 address: write the origin with a name";

    if origin.as_str().contains('[') { Err(unnamed) } else { Ok(origin) }
}

fn read_count(text: &str) -> Result<NonZeroUsize, &'static str> {
    text.parse().map_err(|_| "write a whole number from 1 on")
}

fn read_number(text: &str) -> Result<usize, &'static str> {
    text.parse().map_err(|_| "write a whole number from 0 on")
}

/// A name as it stands in `Host`, in lower case and without a last dot.
fn read_name(text: &str) -> Result<String, &'static str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
    let name = text.strip_suffix('.').unwrap_or(text);
    let literal = name.trim_start_matches('[').trim_end_matches(']');
    let good = !name.is_empty() && (name.chars().all(is_plain) || literal.parse::<IpAddr>().is_ok());

    good.then(|| name.to_ascii_lowercase()).ok_or("write a name as example.org, without scheme and port")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit_or_are_0() {
        assert_eq!(read_duration("0"), Ok(Duration::ZERO));
        assert_eq!(read_duration("15s"), Ok(Duration::from_secs(15)));
        assert_eq!(read_duration("200ms"), Ok(Duration::from_millis(200)));
        for wrong in ["", "15", "-1s", "soon"] {
            assert!(read_duration(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_name_has_no_scheme_and_no_port() {
        assert_eq!(read_name("Example.org."), Ok("example.org".to_owned()));
        assert_eq!(read_name("a_b-c"), Ok("a_b-c".to_owned()));
        assert_eq!(read_name("[::1]"), Ok("[::1]".to_owned()));
        for wrong in ["", ".", "http://x", "x:80", "x/y", "*.example.org", "a b", "u@x"] {
            assert!(read_name(wrong).is_err(), "{wrong:?}");
        }
    }
}
