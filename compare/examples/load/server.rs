//! The server, a process of its own: this program again.

use std::{
    env,
    io::{self, BufRead as _, BufReader, Read as _},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    thread,
};

use actix_web::rt::System;
use shared::{
    Feed,
    shell::{Site, Transport, bind, read, routes, serve as serve_site},
};
use tokio_util::sync::CancellationToken;

/// Without a clock, and with heartbeats so rare that none comes in a run.
const OPTIONS: [&str; 6] = ["--port", "0", "--tick", "0", "--heartbeat", "10m"];

/// A server that runs. It ends when this is dropped, and also when this process ends in any other way, since that
/// closes its input.
#[derive(Debug)]
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    child: Child,
}

impl Server {
    /// Starts it.
    ///
    /// # Errors
    /// When it does not come up.
    pub(crate) fn start(name: &str) -> io::Result<Self> {
        let mut command = Command::new(env::current_exe()?);
        command.args(["serve", name]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut server = Self { child: command.spawn()?, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        let mut line = String::new();
        if let Some(output) = server.child.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        server.address = line.trim().parse().map_err(|_| io::Error::other("the server did not start"))?;

        Ok(server)
    }

    /// The id of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok(); // it may have ended by itself
        self.child.wait().ok();
    }
}

/// The server's half: prints its address, and serves until its input ends.
///
/// # Errors
/// When it cannot start.
#[expect(clippy::print_stdout, reason = "the other half reads the address")]
pub(crate) fn serve(transport: Transport) -> io::Result<()> {
    let options = read(&transport, [transport.name].into_iter().chain(OPTIONS)).map_err(io::Error::other)?;
    let listener = bind(SocketAddr::new(options.host, options.port))?;
    rlimit::increase_nofile_limit(u64::MAX)?;
    let stop = CancellationToken::new();
    let site = Site::new(transport, Feed::new(options.history), stop.clone(), options);
    let stop_at_end = stop.clone();
    thread::spawn(move || {
        io::stdin().read_to_end(&mut Vec::new()).ok(); // an error is an end, too
        stop_at_end.cancel();
    });
    println!("{}", listener.local_addr()?);

    System::new().block_on(serve_site(listener, site.clone(), move |config| routes(config, &site)))
}
