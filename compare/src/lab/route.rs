//! Where a tap connects to: its server, or a proxy in front of that.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::sync::watch;

use crate::lock::lock;

/// The way from a tap. Clones are the same.
#[derive(Clone, Debug)]
pub(super) struct Route {
    server: watch::Receiver<Option<SocketAddr>>,
    proxy: Arc<Mutex<Option<SocketAddr>>>,
    leads: watch::Sender<Option<SocketAddr>>,
}

impl Route {
    /// Leads to the server, wherever that is by then.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub(super) fn start(server: watch::Receiver<Option<SocketAddr>>) -> Self {
        let (leads, _) = watch::channel(*server.borrow());
        let route = Self { server, proxy: Arc::default(), leads };
        tokio::spawn(route.clone().follow());

        route
    }

    /// Where it leads, now and later.
    pub(super) fn leads(&self) -> watch::Receiver<Option<SocketAddr>> {
        self.leads.subscribe()
    }

    /// Where the server is, now and later.
    pub(super) fn server(&self) -> watch::Receiver<Option<SocketAddr>> {
        self.server.clone()
    }

    /// Who connects from now on comes to this proxy; or to the server, without one.
    pub(super) fn put(&self, proxy: Option<SocketAddr>) {
        let mut between = lock(&self.proxy);
        *between = proxy;
        self.leads.send_replace(proxy.or(*self.server.borrow()));
    }

    /// The server may be started elsewhere again and again.
    async fn follow(mut self) {
        while self.server.changed().await.is_ok() {
            let between = lock(&self.proxy);
            let server = *self.server.borrow_and_update();
            self.leads.send_replace(between.or(server));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_leads_to_the_proxy_while_there_is_one_and_to_the_server_wherever_that_is() {
        let [before, after, proxy] = [1, 2, 3].map(|port| Some(SocketAddr::from(([127, 0, 0, 1], port))));
        let (server, at) = watch::channel(before);
        let route = Route::start(at);
        let mut leads = route.leads();
        assert_eq!(*leads.borrow_and_update(), before);

        route.put(proxy);
        assert_eq!(*leads.borrow_and_update(), proxy);
        server.send_replace(after);
        leads.changed().await.unwrap();
        assert_eq!(*leads.borrow_and_update(), proxy);

        route.put(None);
        assert_eq!(*leads.borrow_and_update(), after);
        server.send_replace(None);
        leads.changed().await.unwrap();
        assert_eq!(*leads.borrow_and_update(), None, "it is away");
    }
}
