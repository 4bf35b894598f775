//! Clients that misbehave: one that takes nothing, and one whose connection is cut anywhere.

use std::{
    io,
    net::{SocketAddr, TcpStream},
};

use compare::{
    client::{Channel, request},
    transports::Row,
};
use shared::testing::{LIMIT, Server, Wire};
use socket2::{Domain, Socket, Type};
use tokio::{
    io::{AsyncReadExt as _, copy},
    net, spawn,
};

/// A connection on which little can be in flight to the client.
pub(crate) fn narrow(server: SocketAddr, receive_buffer: usize) -> TcpStream {
    let connect = || {
        let socket = Socket::new(Domain::for_address(server), Type::STREAM, None)?;
        // Before it connects, or the window is wide already.
        socket.set_recv_buffer_size(receive_buffer)?;
        #[cfg(target_os = "linux")]
        socket.set_tcp_mss(1_000)?; // small segments keep the server's send buffer small, too
        socket.connect(&server.into())?;
        io::Result::Ok(socket.into())
    };

    connect().expect("the server listens")
}

/// A connection on which the channel is asked for, often if answers end, and nothing is ever read.
pub(crate) fn stalled(server: &Server, row: &Row, after: &str) -> Wire {
    let stream = narrow(server.address, 4_096);
    stream.set_write_timeout(Some(LIMIT)).expect("not zero");
    let request = request("GET", &Channel::at(server.address), Some(after), row.headers, "");
    let times = if row.streams { 1 } else { 100 };
    let mut wire = server.speak(stream);
    wire.send(request.repeat(times)); // so much fits in flight

    wire
}

/// An address like the server's, for one connection that is cut off after so many bytes of the answer.
pub(crate) async fn cut_after(bytes: u64, server: SocketAddr) -> SocketAddr {
    let listener = net::TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
    let address = listener.local_addr().expect("it is bound");
    spawn(async move {
        let (mut client, _) = listener.accept().await?;
        let mut server = net::TcpStream::connect(server).await?;
        let (mut from_client, mut to_client) = client.split();
        let (from_server, mut to_server) = server.split();
        let mut from_server = from_server.take(bytes);
        tokio::select! {
            copied = copy(&mut from_client, &mut to_server) => copied,
            copied = copy(&mut from_server, &mut to_client) => copied,
        }
    });

    address
}
