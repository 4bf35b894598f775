//! A program that follows the channel with a library of others, and prints what it gets.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::spawn,
    time::Duration,
};

use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    time::timeout,
};

/// A generous limit for what takes some ten seconds: libraries wait before they come back, some longer each time.
pub(crate) const LIMIT: Duration = Duration::from_secs(120);

/// What a program is written in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Language {
    Node,
    Python,
    Rust,
}

impl Language {
    fn command(self, program: &str) -> Command {
        let run = |interpreter: PathBuf, folder| {
            let mut command = Command::new(interpreter);
            command.arg(root().join("compare/tests/clients").join(folder).join(program));
            command
        };
        match self {
            Self::Node => run("node".into(), "node"),
            Self::Python => run(root().join("target/clients/python/bin/python"), "python"),
            Self::Rust => Command::new(root().join("target/clients/rust/debug").join(program)),
        }
    }
}

/// A program that runs. Dropped, it is ended.
pub(crate) struct Program {
    child: Child,
    lines: UnboundedReceiver<String>,
    seen: Vec<String>,
}

impl Program {
    /// Runs a program, which ends by itself after so many messages.
    pub(crate) fn start(language: Language, program: &[&str], url: &str, count: usize) -> Self {
        let mut command = language.command(program[0]);
        command.args(&program[1..]).args([url, &count.to_string()]).stdout(Stdio::piped());
        let mut child =
            command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}: ./test --long installs it"));
        let (send, lines) = unbounded_channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));

        Self { child, lines, seen: Vec::new() }
    }

    /// Waits until it has printed so many lines.
    pub(crate) async fn until(&mut self, count: usize) {
        while self.seen.len() < count {
            let line = self.line().await;
            self.seen.push(line.unwrap_or_else(|| panic!("it has ended: {:?}", self.seen)));
        }
    }

    /// Waits until it has ended by itself.
    pub(crate) async fn end(&mut self) {
        while let Some(line) = self.line().await {
            self.seen.push(line);
        }
    }

    /// The lines that were waited for.
    pub(crate) fn seen(&self) -> &[String] {
        &self.seen
    }

    async fn line(&mut self) -> Option<String> {
        let line = timeout(LIMIT, self.lines.recv()).await;

        line.unwrap_or_else(|_| panic!("nothing comes after {} lines: {:?}", self.seen.len(), self.seen))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().ok(); // it may have ended
        self.child.wait().ok();
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
