//! The page that shows all five side by side, what it shows, and what it commands; and the texts to read beside it.
//!
//! Its own data goes by Server-Sent Events past the taps, so that it survives every fault that it causes.

mod between;
mod chapters;
mod commands;
mod event;
mod page;
mod state;
mod states;
mod stream;
mod worker;

use std::{
    io,
    net::{SocketAddr, TcpListener},
    num::NonZeroUsize,
    process::ExitCode,
    time::Duration,
};

use actix_web::{
    rt::spawn,
    web::{Data, ServiceConfig, get, post, resource},
};
use shared::{
    Feed,
    shell::{self, Also, Options, Program, Site, Transport, assets},
    stop,
};
use tokio_util::sync::CancellationToken;

use self::states::States;
pub use self::worker::COMMAND;
use crate::{lab::Laboratory, tap::Limits, transports::ALL};

/// How the page describes itself to the server around it. It has no channel of its own.
const TRANSPORT: Transport = Transport {
    name: "compare",
    title: "Side by side",
    about: "All five ways side by side: what each costs, and what each loses when the line breaks.",
    port: 8100,
    options: || {
        let of_the_five = (long_polling::TRANSPORT.options)().into_iter();
        of_the_five.filter(|option| ["hold", "max-age", "max-clients"].contains(&option.get_id().as_str())).collect()
    },
    routes: |_, _| {},
    upgrades: &[],
    silence: Duration::MAX,
};

/// What is set here where nothing else is.
const DEFAULTS: &[(&str, &str)] = &[("history", "10000")];

/// Reads the options, starts the five and the page, and serves until Ctrl-C or SIGTERM; or does what else the first word
/// of the command line asks for.
///
/// Exit code 0 after a stop, 1 if it could not run, 2 for a bad option.
pub fn main(also: &'static [Also]) -> ExitCode {
    let program = Program {
        transport: TRANSPORT,
        defaults: DEFAULTS,
        also,
        log: "info,shared::readers=warn", // five pages come and go all the time
    };

    shell::launch(&program, async |_, options| {
        let stopped = CancellationToken::new();
        let on_signal = stopped.clone();
        spawn(stop::on_signal(move || on_signal.cancel()));
        let starting = SideBySide::start(options, Limits::default(), &stopped);
        let Some(side_by_side) = stopped.run_until_cancelled(starting).await.transpose()? else {
            return Ok(()); // it waited for what keeps the feed
        };
        let (scheme, address) = (side_by_side.options.scheme(), side_by_side.address()?);
        tracing::info!("{} is at {scheme}://{address}/ until Ctrl-C", TRANSPORT.title);
        shell::tell_certificate(&side_by_side.options)?;
        if let Some(feed) = side_by_side.laboratory().feed() {
            spawn(shell::watch_history(feed.clone(), stopped.clone()));
        }

        side_by_side.serve(stopped).await
    })
}

/// The five, and the page in front of them.
#[derive(Debug)]
pub struct SideBySide {
    listener: TcpListener,
    laboratory: Laboratory,
    options: Options,
    ports: Vec<u16>,
}

impl SideBySide {
    /// Starts the five: their public ports follow the page's, or are free ones if that is 0. Nothing is served at the
    /// page's port before [`serve`](Self::serve).
    ///
    /// # Errors
    /// When a port is taken or a file is missing: one line that says what to do.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub async fn start(options: Options, limits: Limits, stop: &CancellationToken) -> io::Result<Self> {
        let bind = |port| shell::bind(SocketAddr::new(options.host, port));
        let listener = bind(options.port)?;
        let port_of = |offset: u16| if options.port == 0 { Some(0) } else { options.port.checked_add(offset) };
        let no_port = || io::Error::other("choose a port below 65531 with --port: the five ways take the next five");
        let listeners: Vec<TcpListener> =
            (1..=5).map(|offset| bind(port_of(offset).ok_or_else(no_port)?)).collect::<io::Result<_>>()?;
        let ports = listeners.iter().map(|listener| Ok(listener.local_addr()?.port())).collect::<io::Result<_>>()?;
        for transport in ALL.map(|row| row.transport) {
            shell::check_assets(&transport, &options)?;
        }
        assets::check(&options, TRANSPORT.name, &page::FILES)?;
        assets::check(&options, TRANSPORT.name, &chapters::ASSETS)?;
        shell::check_certificate(&options)?;
        shell::open_many_files();

        let mut of_the_five = options.clone();
        let_embed(&mut of_the_five, listener.local_addr()?.port());
        let program = worker::program(listener.local_addr()?.port())?;
        let laboratory = Laboratory::start(listeners, &of_the_five, limits, &program, stop).await?;
        Ok(Self { listener, laboratory, options, ports })
    }

    /// Where the page is.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// The five.
    pub fn laboratory(&self) -> &Laboratory {
        &self.laboratory
    }

    /// Serves the page until the stop, and waits for the five to end.
    ///
    /// # Errors
    /// When the page's server cannot start.
    pub async fn serve(self, stop: CancellationToken) -> io::Result<()> {
        let Self { listener, laboratory, options, ports } = self;
        let none = Feed::new(NonZeroUsize::MIN); // the page has no channel
        let site = Site::new(TRANSPORT, none, stop.clone(), options.clone());
        let states = Data::new(States::start(laboratory.clone(), stop.clone()));
        let data = Data::new(laboratory.clone());
        let ports = Data::new(page::Ports(ports));
        let routes = move |config: &mut ServiceConfig| {
            config.app_data(data.clone()).app_data(ports.clone()).app_data(states.clone());
            add_routes(config, &options);
        };
        shell::serve(listener, site, routes).await?;
        laboratory.ended().await;

        Ok(())
    }
}

/// The page at this port may show the five, by whatever name both are called, and hear what they receive. Where a proxy
/// between replaces the name, it is one of this machine.
fn let_embed(options: &mut Options, page: u16) {
    options.embed_port = Some(page);
    if options.host.is_loopback() {
        let scheme = options.scheme();
        let names = ["localhost", "127.0.0.1"].map(|name| format!("{scheme}://{name}:{page}"));
        options.allow_embed.extend(names.iter().filter_map(|name| name.parse().ok()));
    }
}

fn add_routes(config: &mut ServiceConfig, options: &Options) {
    config
        .service(resource("/").route(get().to(page::page)))
        .service(resource("/chapters/{name:.*}").route(get().to(chapters::chapter)))
        .service(resource("/events").route(get().to(stream::events)))
        .service(resource("/feed").route(post().to(commands::feed)))
        .service(resource("/say").route(post().to(commands::say)))
        .service(resource("/burst").route(post().to(commands::burst)))
        .service(resource("/between").route(post().to(commands::between)))
        .service(resource("/fault").route(post().to(commands::fault)))
        .service(shell::files("/assets", options.own_assets(TRANSPORT.name)))
        .service(shell::files("/shared", options.shared_assets()));
}
