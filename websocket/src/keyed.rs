//! Texts with a key: sent again where no answer came, each is published once, and acknowledged.
//!
//! Any text is already a plain text, so a client chooses these frames at the handshake, by a subprotocol (RFC 6455 §1.9): where
//! the server does not know it, a browser closes the connection, and no frame is taken for a text.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, ResponseError as _,
    http::header::{HeaderValue, SEC_WEBSOCKET_PROTOCOL},
};
use serde::Deserialize;
use serde_json::json;
use shared::{Key, Message, Problem};

/// The subprotocol: `{"key":"KEY","text":"TEXT"}` from the client, `{"key":"KEY","published":"CURSOR"}` or
/// `{"key":"KEY","status":422,"error":"…"}` from the server.
const KEYED: &str = "five-ways.keyed";
const WRONG: &str = r#"this client chose texts with a key: send {"key":"…","text":"…"}"#;

/// How the texts of one client come.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Texts {
    Plain,
    Keyed,
}

#[derive(Debug, Deserialize)]
struct Sent {
    key: String,
    text: String,
}

impl Texts {
    /// As the request chooses.
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let offers = request.headers().get_all(SEC_WEBSOCKET_PROTOCOL).filter_map(|offer| offer.to_str().ok());
        let mut names = offers.flat_map(|offer| offer.split(',')).map(str::trim);

        if names.any(|name| name == KEYED) { Self::Keyed } else { Self::Plain }
    }

    /// Says what was chosen.
    pub(crate) fn confirm(self, response: &mut HttpResponse) {
        if matches!(self, Self::Keyed) {
            response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(KEYED));
        }
    }

    /// Publishes the text of a frame by `publish`, and gives what the client is told, if anything: a plain text that was published
    /// comes back by the feed, as to all others.
    pub(crate) async fn publish(
        self,
        frame: &str,
        publish: impl AsyncFnOnce(String, Option<Key>) -> Result<Arc<Message>, Problem>,
    ) -> Option<String> {
        match self {
            Self::Plain => publish(frame.to_owned(), None).await.err().map(|problem| problem.json()),
            Self::Keyed => {
                let sent = serde_json::from_str::<Sent>(frame);
                let key = sent.as_ref().ok().map(|sent| sent.key.clone());
                let published = async {
                    let Sent { key, text } = sent.map_err(|_| Problem::bad_request(WRONG))?;
                    publish(text, Some(key.parse().map_err(Problem::bad_request)?)).await
                };
                Some(match published.await {
                    Ok(message) => json!({ "key": key, "published": message.id }).to_string(),
                    Err(problem) => refusal(key.as_deref(), &problem),
                })
            }
        }
    }
}

fn refusal(key: Option<&str>, problem: &Problem) -> String {
    json!({ "key": key, "status": problem.status_code().as_u16(), "error": problem.to_string() }).to_string()
}
