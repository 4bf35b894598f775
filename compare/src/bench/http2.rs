//! HTTP/2 as Chromium speaks it: its windows, and the fields of its requests.

use std::io;

use actix_web::web::Bytes;
use h2::client::{Builder, SendRequest};
use http::{Request, header::HOST};
use tokio::io::{AsyncRead, AsyncWrite};

use super::heads;

/// What a stream may send before it is told that more may come, in bytes.
const WINDOW: u32 = 6 * 1_024 * 1_024;
/// The same of all streams of a connection together.
const WINDOW_OF_ALL: u32 = 15 * 1_024 * 1_024;
/// What a browser adds to each request for data, in HTTP/2 alone (RFC 9218).
const PRIORITY: (&str, &str) = ("priority", "u=1, i");

/// Begins a connection. What passes on it is the work of a task of its own.
///
/// # Errors
/// When the server speaks otherwise.
pub(super) async fn open<S>(stream: S) -> io::Result<SendRequest<Bytes>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = Builder::new();
    builder.initial_window_size(WINDOW).initial_connection_window_size(WINDOW_OF_ALL).enable_push(false);
    let (requests, connection) = builder.handshake(stream).await.map_err(io::Error::other)?;
    tokio::spawn(connection); // its errors are told to each stream

    requests.ready().await.map_err(io::Error::other)
}

/// The request of a way for its channel, at an origin.
///
/// # Errors
/// When there cannot be such a request.
pub(super) fn get(way: &str, origin: &str, target: &str) -> io::Result<Request<()>> {
    let head = heads::get(way, origin, target, "");
    let head = String::from_utf8(head).map_err(io::Error::other)?;
    let fields = head.lines().skip(1).filter_map(|line| line.split_once(": "));
    let fields = fields.filter(|(name, _)| *name != "Connection" && HOST != *name);
    let request = Request::builder().uri(format!("{origin}{target}"));
    let request = fields.chain([PRIORITY]).fold(request, |request, (name, value)| request.header(name, value));

    request.body(()).map_err(io::Error::other)
}
