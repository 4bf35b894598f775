//! Heads, and what they say of what follows them.

use super::{
    content::Content,
    frames::Frames,
    part::{Kind, Sink},
    requests::{Method, Request, Requests, Verdict},
    state::State,
};
use crate::wire::{body::Body, head::Head, request::RequestHead};

/// A whole head.
pub(super) struct Opening {
    /// Its bytes.
    pub(super) length: usize,
    /// It belongs to an exchange on the channel.
    pub(super) channel: bool,
    /// What it answers was not seen.
    pub(super) unasked: bool,
    /// What follows.
    pub(super) next: State,
}

/// This is no head, and will not become one.
pub(super) struct NoHead;

/// Reads a request's head; `None` when more must come.
pub(super) fn request(bytes: &[u8], requests: &mut Requests) -> Result<Option<Opening>, NoHead> {
    let Some((length, head)) = RequestHead::parse(bytes).map_err(|_| NoHead)? else {
        return Ok(None);
    };
    let method = method(&head.method);
    let channel = head.path().as_deref() == Some("/messages");
    let upgrade = head.header("upgrade").is_some() || method == Method::Connect;
    requests.push(Request { method, channel, upgrade });

    let kind = if channel && method == Method::Post { Kind::Text } else { Kind::Body };
    let next = match head.body() {
        Body::Ended if upgrade => State::Held,
        body => State::Body(body, Content::plain(kind)),
    };
    Ok(Some(Opening { length, channel, unasked: false, next }))
}

/// Reads an answer's head; `None` when more must come.
pub(super) fn answer(bytes: &[u8], requests: &mut Requests) -> Result<Option<Opening>, NoHead> {
    let Some((length, head)) = Head::parse(bytes).map_err(|_| NoHead)? else {
        return Ok(None);
    };
    let request = requests.answered(head.status);
    let next = match (head.status, request.map(|request| request.method)) {
        (101, _) if head.header("upgrade").is_some_and(|to| to.eq_ignore_ascii_case("websocket")) => {
            State::Frames(Frames::default())
        }
        (101, _) | (200..300, Some(Method::Connect)) => State::Unknown,
        (_, Some(Method::Head)) => State::Head,
        _ => State::Body(head.body, content(&head, request)),
    };
    match next {
        State::Frames(_) => requests.verdict = Some(Verdict::Frames),
        State::Unknown => requests.verdict = Some(Verdict::Unknown),
        _ if head.status >= 200 && request.is_some_and(|request| request.upgrade) => {
            requests.verdict = Some(Verdict::Refused);
        }
        _ => {}
    }

    let channel = request.is_some_and(|request| request.channel);
    Ok(Some(Opening { length, channel, unasked: request.is_none(), next }))
}

/// Adds the lines of a head, each a part.
pub(super) fn split(head: &[u8], first: Kind, sink: &mut Sink<'_>) {
    let mut kind = first;
    for line in head.split_inclusive(|byte| *byte == b'\n') {
        let empty = matches!(line, b"\r\n" | b"\n");
        match kind {
            Kind::Header if empty => sink.add(Kind::HeadEnd, line),
            _ if empty => sink.add(Kind::Raw, line), // ahead of the first line, where it may be
            _ => sink.add(std::mem::replace(&mut kind, Kind::Header), line),
        };
    }
}

/// What is in an answer's body.
fn content(head: &Head, request: Option<Request>) -> Content {
    let kind = head.header("content-type").and_then(|kind| kind.split(';').next()).unwrap_or_default();
    let listens = request.is_some_and(|request| request.channel && request.method == Method::Get);

    match kind.trim() {
        "text/event-stream" if listens && head.status == 200 => Content::events(),
        "text/html" if listens && head.status == 200 => Content::document(),
        "application/json" if listens && head.status == 200 => Content::answer(),
        _ => Content::plain(Kind::Body),
    }
}

fn method(name: &str) -> Method {
    match name {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "CONNECT" => Method::Connect,
        _ => Method::Other,
    }
}
