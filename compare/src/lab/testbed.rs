//! A testbed: one of the five servers, and the tap in front of it.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use tokio::{sync::watch, task::spawn_blocking};
use tokio_util::sync::CancellationToken;

use super::{
    between::Side,
    local::Local,
    meter::{Figures, Meter},
    outage::Outage,
    process::Process,
    route::Route,
};
use crate::{
    lock::lock,
    tap::{self, Active, Limits, Tap},
    transports::Row,
};

/// What can happen to a testbed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// To its connections.
    Tap(tap::Fault),
    /// Its server is stopped gracefully, and started again on the same feed; where it runs in a process of its own, that
    /// process. New connections wait meanwhile, and none is refused.
    Restart,
    /// The process of its server is killed, and started again. Where it has none, nothing happens.
    Kill,
}

/// A server and its tap.
#[derive(Debug)]
pub struct Testbed {
    row: Row,
    tap: Arc<Tap>,
    meter: Meter,
    route: Route,
    back: Back,
    cut: Mutex<Option<Instant>>,
}

/// What stands behind the tap.
#[derive(Debug)]
pub(super) enum Back {
    /// A server in this process.
    Here(Arc<Local>),
    /// The server of this number in another.
    There(Process, usize),
}

impl Testbed {
    /// Starts the tap on the listener, in front of a server that stands.
    pub(super) fn start(
        row: Row,
        listener: TcpListener,
        back: Back,
        limits: Limits,
        stop: &CancellationToken,
    ) -> io::Result<Self> {
        let route = Route::start(back.upstream()?);
        let tap = Arc::new(Tap::following(listener, route.leads(), limits)?);
        let meter = Meter::start(Arc::clone(&tap), stop.clone());

        Ok(Self { row, tap, meter, route, back, cut: Mutex::default() })
    }

    /// Its row in the table of the five.
    pub fn row(&self) -> &Row {
        &self.row
    }

    /// What may have a proxy in it.
    pub(super) fn side(&self) -> Side {
        Side { row: self.row, tap: Arc::clone(&self.tap), route: self.route.clone() }
    }

    /// The tap in front of it.
    pub fn tap(&self) -> &Tap {
        &self.tap
    }

    /// What has passed, by what it was for, and the last of it.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// What has passed, in figures.
    pub fn figures(&self) -> Figures {
        self.meter.figures()
    }

    /// Held requests, streams and sockets of the channel.
    pub fn readers(&self) -> usize {
        match &self.back {
            Back::Here(server) => server.open(),
            Back::There(process, at) => process.open(*at),
        }
    }

    /// The CPU time of its server's threads; `None` where the system does not say.
    pub fn cpu(&self) -> Option<Duration> {
        match &self.back {
            Back::Here(server) => server.cpu(),
            Back::There(process, at) => process.cpu(*at),
        }
    }

    /// The id of the process in which its server runs, where that is not this one and does run.
    pub fn process(&self) -> Option<u32> {
        match &self.back {
            Back::Here(_) => None,
            Back::There(process, _) => process.id(),
        }
    }

    /// The faults of its connections that last now.
    pub fn faults(&self) -> Vec<Active> {
        self.tap.faults()
    }

    /// Whether its server is being restarted.
    pub fn is_restarting(&self) -> bool {
        self.restart().lasts()
    }

    /// How long ago the connections were last cut.
    pub fn cut(&self) -> Option<Duration> {
        (*lock(&self.cut)).map(|cut| cut.elapsed())
    }

    /// When its server was last told to stop, and stood again.
    pub fn restart(&self) -> Outage {
        match &self.back {
            Back::Here(server) => server.outage(),
            Back::There(process, _) => process.restarted(),
        }
    }

    /// When the process of its server last died, and another stood; None where it has no process of its own.
    pub fn death(&self) -> Option<Outage> {
        match &self.back {
            Back::Here(_) => None,
            Back::There(process, _) => Some(process.died()),
        }
    }

    /// Begins a fault, which ends by itself. While it restarts, another restart does nothing.
    pub(super) fn fault(&self, fault: Fault) {
        match (fault, &self.back) {
            (Fault::Tap(fault), _) => {
                self.tap.fault(fault);
                if fault == tap::Fault::Cut {
                    *lock(&self.cut) = Some(Instant::now());
                }
            }
            (Fault::Restart, Back::Here(server)) => {
                if server.begin_restart() {
                    let server = Arc::clone(server);
                    spawn_blocking(move || server.restart());
                }
            }
            (Fault::Restart, Back::There(process, _)) => process.restart(),
            (Fault::Kill, Back::There(process, _)) => process.kill(),
            (Fault::Kill, Back::Here(_)) => {}
        }
    }

    /// Waits until the server has ended.
    pub(super) async fn ended(&self) {
        let server = match &self.back {
            Back::Here(server) => Arc::clone(server),
            Back::There(process, _) => return process.ended().await,
        };
        let ended = spawn_blocking(move || server.ended()).await;
        if let Err(error) = ended {
            tracing::error!(%error, "a server ended badly");
        }
    }
}

impl Back {
    fn upstream(&self) -> io::Result<watch::Receiver<Option<SocketAddr>>> {
        match self {
            Self::Here(server) => {
                let (_, stays) = watch::channel(Some(server.address()?));
                Ok(stays)
            }
            Self::There(process, at) => Ok(process.upstream(*at)),
        }
    }
}
