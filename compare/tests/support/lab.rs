//! A laboratory with its page, on free ports: in this process, or as the program that its reader starts.

use std::{
    io,
    net::{SocketAddr, TcpStream},
    ops::Deref,
    sync::mpsc::channel,
    thread::{JoinHandle, spawn},
    time::{Duration, Instant},
};
#[cfg(any(feature = "store", feature = "redis"))]
use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use actix_web::rt::System;
use compare::{lab::Laboratory, site::SideBySide, tap::Limits};
use serde_json::Value;
use shared::{
    Feed,
    shell::{Transport, read_with},
    testing::{LIMIT, Wire},
};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// The page's server, as it is asked.
pub(crate) struct Page {
    pub(crate) address: SocketAddr,
}

/// The page and the five. They stop when it is dropped.
pub(crate) struct Lab {
    page: Page,
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
            let side_by_side = runtime.block_on(SideBySide::start(options, limits, &stopped))?;
            sender.send((side_by_side.address()?, side_by_side.laboratory().clone())).map_err(io::Error::other)?;
            System::new().block_on(side_by_side.serve(stopped))
        });
        let (address, laboratory) = started.recv_timeout(LIMIT).unwrap();

        Self { page: Page { address }, laboratory, stop, thread: Some(thread) }
    }

    /// The one feed.
    pub(crate) fn feed(&self) -> &Feed {
        self.laboratory.feed().unwrap()
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

impl Deref for Lab {
    type Target = Page;

    fn deref(&self) -> &Page {
        &self.page
    }
}

impl Page {
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
        let state = self.until_state(what, |state| wanted(&state["transports"][at]));

        state["transports"][at].clone()
    }

    /// Waits until the state is so.
    pub(crate) fn until_state(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let since = Instant::now();
        loop {
            let state = self.state();
            if wanted(&state) {
                return state;
            }
            assert!(since.elapsed() < LIMIT, "{what}: {state:#}");
        }
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

/// The program, as a process: its five servers may be processes, too. It is killed when this is dropped.
#[cfg(any(feature = "store", feature = "redis"))]
pub(crate) struct Program {
    page: Page,
    child: Child,
}

#[cfg(any(feature = "store", feature = "redis"))]
impl Program {
    /// On free ports, with these options.
    pub(crate) fn start(options: &[&str]) -> Self {
        Self::of(Command::new(env!("CARGO_BIN_EXE_compare")).args(options))
    }

    /// This command, on free ports.
    pub(crate) fn of(command: &mut Command) -> Self {
        let mut child = command.args(["--port", "0"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let line = log.find(|line| line.contains("http://")).expect("it says where it is");
        spawn(move || log.for_each(drop)); // or it would be held up
        let address = line.split_once("http://").and_then(|(_, rest)| rest.split_once('/')).unwrap().0;

        Self { page: Page { address: address.parse().unwrap() }, child }
    }

    /// Where the tap of this transport listens.
    pub(crate) fn tap(&self, at: usize) -> SocketAddr {
        let page = self.ask("GET /", "", "");
        let ports = page.split_once("data-ports=\"").and_then(|(_, rest)| rest.split_once('"')).unwrap().0;
        let port = ports.split(' ').nth(at).unwrap().parse().unwrap();

        SocketAddr::new(self.address.ip(), port)
    }

    /// The id of the process of this transport, once it serves and is no longer this one.
    pub(crate) fn process(&self, at: usize, but: u64) -> u64 {
        let of = self.until(at, "another process", |of| of["process"].as_u64().is_some_and(|id| id != but));

        of["process"].as_u64().unwrap()
    }

    /// Its id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it with `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.child.kill().ok(); // it may have ended
        self.child.wait().ok();
    }
}

#[cfg(any(feature = "store", feature = "redis"))]
impl Deref for Program {
    type Target = Page;

    fn deref(&self) -> &Page {
        &self.page
    }
}

#[cfg(any(feature = "store", feature = "redis"))]
impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The name of the program, for its options.
const NAME: Transport = Transport { name: "compare", port: 8_100, ..long_polling::TRANSPORT };
