//! What the page follows, by Server-Sent Events: the state, and the wire of one of the five.

use std::{convert::Infallible, time::Duration};

use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Bytes, Data, Query},
};
use futures_util::{
    StreamExt as _,
    future::ready,
    stream::{self, Stream, unfold},
};
use serde::{Deserialize, Serialize};
use shared::{Problem, shell::Site};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use super::state::State;
use crate::lab::{Laboratory, Testbed};

/// The state is sent so often, and at once after a command.
const STATE: Duration = Duration::from_millis(250);

/// The wire log is sent so often at most, so that many entries go together.
const WIRE: Duration = Duration::from_millis(100);

/// After so much silence a comment is written, so that who left is noticed.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// `GET /events`: the whole state, again and again.
pub(super) async fn events(laboratory: Data<Laboratory>, site: Data<Site>) -> HttpResponse {
    let commands = laboratory.commands();
    let states = unfold((laboratory, commands, false), async |(laboratory, mut commands, begun)| {
        if begun {
            timeout(STATE, commands.changed()).await.ok(); // a command or not: the state is due
        }
        let event = event(&State::of(&laboratory).await.ok()?);
        Some((event, (laboratory, commands, true)))
    });

    answer(states, site)
}

/// Which of the five.
#[derive(Deserialize)]
pub(super) struct Which {
    transport: String,
}

/// `GET /wire?transport=NAME`: what passes there, part by part, from the last that are kept on.
pub(super) async fn wire(
    laboratory: Data<Laboratory>,
    site: Data<Site>,
    which: Query<Which>,
) -> Result<HttpResponse, Problem> {
    let at = laboratory.testbeds().iter().position(|testbed| testbed.row().transport.name == which.transport);
    let at = at.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "no such transport: see the list on the page"))?;
    let changes = laboratory.testbeds()[at].meter().changes();
    let entries = unfold((laboratory, changes, 0), move |(laboratory, mut changes, last)| async move {
        let (event, last) = next_entries(&laboratory.testbeds()[at], &mut changes, last).await?;
        Some((event, (laboratory, changes, last)))
    });

    Ok(answer(entries, site))
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
            return Some((event(&entries), newest.n));
        }
        match timeout(HEARTBEAT, changes.changed()).await {
            Ok(Ok(())) => {}
            Ok(Err(_ended)) => return None,
            Err(_silence) => return Some((": heartbeat\n\n".to_owned(), last)),
        }
    }
}

/// JSON has no line ends, so it is one line of data.
fn event(data: &impl Serialize) -> String {
    match serde_json::to_string(data) {
        Ok(json) => format!("data: {json}\n\n"),
        Err(error) => format!(": {error}\n\n"),
    }
}

/// A stream of events that ends with the server.
fn answer(events: impl Stream<Item = String> + 'static, site: Data<Site>) -> HttpResponse {
    let retry = stream::once(ready("retry: 500\n\n".to_owned()));
    let stop = async move { site.stopped().await };
    let body = retry.chain(events).take_until(stop).map(|event| Ok::<_, Infallible>(Bytes::from(event)));

    HttpResponse::Ok().content_type("text/event-stream").insert_header(("X-Accel-Buffering", "no")).streaming(body)
}
