//! Clients by HTTP/2: each request is a stream, and a connection has one client, or many.

use std::{
    convert::Infallible,
    future::poll_fn,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use actix_web::web::Bytes;
use h2::{RecvStream, client::SendRequest};
use tokio::time::sleep;

use super::{
    Shared,
    connection::{self, Target},
    decoder::{Decoder, Then},
    lock,
};
use crate::bench::{
    counted::{Counted, Passed},
    http2,
    line::Line,
};

/// So many streams of one origin Chromium opens at once.
const TOGETHER: usize = 100;

/// Connects these, and has them ask.
pub(super) async fn connect(target: &Target, share: &[usize], shared: &Arc<Mutex<Shared>>) -> io::Result<()> {
    let together = if target.connector.line() == Line::Shared { TOGETHER } else { 1 };
    for clients in share.chunks(together) {
        let requests = open(target, clients[0], Arc::clone(shared)).await?;
        for _ in clients {
            let client = Client::new(target, requests.clone(), Arc::clone(shared));
            tokio::spawn(client.follow());
        }
    }

    Ok(())
}

async fn open(target: &Target, number: usize, shared: Arc<Mutex<Shared>>) -> io::Result<SendRequest<Bytes>> {
    let stream = target.connector.over(connection::connect(target.address, number).await?).await?;
    let counted = Counted::new(stream, move |passed| {
        let tally = &mut lock(&shared).tally;
        match passed {
            Passed::Up(bytes) => tally.up += bytes,
            Passed::Down(bytes) => tally.down += bytes,
        }
    });

    http2::open(counted).await
}

/// One client.
struct Client {
    requests: SendRequest<Bytes>,
    shared: Arc<Mutex<Shared>>,
    way: &'static str,
    origin: String,
    interval: Duration,
    decoder: Decoder,
}

impl Client {
    fn new(target: &Target, requests: SendRequest<Bytes>, shared: Arc<Mutex<Shared>>) -> Self {
        let decoder = Decoder::new(target.row, target.follows, Arc::clone(&target.epoch));
        let (way, origin) = (target.row.transport.name, target.connector.origin(target.address));

        Self { requests, shared, way, origin, interval: target.interval, decoder }
    }

    /// Asks and listens, until the connection ends.
    async fn follow(mut self) {
        let Err(error) = self.go_on().await;
        connection::broke(&self.shared, &error);
    }

    async fn go_on(&mut self) -> io::Result<Infallible> {
        let mut pause = self.interval.mul_f64(rand::random()); // so that not all come in step

        loop {
            let mut body = self.ask().await?;
            while let Some(piece) = body.data().await {
                let piece = piece.map_err(io::Error::other)?;
                body.flow_control().release_capacity(piece.len()).map_err(io::Error::other)?;
                self.decoder.piece(&piece, &mut lock(&self.shared).tally);
            }
            if self.decoder.ended() == Then::AskLater {
                sleep(pause).await;
                pause = self.interval;
            }
        }
    }

    async fn ask(&mut self) -> io::Result<RecvStream> {
        lock(&self.shared).tally.requests += 1;
        let request = http2::get(self.way, &self.origin, &self.decoder.target())?;
        poll_fn(|context| self.requests.poll_ready(context)).await.map_err(io::Error::other)?;
        let (answer, _) = self.requests.send_request(request, true).map_err(io::Error::other)?;
        let answer = answer.await.map_err(io::Error::other)?;
        self.decoder.answered(answer.status().as_u16(), &mut lock(&self.shared).tally)?;

        Ok(answer.into_body())
    }
}
