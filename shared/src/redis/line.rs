//! A connection that is made when it is needed, and anew when it broke.

use std::{
    fmt, io,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use redis::{
    AsyncConnectionConfig, Client, ErrorKind, RedisError, RedisResult, ServerErrorKind, aio::MultiplexedConnection,
};
use tokio::runtime::Handle;

/// A connection takes no longer to make, or there is none.
const CONNECT: Duration = Duration::from_secs(2);

/// Of many who ask at once. A library's manager would keep what is asked waiting beyond its time.
pub(super) struct Line {
    client: Client,
    answer: Duration,
    /// Where it is driven: who asks may be in a runtime that ends sooner.
    runtime: Handle,
    open: Mutex<Option<MultiplexedConnection>>,
    /// One makes it, for all who need it.
    making: tokio::sync::Mutex<()>,
}

impl Line {
    /// Not open yet; once it is, it is driven by the runtime in which this is called. An answer that takes longer is none.
    pub(super) fn to(client: Client, answer: Duration) -> Self {
        let (open, making) = (Mutex::default(), tokio::sync::Mutex::default());

        Self { client, answer, runtime: Handle::current(), open, making }
    }

    /// The one that is open, or a new one.
    pub(super) async fn get(&self) -> RedisResult<MultiplexedConnection> {
        if let Some(open) = self.is_open() {
            return Ok(open);
        }
        let _making = self.making.lock().await;
        if let Some(open) = self.is_open() {
            return Ok(open);
        }
        let (client, answer) = (self.client.clone(), self.answer);
        let made = self.runtime.spawn(async move { connect(&client, answer).await }).await;
        let new = made.map_err(io::Error::other)??;
        *self.lock() = Some(new.clone());

        Ok(new)
    }

    /// It broke, or gave no answer in time.
    pub(super) fn drop_it(&self) {
        self.lock().take();
    }

    fn is_open(&self) -> Option<MultiplexedConnection> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Option<MultiplexedConnection>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A new connection.
pub(super) async fn connect(client: &Client, answer: Duration) -> RedisResult<MultiplexedConnection> {
    let config = AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECT)).set_response_timeout(Some(answer));

    client.get_multiplexed_async_connection_with_config(&config).await
}

/// The connection is of no more use: it broke, or leads to what has become a replica.
pub(super) fn is_broken(error: &RedisError) -> bool {
    let is_replica = error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly);

    is_replica || error.is_io_error() || error.is_unrecoverable_error()
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("answer", &self.answer).finish_non_exhaustive() // its address may have a password
    }
}
