//! The bytes of one request and its answer, on a connection that has had some already.

use std::{io, time::Duration};

use serde::Serialize;
use tokio::time::sleep;

use super::{
    asker::Asker,
    checks::{publish, target},
};
use crate::bench::{http::status, line::Line, peers::Subject, plan::SIZE, server::Server};

/// So many are asked before it counts: a connection of HTTP/2 knows the fields of a head after the first.
const BEFORE: u64 = 1;
/// So many count.
const COUNTED: u64 = 4;
/// One after the other, as a page polls: the date of each answer is another.
const PAUSE: Duration = Duration::from_millis(1_050);

/// What a request and its answer take, up and down: of a poll that finds nothing new, and of a long poll that is answered
/// with one message.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Request {
    pub(super) transport: &'static str,
    pub(super) line: Line,
    /// As HTTP has it.
    pub(super) http: [f64; 2],
    /// The same with what TLS adds.
    pub(super) tcp: [f64; 2],
}

/// Asks one of both polls.
///
/// # Errors
/// When the server does not come up, or answers otherwise.
pub(super) async fn measure(subject: &Subject) -> io::Result<Request> {
    let Subject { peer, row } = subject;
    let server = Server::start(subject)?;
    let plain = peer.plain_connector()?;
    let epoch = status(server.address, &plain).await?.epoch;
    let mut asker = Asker::open(*row, server.address, &peer.connector()?).await?;
    let mut before = asker.so_far();

    for asked in 0..BEFORE + COUNTED {
        if asked == BEFORE {
            before = asker.so_far();
        }
        if row.waits {
            publish(server.address, &plain, &"x".repeat(SIZE.into())).await?;
        }
        let after = if row.waits { asked } else { 0 }; // who waits is answered with the newest message
        asker.get(&target(&epoch, after), |_| false).await?;
        sleep(PAUSE).await;
    }
    let after = asker.so_far();
    let each = |which: usize, way: usize| (after[which][way] - before[which][way]) as f64 / COUNTED as f64;
    let [http, tcp] = [0, 1].map(|which| [0, 1].map(|way| each(which, way)));

    Ok(Request { transport: row.transport.name, line: peer.line, http, tcp })
}
