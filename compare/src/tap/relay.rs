//! Passes on what comes over one connection.

use std::{io, net::SocketAddr, pin::pin, sync::Mutex};

use socket2::SockRef;
use tokio::{
    net::{TcpSocket, TcpStream},
    sync::{Barrier, watch},
    time::sleep_until,
};

use super::{
    answers::Answers,
    connection::End,
    context::Context,
    pump::Pump,
    socket::{close_in_peace, prepare},
};
use crate::direction::Direction;

/// One connection.
pub(super) struct Relay {
    pub(super) context: Context,
}

impl Relay {
    /// Passes on what comes, until the connection is over.
    pub(super) async fn run(self, mut client: TcpStream, upstream: watch::Receiver<Option<SocketAddr>>) {
        let mut connecting = pin!(self.connect(upstream)); // where it is cut, it stays half done until that shows
        let mut server = match self.unless_struck(&mut connecting).await {
            Some(Ok(server)) => server,
            Some(Err(error)) if error.kind() == io::ErrorKind::ConnectionReset => {
                return self.end(End::Reset(Direction::Down));
            }
            Some(Err(_)) => return self.end(End::Unreachable),
            None => return self.cut().await,
        };
        match self.unless_struck(self.pass_both(&mut client, &mut server)).await {
            Some(end) => self.end(end),
            None => self.cut().await,
        }
    }

    /// Does something, unless a fault strikes this connection before it is done, or the tap is gone.
    async fn unless_struck<T>(&self, done: impl Future<Output = T>) -> Option<T> {
        let Context { connection, condition, .. } = &self.context;
        let mut condition = condition.clone();

        tokio::select! {
            biased;
            struck = condition.wait_for(|condition| condition.strikes(connection.id())) => { drop(struck); None }
            done = done => Some(done),
        }
    }

    /// Waits for the moment when the connection is to be reset.
    async fn cut(&self) {
        let Context { connection, condition, .. } = &self.context;
        let mut condition = condition.clone();
        loop {
            let lingers = condition.borrow_and_update().lingers(connection.id());
            let Some(end) = lingers else { break };
            tokio::select! {
                () = sleep_until(end) => {}
                changed = condition.changed() => if changed.is_err() { break } // the tap is gone
            }
        }
        self.end(End::Cut);
    }

    fn end(&self, end: End) {
        self.context.registry.end(&self.context.connection, end);
    }

    async fn connect(&self, mut upstream: watch::Receiver<Option<SocketAddr>>) -> io::Result<TcpStream> {
        loop {
            let silent = self.context.condition.borrow().silent();
            let Some(end) = silent else { break };
            sleep_until(end).await;
        }
        let upstream = upstream.wait_for(Option::is_some).await.ok().and_then(|upstream| *upstream);
        let upstream = upstream.ok_or(io::ErrorKind::NotConnected)?;
        let socket = if upstream.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        prepare(&SockRef::from(&socket))?;

        socket.connect(upstream).await
    }

    async fn pass_both(&self, client: &mut TcpStream, server: &mut TcpStream) -> End {
        let both = Barrier::new(2);
        let answers = Mutex::new(Answers::default());
        {
            let (from_client, to_client) = client.split();
            let (from_server, to_server) = server.split();
            let (context, answers) = (&self.context, &answers);
            let up = Pump { context, answers, direction: Direction::Up, from: from_client, to: to_server };
            let down = Pump { context, answers, direction: Direction::Down, from: from_server, to: to_client };
            if let Err(direction) = tokio::try_join!(up.pass(&both), down.pass(&both)) {
                return End::Reset(direction);
            }
        }
        match close_in_peace(client).and_then(|()| close_in_peace(server)) {
            Ok(()) => End::Closed,
            Err(_) => End::Cut,
        }
    }
}
