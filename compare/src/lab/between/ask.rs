//! What a browser's page is answered through a proxy, in two questions that change nothing.

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde::Serialize;

use crate::transports::Row;

/// An answer takes no longer, or there is none.
const LIMIT: Duration = Duration::from_secs(5);

/// The statuses of the answers; None where there was none.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Answered {
    /// To a text, of a way that posts it. The text is empty: 400 says that it would be taken, 403 that none is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post: Option<u16>,
    /// To a handshake, of a way that has one: 101 says that the socket stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handshake: Option<u16>,
}

/// Asks at the proxy, as the page that the browser has from `page`.
pub(super) fn ask(row: &Row, proxy: SocketAddr, page: SocketAddr) -> Answered {
    let status = |question: String| status(proxy, &question).ok();
    let of_page = format!("Host: {page}\r\nOrigin: http://{page}\r\n");
    if row.two_way {
        let handshake = status(format!("GET /messages HTTP/1.1\r\n{of_page}{}\r\n", row.headers));
        return Answered { post: None, handshake };
    }
    let empty = "Content-Type: text/plain\r\nContent-Length: 0\r\nConnection: close\r\n";

    Answered { post: status(format!("POST /messages HTTP/1.1\r\n{of_page}{empty}\r\n")), handshake: None }
}

fn status(proxy: SocketAddr, question: &str) -> io::Result<u16> {
    let mut connection = TcpStream::connect_timeout(&proxy, LIMIT)?;
    connection.set_read_timeout(Some(LIMIT))?;
    connection.write_all(question.as_bytes())?;
    let mut line = [0; "HTTP/1.1 200".len()];
    connection.read_exact(&mut line)?;
    let status = str::from_utf8(&line).ok().and_then(|line| line.rsplit(' ').next()?.parse().ok());

    status.ok_or_else(|| io::ErrorKind::InvalidData.into())
}
