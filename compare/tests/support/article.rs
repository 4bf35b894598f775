//! The article's programs, each started as a reader starts it.

use std::{
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread::spawn,
    time::Instant,
};

use shared::testing::LIMIT;

/// One of them, on free ports. It ends when it is dropped.
pub(crate) struct Article {
    /// Where its page is.
    pub(crate) page: SocketAddr,
    /// Where its clock is, or its socket.
    pub(crate) channel: SocketAddr,
    log: Receiver<String>,
    process: Child,
}

impl Article {
    /// The program of this crate.
    pub(crate) fn start(name: &str) -> Self {
        Self::run(&format!("cargo run -p {name} --example {name}-article"))
    }

    /// What this command starts, on free ports.
    pub(crate) fn run(command: &str) -> Self {
        let words = command.strip_prefix("cargo ").expect("cargo starts it").split_whitespace();
        let mut command = Command::new(env!("CARGO"));
        command
            .args(words)
            .args(["--quiet", "--locked", "--", "0", "0"])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .stdout(Stdio::piped());
        let mut process = command.spawn().expect("cargo starts");

        let mut lines = BufReader::new(process.stdout.take().expect("it is piped")).lines().map_while(Result::ok);
        let first = lines.next().expect("it says where it is");
        let addresses: Vec<SocketAddr> = first.split([' ', '/', ')']).filter_map(|word| word.parse().ok()).collect();
        let (sender, log) = channel();
        spawn(move || lines.try_for_each(|line| sender.send(line)));

        Self { page: addresses[0], channel: addresses[addresses.len() - 1], log, process }
    }

    /// Waits for the next line of its log that has this in it, and gives up after [`LIMIT`].
    pub(crate) fn logs(&self, words: &str) -> Option<String> {
        let until = Instant::now() + LIMIT;
        loop {
            let line = self.log.recv_timeout(until.saturating_duration_since(Instant::now())).ok()?;
            if line.contains(words) {
                return Some(line);
            }
        }
    }

    /// Ends it, and gives all that it has logged.
    pub(crate) fn end(mut self) -> Vec<String> {
        self.process.kill().expect("it has not ended by itself");

        self.log.iter().collect()
    }
}

impl Drop for Article {
    fn drop(&mut self) {
        self.process.kill().ok(); // it may have ended already
        self.process.wait().ok();
    }
}
