//! A request, and its answer.

use std::{io, net::SocketAddr, time::Duration};

use serde::Deserialize;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::timeout,
};

use super::line::Connector;
use crate::wire::HttpReader;

/// An answer comes within this, also while thousands are served, or never.
const LIMIT: Duration = Duration::from_secs(30);

/// What may be read at once.
const BUFFER: usize = 16 * 1_024;

/// What is needed of the health check.
#[derive(Debug, Deserialize)]
pub(crate) struct Status {
    pub(crate) epoch: String,
    pub(crate) open: u64,
}

/// Asks for the health check.
///
/// # Errors
/// When there is none.
pub(crate) async fn status(address: SocketAddr, connector: &Connector) -> io::Result<Status> {
    let request = format!("GET /status HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let (_, body) = ask(address, request.as_bytes(), connector).await?;

    Ok(serde_json::from_slice(&body)?)
}

/// Sends a request on a connection of its own; gives the status of the answer, and its body.
///
/// # Errors
/// When there is none.
pub(crate) async fn ask(address: SocketAddr, request: &[u8], connector: &Connector) -> io::Result<(u16, Vec<u8>)> {
    let answer = timeout(LIMIT, answer(address, request, connector)).await;

    answer.map_err(|_| io::Error::other("a request is not answered"))?
}

async fn answer(address: SocketAddr, request: &[u8], connector: &Connector) -> io::Result<(u16, Vec<u8>)> {
    let mut stream = connector.connect(address).await?;
    stream.write_all(request).await?;
    stream.flush().await?;
    let mut reader = HttpReader::default();
    let mut body = Vec::new();
    let mut bytes = Vec::with_capacity(BUFFER);
    loop {
        bytes.clear();
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if reader.read(&bytes, |piece| body.extend_from_slice(piece))? {
            return Ok((reader.take_head().status, body));
        }
    }
}
