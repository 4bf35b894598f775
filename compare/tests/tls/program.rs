//! One of the five as a program, with TLS built in.

use std::{
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread::spawn,
};

use serde_json::Value;
use shared::testing::LIMIT;

/// What `cargo run -p NAME --features tls` runs.
pub(crate) fn program(name: &str) -> PathBuf {
    let mut command = Command::new(env!("CARGO"));
    let cargo = ["build", "--quiet", "--locked", "-p", name, "--features", "tls", "--message-format", "json"];
    let output = command.args(cargo).current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).output().unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));

    let told = String::from_utf8(output.stdout).unwrap();
    let mut built = told.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    built.find_map(|unit| unit["executable"].as_str().map(PathBuf::from)).expect("it is a program")
}

/// A program that runs. It is killed when it is dropped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) process: Child,
    log: Receiver<String>,
}

impl Running {
    /// The first line that it prints says where it is.
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let (sender, log) = channel();
        spawn(move || lines.try_for_each(|line| sender.send(line)));
        let line = log.recv_timeout(LIMIT).unwrap();
        let address = line.split_once("https://").and_then(|(_, rest)| rest.split_once('/'));
        let (address, _) = address.unwrap_or_else(|| panic!("{line}"));

        Self { address: address.parse().unwrap(), process, log }
    }

    /// The next line that it prints.
    pub(crate) fn line(&self) -> String {
        self.log.recv_timeout(LIMIT).expect("it prints a line")
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        let mut kill = Command::new("kill");
        assert!(kill.args(["-s", name, &self.process.id().to_string()]).status().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.process.kill().ok(); // it may have ended already
        self.process.wait().ok();
    }
}
