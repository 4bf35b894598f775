//! Publishes at a rate, on one connection that is kept.
//!
//! It does not wait for an answer before it sends the next message: the rate is the one that was asked for, also while
//! the server is busy. Each text begins with the time, in microseconds.

use std::{
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use compare::{
    client::{Channel, request},
    wire::Brief,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    runtime, task,
    time::{MissedTickBehavior, interval, timeout},
};

use crate::args::Load;

/// After the last message, its answer comes within this, or something is wrong.
const LIMIT: Duration = Duration::from_secs(60);

/// What was published.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Published {
    /// How many messages.
    pub(crate) count: u64,
    /// All of their JSON, in bytes.
    pub(crate) json: u64,
    /// From the first to the last being sent.
    pub(crate) span: Duration,
}

#[derive(Clone, Debug)]
pub(crate) struct Publisher {
    address: SocketAddr,
    start: Instant,
    rate: u32,
    count: u64,
    length: usize,
}

impl Publisher {
    /// Of texts that begin with the time since `start`.
    pub(crate) fn of(load: &Load, address: SocketAddr, start: Instant) -> Self {
        Self { address, start, rate: load.rate, count: load.messages(), length: load.text_bytes.into() }
    }

    /// Publishes all, on a thread of its own: the clients' has enough to do.
    ///
    /// # Errors
    /// When the server refuses one, or does not answer.
    pub(crate) async fn run(self) -> io::Result<Published> {
        let publish = move || runtime::Builder::new_current_thread().enable_all().build()?.block_on(self.publish());

        task::spawn_blocking(publish).await?
    }

    async fn publish(self) -> io::Result<Published> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let (reader, writer) = stream.into_split();
        let limit = Duration::from_secs(self.count / u64::from(self.rate)) + LIMIT;
        let both = async { tokio::try_join!(self.write(writer), read(reader, self.count)) };
        let (span, json) =
            timeout(limit, both).await.map_err(|_| io::Error::other("the publisher is not answered"))??;

        Ok(Published { count: self.count, json, span })
    }

    async fn write(&self, mut writer: OwnedWriteHalf) -> io::Result<Duration> {
        let host = self.address.to_string();
        let began = Instant::now();
        let mut due = interval(Duration::from_secs(1) / self.rate);
        due.set_missed_tick_behavior(MissedTickBehavior::Burst);

        for _ in 0..self.count {
            due.tick().await;
            let text = format!("{:.<length$}", format!("{} ", self.start.elapsed().as_micros()), length = self.length);
            let request = request("POST", &Channel::at(&host), None, "Content-Type: text/plain\r\n", &text);
            writer.write_all(&request).await?;
        }
        Ok(began.elapsed())
    }
}

/// Reads so many answers; gives the length of their bodies, which are the messages.
async fn read(mut reader: OwnedReadHalf, count: u64) -> io::Result<u64> {
    let mut pending = Vec::new();
    let mut answers = 0;
    let mut json = 0;

    while answers < count {
        let Some(head) = Brief::parse(&pending)?.filter(|head| pending.len() >= head.length + head.body) else {
            if reader.read_buf(&mut pending).await? == 0 {
                return Err(io::Error::other("the server hung up on the publisher"));
            }
            continue;
        };
        if head.status != 201 {
            return Err(io::Error::other(format!("a message was answered {}", head.status)));
        }
        pending.drain(..head.length + head.body);
        answers += 1;
        json += head.body as u64;
    }
    Ok(json)
}
