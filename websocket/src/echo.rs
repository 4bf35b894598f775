//! `/echo`, for conformance tests: every message comes back, through the same session as the channel's.

use std::pin::pin;

use actix_web::{
    Error, HttpRequest, HttpResponse,
    rt::spawn,
    web::{Bytes, Data, Payload},
};
use actix_ws::{CloseCode, Message};
use futures_util::{StreamExt as _, stream::pending};
use shared::{heartbeat::or_never, origin, readers::Seat, shell::Site};

use crate::{
    handshake::refuse,
    session::{Incoming, Session},
};

/// The longest message that is sent back, in bytes.
const LONGEST: usize = 16 * 1_024 * 1_024;

/// `GET /echo`. Its sockets count as open.
pub(crate) async fn echo(site: Data<Site>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Error> {
    if let Some(refusal) = refuse(&request) {
        return Ok(refusal);
    }
    let options = site.options();
    origin::check(&request, &options.allow_origin)?;
    let seat = site.source().readers().seat(&request)?;
    let (response, session) = Session::open(
        &request,
        payload,
        (Bytes::new(), pending().boxed_local()),
        LONGEST,
        or_never(options.heartbeat),
    )?;
    spawn(converse(session, seat));

    Ok(response)
}

async fn converse(mut session: Box<Session>, seat: Seat) {
    let mut over = pin!(seat.over());
    let reason = loop {
        let answer = tokio::select! {
            incoming = session.receive() => match incoming {
                Incoming::Text(text) => Some(Message::Text(text)),
                Incoming::Binary(bytes) => Some(Message::Binary(bytes)),
                Incoming::Control(answer) => answer,
                Incoming::End(reason) => break reason,
            },
            () = &mut over => break Some(CloseCode::Away.into()),
        };
        if session.send(answer).await.is_err() {
            return;
        }
    };
    session.close(reason).await;
}
