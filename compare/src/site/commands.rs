//! What the page commands: POST, JSON or a text, answered 204.

use std::num::NonZeroU32;

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Bytes, Data},
};
use serde::{Deserialize, de::DeserializeOwned};
use shared::{
    Problem,
    post::{check_type, key},
    shell::Text,
};

use crate::{
    lab::{self, Choice, Home, Laboratory, RATES, SIZES, Setting},
    proxies::{Form, Known},
    tap,
};

/// So many messages at once are enough.
const LONGEST_BURST: usize = 1_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Feed {
    /// Ticks a second.
    rate: Option<u32>,
    /// Bytes of a text.
    size: Option<usize>,
}

/// `POST /feed`: how fast it goes, and how long its texts are.
pub(super) async fn feed(
    laboratory: Data<Laboratory>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let Feed { rate, size } = read(&request, &body)?;
    let now = laboratory.setting();
    let setting = Setting { rate: rate.unwrap_or(now.rate), size: size.unwrap_or(now.size) };
    if !RATES.contains(&setting.rate) {
        return Err(bad("the rate is 0, 1, 10 or 100 a second"));
    }
    if !SIZES.contains(&setting.size) {
        return Err(bad("the size is 10 to 4096 bytes"));
    }
    laboratory.set(setting);

    Ok(done())
}

/// `POST /say`, `text/plain`: publishes a message, once where it has an `Idempotency-Key`.
pub(super) async fn say(
    laboratory: Data<Laboratory>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    check_type(&request, "text/plain")?;
    let text = String::from_utf8(body.into()).map_err(|_| bad("the text is not UTF-8: encode it"))?;
    laboratory.say(Text::try_from(text)?, key(request.headers())?).await?;

    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Burst {
    count: usize,
}

/// `POST /burst`: publishes many at once.
pub(super) async fn burst(
    laboratory: Data<Laboratory>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let Burst { count } = read(&request, &body)?;
    if !(1..=LONGEST_BURST).contains(&count) {
        return Err(bad("a burst has 1 to 1000 messages"));
    }
    laboratory.burst(count).await?;

    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Between {
    /// A proxy; none takes away what stands.
    name: Option<String>,
    /// Which of its configurations.
    form: Option<String>,
}

/// `POST /between`: puts a real proxy between the browser and the servers, or takes it away.
pub(super) async fn between(
    laboratory: Data<Laboratory>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let Between { name, form } = read(&request, &body)?;
    let known = name.map(|name| Known::named(&name).ok_or_else(|| bad("no such proxy: see the list on the page")));
    let form = form.map(|form| {
        let known = Form::ALL.into_iter().find(|known| known.name() == form);
        known.ok_or_else(|| bad("the form is as-it-comes or right"))
    });
    let choice = match (known.transpose()?, form.transpose()?) {
        (Some(known), Some(form)) => Some(Choice { known, form }),
        (None, None) => None,
        (_, _) => return Err(bad("give both, name and form, or neither")),
    };
    if choice.is_some() && laboratory.is_secure() {
        return Err(bad("the servers speak TLS, and a proxy here only in the clear: start the page without it"));
    }
    laboratory.put_between(choice);

    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Command {
    name: Name,
    /// One of the five, or all.
    transport: Option<String>,
    /// KB a second, for slow.
    rate: Option<NonZeroU32>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Name {
    Cut,
    Silence,
    Refuse,
    Slow,
    Buffer,
    Restart,
    Kill,
}

/// `POST /fault`: breaks the connections of one, or of all.
pub(super) async fn fault(
    laboratory: Data<Laboratory>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let Command { name, transport, rate } = read(&request, &body)?;
    let known = |name: &String| laboratory.testbeds().iter().any(|testbed| testbed.row().transport.name == *name);
    if !transport.as_ref().is_none_or(known) {
        return Err(bad("no such transport: leave it out for all five"));
    }
    if matches!(name, Name::Kill) && laboratory.home() == Home::Here {
        return Err(bad("the servers are no processes of their own: start it with --redis URL or --store FILE"));
    }
    if matches!(name, Name::Buffer) && laboratory.is_secure() {
        return Err(bad("over TLS nobody on the line sees where an answer ends, so none can be held until then"));
    }
    let fault = match (name, rate) {
        (Name::Cut, _) => lab::Fault::Tap(tap::Fault::Cut),
        (Name::Silence, _) => lab::Fault::Tap(tap::Fault::Silence),
        (Name::Refuse, _) => lab::Fault::Tap(tap::Fault::Refuse),
        (Name::Buffer, _) => lab::Fault::Tap(tap::Fault::Buffer),
        (Name::Restart, _) => lab::Fault::Restart,
        (Name::Kill, _) => lab::Fault::Kill,
        (Name::Slow, Some(rate)) => lab::Fault::Tap(tap::Fault::Slow(rate.saturating_mul(KB))),
        (Name::Slow, None) => return Err(bad("say how slow: rate, in KB a second")),
    };
    laboratory.fault(fault, transport.as_deref());

    Ok(done())
}

const KB: NonZeroU32 = NonZeroU32::new(1_000).expect("not zero");

/// The command in a body of JSON.
fn read<T: DeserializeOwned>(request: &HttpRequest, body: &[u8]) -> Result<T, Problem> {
    check_type(request, "application/json")?;

    serde_json::from_slice(body).map_err(|error| bad(&format!("not a command: {error}")))
}

fn bad(text: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, text)
}

fn done() -> HttpResponse {
    HttpResponse::NoContent().finish()
}
