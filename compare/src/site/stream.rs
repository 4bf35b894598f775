//! What the page follows, by Server-Sent Events: the state, and the wire of one of the five.

use std::{convert::Infallible, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Bytes, Data, Query},
};
use futures_util::{
    StreamExt as _,
    future::ready,
    stream::{self, Stream, unfold},
};
use serde::Deserialize;
use shared::{Problem, readers::Seat, shell::Site};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use super::{event::event, states::States};
use crate::lab::{Entry, Laboratory, Testbed};

/// The wire log is sent so often at most, so that many entries go together.
const WIRE: Duration = Duration::from_millis(100);

/// After so much silence a comment is written, so that who left is noticed.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// What is followed besides the state.
#[derive(Deserialize)]
pub(super) struct Wanted {
    /// The wire of this one of the five.
    wire: Option<String>,
}

/// `GET /events`: the whole state, again and again. With `?wire=NAME` also what passes there, part by part, from the last
/// that are kept on: events of the name `wire`. All in one stream, for a browser has six connections to an address.
///
/// # Errors
/// 404 when there is no such transport, 503 when all seats are taken.
pub(super) async fn events(
    laboratory: Data<Laboratory>,
    states: Data<States>,
    site: Data<Site>,
    wanted: Query<Wanted>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let at = wanted.into_inner().wire.map(|name| find(&laboratory, &name)).transpose()?;
    let seat = site.source().readers().seat(&request)?;
    let states = unfold(states.view(), async |mut view| Some((view.next().await?, view)));
    let body = match at {
        Some(at) => stream::select(states, wire(laboratory, at)).left_stream(),
        None => states.right_stream(),
    };

    Ok(answer(body, seat))
}

fn find(laboratory: &Laboratory, name: &str) -> Result<usize, Problem> {
    let at = laboratory.testbeds().iter().position(|testbed| testbed.row().transport.name == name);

    at.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "no such transport: see the list on the page"))
}

fn wire(laboratory: Data<Laboratory>, at: usize) -> impl Stream<Item = Bytes> {
    let changes = laboratory.testbeds()[at].meter().changes();

    unfold((laboratory, changes, 0), move |(laboratory, mut changes, last)| async move {
        let (event, last) = next_entries(&laboratory.testbeds()[at], &mut changes, last).await?;
        Some((event.into(), (laboratory, changes, last)))
    })
}

/// The entries after the one of this number, once there are any, and the number of the last.
async fn next_entries(testbed: &Testbed, changes: &mut watch::Receiver<()>, last: u64) -> Option<(String, u64)> {
    loop {
        if last > 0 {
            sleep(WIRE).await;
        }
        changes.mark_unchanged(); // before the entries are read, or a change between the two is lost
        let entries = testbed.meter().since(last);
        if let Some(newest) = entries.last() {
            let all: Vec<&Entry> = entries.iter().map(AsRef::as_ref).collect();
            return Some((format!("event: wire\n{}", event(&all)), newest.n));
        }
        match timeout(HEARTBEAT, changes.changed()).await {
            Ok(Ok(())) => {}
            Ok(Err(_ended)) => return None,
            Err(_silence) => return Some((": heartbeat\n\n".to_owned(), last)),
        }
    }
}

/// A stream of events that ends when its seat is to be given back.
fn answer(events: impl Stream<Item = Bytes> + 'static, seat: Seat) -> HttpResponse {
    let retry = stream::once(ready(Bytes::from_static(b"retry: 500\n")));
    let body = retry.chain(events).take_until(seat.over()).map(move |event| {
        let _held = &seat;
        Ok::<_, Infallible>(event)
    });

    HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header(("Incremental", "?1"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(body)
}
