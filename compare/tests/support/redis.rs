//! A real Redis on a free port, for one test.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    env,
    ffi::OsString,
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, mpsc},
    thread::spawn,
};

use shared::testing::LIMIT;
use tempfile::TempDir;

/// Ports that no system gives to a client by itself: while a Redis is down, nobody else gets its port.
const PORTS: std::ops::Range<u16> = 10_000..30_000;
/// How many of them are tried.
const TRIES: usize = 20;

/// It ends, and its files with it, when this is dropped.
pub(crate) struct Redis {
    child: Child,
    pub(crate) port: u16,
    pub(crate) folder: Arc<TempDir>,
    options: Vec<String>,
}

impl Redis {
    /// Without any files, unless the options say otherwise.
    pub(crate) fn start(options: &[&str]) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let options: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
        let mut tries = (0..TRIES).map(|_| Self::at(free_port(), Arc::clone(&folder), options.clone()));

        tries.find_map(|started| started).expect("a port is free")
    }

    /// None where it does not come up.
    pub(crate) fn at(port: u16, folder: Arc<TempDir>, options: Vec<String>) -> Option<Self> {
        let mut child = Command::new(program())
            .env("LD_LIBRARY_PATH", libraries())
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--dir"])
            .arg(folder.path())
            .args(&options)
            .stdout(Stdio::piped())
            .spawn()
            .expect("redis-server is there: ./test gets it");
        let (told, ready) = mpsc::channel();
        let log = BufReader::new(child.stdout.take().unwrap());
        spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                if line.contains("Ready to accept connections") {
                    told.send(()).ok(); // nobody waits any more
                }
            }
        });
        let redis = Self { child, port, folder, options };

        ready.recv_timeout(LIMIT).is_ok().then_some(redis)
    }

    /// Asks a command, and gives the answer, flat.
    pub(crate) fn ask(&self, words: &[&str]) -> Vec<String> {
        Asked::on(TcpStream::connect(("127.0.0.1", self.port)).unwrap()).ask(words).unwrap()
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Ends it with `kill -9`, and starts it again on its files.
    pub(crate) fn restart(mut self) -> Self {
        self.kill();

        Self::at(self.port, Arc::clone(&self.folder), self.options.clone()).expect("it starts again")
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().ok(); // it may have ended
        self.child.wait().ok();
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

fn target() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/redis")
}

/// That of `./test`, or else of the system.
fn program() -> PathBuf {
    let ours = target().join("usr/bin/redis-server");

    if ours.exists() { ours } else { "redis-server".into() }
}

fn libraries() -> OsString {
    let of_packages = format!("{}-linux-gnu", env::consts::ARCH);
    let folders = ["usr/lib", "lib"].map(|folder| target().join(folder).join(&of_packages));

    env::join_paths(folders).unwrap()
}

/// One that is perhaps free.
pub(crate) fn free_port() -> u16 {
    rand::random_range(PORTS)
}

/// Speaks the protocol of Redis (<https://redis.io/docs/latest/develop/reference/protocol-spec/>).
struct Asked(BufReader<TcpStream>);

impl Asked {
    fn on(connection: TcpStream) -> Self {
        connection.set_read_timeout(Some(LIMIT)).unwrap();

        Self(BufReader::new(connection))
    }

    fn ask(&mut self, words: &[&str]) -> io::Result<Vec<String>> {
        let mut line = format!("*{}\r\n", words.len());
        words.iter().for_each(|word| line.push_str(&format!("${}\r\n{word}\r\n", word.len())));
        self.0.get_mut().write_all(line.as_bytes())?;
        let mut answer = Vec::new();
        self.read(&mut answer)?;

        Ok(answer)
    }

    fn read(&mut self, answer: &mut Vec<String>) -> io::Result<()> {
        let mut line = String::new();
        if self.0.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let (kind, rest) = line.trim_end().split_at(1);
        match (kind, rest.parse::<i64>()) {
            ("*", Ok(count)) => (0..count).try_for_each(|_| self.read(answer))?,
            ("$", Ok(length @ 0..)) => {
                let mut text = vec![0; length as usize + 2];
                self.0.read_exact(&mut text)?;
                answer.push(String::from_utf8_lossy(&text[..text.len() - 2]).into_owned());
            }
            ("$", _) => answer.push(String::new()),
            _ => answer.push(rest.to_owned()),
        }
        Ok(())
    }
}
