//! Several processes of one server on one Redis, with clients each. One of them is published to.

use std::{
    cell::Cell,
    io,
    path::Path,
    time::{Duration, Instant},
};

use serde::Serialize;
use tokio::time::sleep;

use super::redis_server::RedisServer;
use crate::bench::{
    clients::Clients,
    load::Load,
    peers::{Subject, Takes},
    proc::process_time,
    publisher::{Pace, To, publish},
    server::Server,
    tally::Tally,
};

/// All is published: so long without an arrival, and what is missing is lost.
const SILENCE: Duration = Duration::from_secs(2);
/// A publisher that took this much longer than it should did not keep its rate.
const LATE: f64 = 1.1;

/// They end when this is dropped: the clients first.
#[derive(Debug)]
pub(super) struct Fleet {
    clients: Vec<Clients>,
    servers: Vec<Server>,
    redis: RedisServer,
    takes: Takes,
    published: Cell<u64>,
}

/// What came of a rate.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Trial {
    pub(super) processes: usize,
    pub(super) clients_each: u32,
    /// Messages a second, as they were asked for.
    pub(super) rate: u32,
    pub(super) published: u64,
    pub(super) delivered: u64,
    pub(super) lost: u64,
    pub(super) repeated: u64,
    pub(super) out_of_order: u64,
    pub(super) broken: u64,
    /// From publication to arrival, in microseconds, over the clients of all processes.
    pub(super) p50_us: u64,
    pub(super) p99_us: u64,
    pub(super) kept_its_rate: bool,
    /// The CPU of Redis for each message, in microseconds.
    pub(super) redis_us: f64,
}

impl Fleet {
    /// Starts a new Redis, so many servers, and connects so many clients to each.
    ///
    /// # Errors
    /// When one does not come up.
    pub(super) async fn start(subject: &Subject, processes: usize, clients: u32, redis: &Path) -> io::Result<Self> {
        let redis = RedisServer::start(redis)?;
        let peer = subject.peer.with(vec![format!("--redis={}", redis.url())]);
        let subject = Subject { peer, ..subject.clone() };
        let takes = subject.peer.takes;
        let load = Load { clients, rate: 1, size: 0, seconds: 1, interval: Duration::ZERO };
        let mut fleet = Self { clients: Vec::new(), servers: Vec::new(), redis, takes, published: Cell::new(0) };
        for _ in 0..processes {
            fleet.servers.push(Server::start(&subject)?);
        }
        for server in &fleet.servers {
            fleet.clients.push(Clients::connect(&subject, &load, server.address).await?);
        }

        Ok(fleet)
    }

    /// Publishes to the first, and waits until all has arrived at the clients of all, or nothing does any more.
    ///
    /// # Errors
    /// When the server refuses a text, or does not answer.
    pub(super) async fn publish(&self, load: &Load, pace: Pace) -> io::Result<Trial> {
        let (Some(server), Some(first)) = (self.servers.first(), self.clients.first()) else {
            return Err(io::Error::other("there is no process"));
        };
        self.clients.iter().for_each(Clients::start_counting);
        let before = process_time(self.redis.id())?;
        let to = To {
            address: server.address,
            takes: self.takes,
            certificate: None,
            epoch: &first.epoch,
            published: self.published.get(),
        };
        let published = publish(load, pace, to).await?;
        self.published.set(self.published.get() + published.count);
        let all = self.clients.iter().map(Clients::count).sum::<u64>() * published.count;
        self.drain(all).await;
        let after = process_time(self.redis.id())?;
        let mut tally = Tally::new();
        self.clients.iter().for_each(|clients| tally.add(&clients.tally()));
        let used = (after.0 + after.1).saturating_sub(before.0 + before.1);

        Ok(Trial {
            processes: self.servers.len(),
            clients_each: u32::try_from(first.count()).unwrap_or(u32::MAX),
            rate: load.rate,
            published: published.count,
            delivered: tally.delivered,
            lost: all.saturating_sub(tally.delivered),
            repeated: tally.repeated,
            out_of_order: tally.out_of_order,
            broken: tally.broken,
            p50_us: tally.delays.value_at_quantile(0.5),
            p99_us: tally.delays.value_at_quantile(0.99),
            kept_its_rate: published.span.as_secs_f64() <= LATE * f64::from(load.seconds) + 0.05,
            redis_us: used.as_secs_f64() * 1e6 / published.count.max(1) as f64,
        })
    }

    async fn drain(&self, all: u64) {
        let delivered = || self.clients.iter().map(Clients::delivered).sum::<u64>();
        let (mut so_far, mut progress) = (delivered(), Instant::now());
        while so_far < all && progress.elapsed() < SILENCE {
            sleep(Duration::from_millis(10)).await;
            let arrived = delivered();
            if arrived > so_far {
                (so_far, progress) = (arrived, Instant::now());
            }
        }
    }
}
