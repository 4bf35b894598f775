//! The command `status`: asks a server that runs how it is. In a container there may be nothing else that could ask.

use std::{
    io::{self, Read as _, Write as _},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};

use clap::{Arg, ArgMatches, Args as _, Command, FromArgMatches as _, value_parser};

use super::{
    options::read_address,
    program::Also,
    tls::{self, Tls},
};

/// An answer that takes longer is none.
const PATIENCE: Duration = Duration::from_secs(2);

/// The command. It is told where the server is as that is: by option or by environment variable.
pub(super) const STATUS: Also = Also { command, run };

fn command() -> Command {
    let host =
        Arg::new("host").long("host").env("FIVE_WAYS_HOST").value_parser(read_address).default_value("127.0.0.1");
    let port = Arg::new("port").long("port").env("FIVE_WAYS_PORT").value_parser(value_parser!(u16)).required(true);

    Tls::augment_args(Command::new("status"))
        .about("Asks a server that runs for its status, and ends with 0 if it answers")
        .arg(host.value_name("HOST").help("IP address on which it listens"))
        .arg(port.value_name("PORT").help("Port on which it listens"))
}

fn run(matches: &ArgMatches) -> io::Result<()> {
    let host = matches.get_one("host").copied().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let port = matches.get_one("port").copied().unwrap_or_default();
    let address = SocketAddr::new(reachable(host), port);
    let secure = Tls::from_arg_matches(matches).map_err(io::Error::other)?;
    let status =
        ask(address, &secure).map_err(|error| io::Error::other(format!("no status from {address}: {error}")))?;

    writeln!(io::stdout(), "{status}")
}

/// Where one that listens on all addresses can be asked.
fn reachable(host: IpAddr) -> IpAddr {
    match host {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        host => host,
    }
}

/// By HTTP/1.0 without a `Host`: the answer ends with the connection, and no name can be the wrong one.
fn ask(address: SocketAddr, secure: &Tls) -> io::Result<String> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut line = tls::speak(stream, secure)?;
    line.write_all(b"GET /status HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    line.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    let line = head.lines().next().unwrap_or_default();

    if line.split(' ').nth(1) == Some("200") {
        return Ok(body.to_owned());
    }
    Err(io::Error::other(if line.is_empty() { "its answer is not HTTP" } else { line }))
}
