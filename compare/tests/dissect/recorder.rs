//! A relay that passes everything on, and keeps it.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use compare::dissect::Direction;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    spawn,
};

use crate::Passes;

/// What passed on each connection.
#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<Vec<Passes>>>);

impl Recorder {
    /// Relays to a server, from an address of its own.
    pub(crate) async fn listen(&self, server: SocketAddr) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let recorder = self.clone();
        spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = TcpStream::connect(server).await.unwrap().into_split();
                let connection = recorder.connection();
                spawn(recorder.clone().relay(connection, Direction::Up, from_client, to_server));
                spawn(recorder.clone().relay(connection, Direction::Down, from_server, to_client));
            }
        });

        address
    }

    /// What has passed.
    pub(crate) fn passes(&self) -> Vec<Passes> {
        self.0.lock().unwrap().clone()
    }

    fn connection(&self) -> usize {
        let mut connections = self.0.lock().unwrap();
        connections.push(Passes::new());

        connections.len() - 1
    }

    /// It is kept before it is passed on: a request stands before its answer.
    async fn relay(self, connection: usize, direction: Direction, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let mut bytes = [0; 4_096];
        while let Ok(count @ 1..) = from.read(&mut bytes).await {
            self.0.lock().unwrap()[connection].push((direction, bytes[..count].to_vec()));
            if to.write_all(&bytes[..count]).await.is_err() {
                return;
            }
        }
    }
}
