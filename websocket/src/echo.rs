//! `/echo`, for conformance tests: every message comes back, through the same session as the channel's.

use actix_web::{
    Error, HttpRequest, HttpResponse,
    rt::spawn,
    web::{self, Data, Payload, ServiceConfig},
};
use actix_ws::{CloseCode, Message};
use shared::View;

use crate::{
    refuse,
    session::{Incoming, Session},
};

/// The longest message that is sent back, in bytes.
const LONGEST: usize = 16 * 1_024 * 1_024;

/// Adds `/echo`.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/echo").route(web::get().to(echo)));
}

async fn echo(view: Data<View>, request: HttpRequest, body: Payload) -> Result<HttpResponse, Error> {
    if let Some(refusal) = refuse(&request) {
        return Ok(refusal);
    }
    let (response, session) = Session::open(&request, body, LONGEST, view.heartbeat())?;
    spawn(converse(view, session));

    Ok(response)
}

async fn converse(view: Data<View>, mut session: Session) {
    let reason = loop {
        let answer = tokio::select! {
            incoming = session.receive() => match incoming {
                Incoming::Text(text) => Some(Message::Text(text)),
                Incoming::Binary(bytes) => Some(Message::Binary(bytes)),
                Incoming::Control(answer) => answer,
                Incoming::End(reason) => break reason,
            },
            () = view.stopped() => break Some(CloseCode::Away.into()),
        };
        if session.send(answer).await.is_err() {
            return;
        }
    };
    session.close(reason).await;
}
