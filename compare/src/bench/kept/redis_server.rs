//! A Redis of its own, which keeps nothing on a disk.

use std::{
    env,
    io::{self, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Where `./test` puts it.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/redis");
/// It answers within this, or it will not.
const LIMIT: Duration = Duration::from_secs(10);

/// It ends when this is dropped.
#[derive(Debug)]
pub(super) struct RedisServer {
    child: Child,
    port: u16,
}

/// That of `./test`, or else of the system.
pub(super) fn program() -> PathBuf {
    let ours = Path::new(FOLDER).join("usr/bin/redis-server");

    if ours.exists() { ours } else { "redis-server".into() }
}

impl RedisServer {
    /// Starts it on a free port.
    ///
    /// # Errors
    /// When it is not there, or does not come up.
    pub(super) fn start(program: &Path) -> io::Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = command(program);
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
        let redis = Self { child, port };
        let since = Instant::now();
        while !redis.answers() {
            if since.elapsed() > LIMIT {
                return Err(io::Error::other(format!("{} does not come up", program.display())));
            }
            thread::yield_now();
        }

        Ok(redis)
    }

    /// As the program says it.
    ///
    /// # Errors
    /// When it is not there.
    pub(super) fn version(program: &Path) -> io::Result<String> {
        let output = command(program).arg("--version").output().map_err(|error| {
            io::Error::new(error.kind(), format!("{}: {error}: give one with --redis-server", program.display()))
        })?;
        let said = String::from_utf8_lossy(&output.stdout);
        let version = said.split_whitespace().find_map(|word| word.strip_prefix("v="));

        Ok(version.unwrap_or("unknown").to_owned())
    }

    pub(super) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The id of its process.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    fn answers(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return false };
        let mut answer = [0; 5];
        let asked = stream.set_read_timeout(Some(LIMIT)).and_then(|()| stream.write_all(b"PING\r\n"));

        asked.and_then(|()| stream.read_exact(&mut answer)).is_ok() && answer == *b"+PONG"
    }
}

fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    let libraries = Path::new(FOLDER).join("usr/lib").join(format!("{}-linux-gnu", env::consts::ARCH));
    if program.starts_with(FOLDER) {
        command.env("LD_LIBRARY_PATH", libraries);
    }

    command
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.child.kill().ok(); // it may have ended by itself
        self.child.wait().ok();
    }
}
