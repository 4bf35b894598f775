//! A server that ends in time, however many streams are open.
//!
//! By itself actix waits for each open stream when it is asked to stop, for as long as `shutdown_timeout` (30 s), and a
//! stream has no end. So the readers are told first.
//!
//! ```no_run
//! use actix_web::{App, HttpServer};
//! use shared::{Readers, stop};
//!
//! # #[actix_web::main]
//! # async fn main() -> std::io::Result<()> {
//! let readers = Readers::new(10_000);
//! let server = HttpServer::new(App::new).disable_signals().bind("127.0.0.1:8080")?.run();
//!
//! stop::until_signal(server, readers).await
//! # }
//! ```

use std::{io, time::Duration};

use actix_web::{dev::Server, rt::spawn};
use tokio::time::{sleep, timeout};

use crate::readers::Readers;

/// On stop, streams and sockets have so long to say goodbye…
const GOODBYE: Duration = Duration::from_secs(1);
/// …and the last bytes so long to leave.
const LAST_BYTES: Duration = Duration::from_millis(100);

/// Serves until Ctrl-C or SIGTERM: [`until_stopped`] and [`on_signal`] together.
///
/// # Errors
/// When the server ended by itself.
pub async fn until_signal(server: Server, readers: Readers) -> io::Result<()> {
    let ending = readers.clone();
    spawn(on_signal(move || ending.stop()));

    until_stopped(server, &readers).await
}

/// Serves until the stop of these readers is set, then ends within 2 s: each reader is told in its transport's own way,
/// and those that take nothing are dropped. The server must have been made with `disable_signals`.
///
/// # Errors
/// When the server ended by itself.
pub async fn until_stopped(server: Server, readers: &Readers) -> io::Result<()> {
    let handle = server.handle();
    let mut serving = spawn(server);
    tokio::select! {
        ended = &mut serving => return ended.map_err(io::Error::other)?,
        () = readers.stopped() => handle.pause().await,
    }
    goodbye(readers).await;
    handle.stop(false).await;

    serving.await.map_err(io::Error::other)?
}

async fn goodbye(readers: &Readers) {
    let all_gone = async {
        while readers.open() > 0 {
            sleep(Duration::from_millis(5)).await;
        }
    };
    if timeout(GOODBYE, all_gone).await.is_err() {
        tracing::warn!(open = readers.open(), "clients that take nothing are dropped");
    }
    sleep(LAST_BYTES).await;
}

/// Calls `stop` on Ctrl-C or SIGTERM. One that cannot be heard is in the log, and stops nothing.
pub async fn on_signal(stop: impl FnOnce()) {
    #[cfg(unix)]
    let terminate = async {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::terminate())?.recv().await.ok_or_else(|| io::Error::other("its stream has ended"))
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending();
    first(heard("Ctrl-C", tokio::signal::ctrl_c()), heard("SIGTERM", terminate)).await;
    tracing::info!("stopping");
    stop();
}

/// Waits for a signal; for ever where it cannot be heard.
async fn heard(name: &str, signal: impl Future<Output = io::Result<()>>) {
    if let Err(error) = signal.await {
        tracing::warn!(%error, "{name} is not heard");
        std::future::pending::<()>().await;
    }
}

async fn first(one: impl Future<Output = ()>, other: impl Future<Output = ()>) {
    tokio::select! {
        () = one => {}
        () = other => {}
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn a_signal_that_cannot_be_heard_stops_nothing() {
        let deaf = || heard("a signal", ready(Err(io::ErrorKind::Unsupported.into())));
        let sent = || heard("a signal", ready(Ok(())));

        assert_eq!(first(deaf(), pending()).now_or_never(), None);
        assert_eq!(first(deaf(), deaf()).now_or_never(), None);
        assert_eq!(first(deaf(), sent()).now_or_never(), Some(()), "the other is heard still");
        assert_eq!(first(sent(), pending()).now_or_never(), Some(()));
    }
}
