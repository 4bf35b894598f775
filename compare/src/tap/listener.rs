//! Accepts the connections of a tap.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use socket2::SockRef;
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
    time::sleep,
};

use super::{
    arrivals::Permit, context::Context, fault::Condition, limits::Limits, registry::Registry, relay::Relay,
    socket::prepare,
};

/// Where no connection can be accepted, as when too many files are open, the next try is after so long.
const PAUSE: Duration = Duration::from_millis(100);

/// A listening socket, and what a connection needs.
pub(super) struct Listener {
    socket: TcpListener,
    upstream: watch::Receiver<Option<SocketAddr>>,
    registry: Arc<Registry>,
    condition: watch::Receiver<Condition>,
    /// A connection holds a permit while it is open.
    permits: Arc<Semaphore>,
}

impl Listener {
    pub(super) fn new(
        socket: TcpListener,
        upstream: watch::Receiver<Option<SocketAddr>>,
        limits: &Limits,
        registry: Arc<Registry>,
        condition: watch::Receiver<Condition>,
    ) -> Self {
        Self { socket, upstream, registry, condition, permits: Arc::new(Semaphore::new(limits.open)) }
    }

    /// Accepts whoever comes, until the tap is gone.
    pub(super) async fn admit_all(self) {
        let mut condition = self.condition.clone();
        let admitting = async {
            loop {
                if let Err(error) = self.admit().await {
                    tracing::warn!(%error, "a connection was not accepted");
                    sleep(PAUSE).await;
                }
            }
        };

        tokio::select! {
            () = admitting => {}
            gone = condition.wait_for(|_| false) => drop(gone),
        }
    }

    async fn admit(&self) -> io::Result<()> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(io::Error::other)?;
        let permit = Permit::new(permit);
        let (client, peer) = self.socket.accept().await?;
        if prepare(&SockRef::from(&client)).is_err() {
            return Ok(()); // it has left already
        }
        let Some(connection) = self.registry.open(peer, &permit, || self.condition.borrow().refuses()) else {
            return Ok(()); // dropped, it is reset
        };
        let registry = Arc::clone(&self.registry);
        let condition = self.condition.clone();
        let relay = Relay { context: Context { connection, registry, condition } };
        let upstream = self.upstream.clone();

        tokio::spawn(async move {
            relay.run(client, upstream).await;
            drop(permit);
        });
        Ok(())
    }
}
