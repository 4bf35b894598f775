//! A laboratory with its page, on free ports.

use std::{
    io,
    net::{SocketAddr, TcpStream},
    sync::mpsc::channel,
    thread::{JoinHandle, spawn},
    time::{Duration, Instant},
};

use actix_web::rt::System;
use compare::{lab::Laboratory, site::SideBySide, tap::Limits};
use serde_json::Value;
use shared::{
    shell::{Transport, read_with},
    testing::{LIMIT, Wire},
};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// The page and the five. They stop when it is dropped.
pub(crate) struct Lab {
    pub(crate) address: SocketAddr,
    pub(crate) laboratory: Laboratory,
    stop: CancellationToken,
    thread: Option<JoinHandle<io::Result<()>>>,
}

/// Faults that are over soon.
pub(crate) const SHORT: Limits = Limits {
    silence: Duration::from_secs(1),
    refuse: Duration::from_secs(1),
    slow: Duration::from_secs(2),
    buffer: Duration::from_secs(2),
    open: 1_000,
    ended: 32,
    unread: 64 * 1_024 * 1_024,
};

impl Lab {
    /// One whose faults are short, with these options.
    pub(crate) fn start(options: &[&str]) -> Self {
        Self::with(SHORT, options)
    }

    /// One with these limits and options.
    pub(crate) fn with(limits: Limits, options: &[&str]) -> Self {
        let line = ["compare", "--port", "0"];
        let options = read_with(&NAME, &[("history", "10000")], line.iter().chain(options)).unwrap();
        let stop = CancellationToken::new();
        let (sender, started) = channel();
        let stopped = stop.clone();
        let thread = spawn(move || {
            let runtime = Runtime::new()?;
            let side_by_side = runtime.block_on(async { SideBySide::start(options, limits, &stopped) })?;
            sender.send((side_by_side.address()?, side_by_side.laboratory().clone())).map_err(io::Error::other)?;
            System::new().block_on(side_by_side.serve(stopped))
        });
        let (address, laboratory) = started.recv_timeout(LIMIT).unwrap();

        Self { address, laboratory, stop, thread: Some(thread) }
    }

    /// Sends a request to the page's server, and reads the answer to its end.
    pub(crate) fn ask(&self, line: &str, headers: &str, body: &str) -> String {
        let mut wire = Wire::to(self.address);
        let length = body.len();
        wire.send(format!(
            "{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        ));

        wire.rest()
    }

    /// Commands, as the page does, and gives the status.
    pub(crate) fn command(&self, path: &str, body: &str) -> String {
        let answer = self.ask(&format!("POST {path}"), "Content-Type: application/json\r\n", body);

        answer.split(' ').nth(1).unwrap_or_default().to_owned()
    }

    /// The state as it is sent now.
    pub(crate) fn state(&self) -> Value {
        let mut wire = Wire::to(self.address);
        wire.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
        wire.until("data: ");

        serde_json::from_str(&wire.until("\n\n")).unwrap()
    }

    /// Waits until the state of this transport is so.
    pub(crate) fn until(&self, at: usize, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let since = Instant::now();
        loop {
            let of = self.state()["transports"][at].clone();
            if wanted(&of) {
                return of;
            }
            assert!(since.elapsed() < LIMIT, "{what}: {of:#}");
        }
    }

    /// Where the tap of this transport listens.
    pub(crate) fn tap(&self, at: usize) -> SocketAddr {
        self.laboratory.testbeds()[at].tap().address()
    }

    /// A connection to a tap.
    pub(crate) fn connect(&self, at: usize) -> TcpStream {
        let stream = TcpStream::connect(self.tap(at)).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();

        stream
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.stop.cancel();
        let ended = self.thread.take().map(JoinHandle::join);
        if !std::thread::panicking() {
            ended.unwrap().unwrap().unwrap();
        }
    }
}

/// The name of the program, for its options.
const NAME: Transport = Transport { name: "compare", port: 8_100, ..long_polling::TRANSPORT };
