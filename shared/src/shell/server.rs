//! The server around every transport: options, bind, run, stop.

use std::{
    any::Any,
    fmt::Display,
    io::{self, Write as _},
    net::{SocketAddr, TcpListener},
    num::NonZeroUsize,
    process::ExitCode,
    thread::available_parallelism,
    time::Duration,
};

use actix_web::{
    App, HttpServer,
    middleware::from_fn,
    rt::{System, spawn},
    web::{Data, ServiceConfig},
};
use clap::{
    ArgMatches,
    error::{ContextKind, ContextValue},
};
use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};
use tokio_util::sync::CancellationToken;

use super::{
    ask::STATUS,
    assets, clock,
    command_line::matches,
    guard,
    keeping::{open_feed, watch_history},
    log::Log,
    options::Options,
    program::{Also, Program},
    routes::routes,
    site::Site,
    tls::{self, Certificate},
    transport::Transport,
};
use crate::stop;

/// How many connections may wait to be accepted.
const BACKLOG: i32 = 4_096;
/// A connection on which nothing is asked is kept for so long: longer than a slow poller's interval.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// So many bytes that the peer has no room for may wait in the kernel.
#[cfg(target_os = "linux")]
const MOST_UNSENT: u32 = 16 * 1_024;

/// What each `main` calls: reads the options, makes feed and clock, and serves until Ctrl-C or SIGTERM.
///
/// Exit code 0 after a stop, 1 if the server could not run, 2 for a bad option.
pub fn main(transport: Transport) -> ExitCode {
    launch(&Program { transport, defaults: &[], also: &[STATUS], log: "info" }, serve_alone)
}

/// The same as [`main`] for what serves otherwise.
pub fn launch(program: &Program, serve: impl AsyncFnOnce(Transport, Options) -> io::Result<()>) -> ExitCode {
    let Program { transport, defaults, also, log } = program;
    let read = matches(transport, defaults, also, std::env::args_os());
    let ended = match read.and_then(|matches| Task::of(&matches, also)) {
        Ok(Task::Serve(options)) => {
            let _log = Log::start(log);
            System::new().block_on(serve(*transport, *options))
        }
        Ok(Task::Other(also, matches)) => (also.run)(&matches),
        Err(error) if error.use_stderr() => {
            complain(transport, &in_one_line(&error));
            return ExitCode::from(2);
        }
        Err(help) => return help.print().map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS),
    };

    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(transport, &error);
            ExitCode::FAILURE
        }
    }
}

/// What a command line asks for.
enum Task<'a> {
    Serve(Box<Options>),
    Other(&'a Also, ArgMatches),
}

impl<'a> Task<'a> {
    fn of(matches: &ArgMatches, also: &'a [Also]) -> Result<Self, clap::Error> {
        let named = matches.subcommand();
        let other =
            named.and_then(|(name, own)| Some((also.iter().find(|also| (also.command)().get_name() == name)?, own)));

        match other {
            Some((also, own)) => Ok(Self::Other(also, own.clone())),
            None => Ok(Self::Serve(Box::new(Options::of(matches)?))),
        }
    }
}

/// A mistake is for who has started the program: one line on standard error.
fn complain(transport: &Transport, mistake: &dyn Display) {
    writeln!(io::stderr(), "{}: {mistake}", transport.name).ok(); // nobody may listen
}

/// What was wrong, and what to do.
fn in_one_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let mistake = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
    let meant = match error.get(ContextKind::SuggestedArg) {
        Some(ContextValue::String(meant)) => format!(": did you mean {meant}?"),
        _ => String::new(),
    };

    let missing = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::Strings(missing)) if mistake.ends_with(':') => format!(" {}", missing.join(" ")),
        _ => String::new(),
    };

    format!("{mistake}{missing}{meant} (--help lists the options)")
}

async fn serve_alone(transport: Transport, options: Options) -> io::Result<()> {
    let listener = bind(SocketAddr::new(options.host, options.port))?;
    check_assets(&transport, &options)?;
    let certificate = tls::certificate(&options.tls)?;
    open_many_files();
    let feed = open_feed(&options).await?;
    tracing::info!("{} is at {}://{}/ until Ctrl-C", transport.title, options.scheme(), listener.local_addr()?);
    tls::tell(certificate.as_ref(), &options.tls);
    let stop = CancellationToken::new();
    spawn(clock::run(feed.clone(), options.tick, stop.clone()));
    spawn(watch_history(feed.clone(), stop.clone()));
    let site = Site::new(transport, feed.clone(), stop, options);
    let readers = site.source().readers().clone();
    spawn(stop::on_signal(move || readers.stop()));

    let served = serve_by(certificate, listener, site.clone(), move |config| routes(config, &site)).await;
    feed.end().await;

    served
}

/// Whether there is a certificate, where the options ask for TLS. One of the server's own making is made.
///
/// # Errors
/// One line that says what is wrong with it, or how to get TLS where it is not built in.
pub fn check_certificate(options: &Options) -> io::Result<()> {
    tls::certificate(&options.tls).map(drop)
}

/// Says which certificate is shown, where there is one, and what to do so that it is trusted.
///
/// # Errors
/// As of [`check_certificate`].
pub fn tell_certificate(options: &Options) -> io::Result<()> {
    tls::tell(tls::certificate(&options.tls)?.as_ref(), &options.tls);

    Ok(())
}

/// Whether the files of the page are there.
///
/// # Errors
/// One line that says which is missing, and what to do.
pub fn check_assets(transport: &Transport, options: &Options) -> io::Result<()> {
    assets::check(options, transport.name, &assets::OF_THE_FIVE)
}

/// Each connection is an open file: the process may have as many as the system gives it.
pub fn open_many_files() {
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}

/// Listens on an address, port 0 meaning a free one.
///
/// # Errors
/// One line that says what to do.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let listen = || {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        #[cfg(unix)] // elsewhere it would let two servers share a port
        socket.set_reuse_address(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        Ok(TcpListener::from(socket))
    };

    listen().map_err(|error: io::Error| {
        let advice = match error.kind() {
            io::ErrorKind::AddrInUse => "stop what runs there, or choose another port with --port (0 takes a free one)",
            io::ErrorKind::PermissionDenied => "choose a port above 1023 with --port",
            _ => "choose another address with --host and --port",
        };
        io::Error::new(error.kind(), format!("cannot listen on {address} ({error}): {advice}"))
    })
}

/// Serves these routes on `listener` until the site's stop, then ends within 2 s: each client is told in its transport's
/// own way. They are added once in each worker's thread. The feed is the caller's: it may have other servers, and outlive
/// this one.
///
/// # Errors
/// When the server cannot start.
pub async fn serve(
    listener: TcpListener,
    site: Site,
    routes: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> io::Result<()> {
    serve_by(tls::certificate(&site.options().tls)?, listener, site, routes).await
}

/// The same by this certificate, if there is one.
async fn serve_by(
    certificate: Option<Certificate>,
    listener: TcpListener,
    site: Site,
    routes: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> io::Result<()> {
    let Options { heartbeat, workers, .. } = *site.options();
    let data = Data::new(site.clone());
    let app = move || App::new().app_data(data.clone()).wrap(from_fn(guard::around)).configure(&routes);
    let server = HttpServer::new(app)
        .workers(workers.or(available_parallelism().ok()).map_or(1, NonZeroUsize::get))
        .disable_signals()
        .tcp_nodelay(true)
        .keep_alive(KEEP_ALIVE)
        .h1_allow_half_closed(false) // a client that closed is noticed at once, also where nothing is said
        .client_disconnect_timeout(Duration::ZERO) // a WebSocket closes at once; `body` sees that no answer is lost
        .on_connect(move |connection, _| give_up_dead_peers(connection, heartbeat));
    let server = match certificate {
        None => server.listen(listener)?,
        #[cfg(feature = "tls")]
        Some(certificate) => {
            let config = certificate.config()?;
            if site.options().tls.cert.is_some() {
                spawn(tls::read_again_on_hangup(certificate, site.source().readers().clone()));
            }
            server.listen_rustls_0_23(listener, config)?
        }
        #[cfg(not(feature = "tls"))]
        Some(certificate) => match certificate {},
    };

    stop::until_stopped(server.run(), site.source().readers()).await
}

/// A peer that vanished, or takes nothing, for two heartbeats is dropped (TCP_USER_TIMEOUT, RFC 5482).
fn give_up_dead_peers(connection: &dyn Any, heartbeat: Duration) {
    let Some(stream) = tls::socket(connection).filter(|_| !heartbeat.is_zero()) else {
        return;
    };
    let socket = SockRef::from(stream);
    let probe = heartbeat.max(Duration::from_secs(1)); // the kernel counts in seconds
    let set = socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(probe).with_interval(probe));
    #[cfg(target_os = "linux")]
    let set = set
        .and_then(|()| socket.set_tcp_user_timeout(Some(heartbeat * 2)))
        .and_then(|()| socket.set_tcp_notsent_lowat(MOST_UNSENT)); // what waits here, not there, shows that the peer takes bytes
    if let Err(error) = set {
        tracing::debug!(%error, "dead peers of this connection will go unnoticed");
    }
}
