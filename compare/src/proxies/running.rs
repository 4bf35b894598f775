//! A proxy that runs.

use std::{
    fs::{self, File},
    io::{self, Read as _, Write as _},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::{
    Form, Known, Program,
    setting::{Setting, with_addresses},
};

/// It forwards within this, or it never will. Varnish has its configuration compiled first.
const LIMIT: Duration = Duration::from_secs(60);
/// Between two looks whether it does.
const PAUSE: Duration = Duration::from_millis(20);
/// A port that is free may be taken before the proxy comes to take it.
const TRIES: usize = 3;
const LOG: &str = "log";
/// The user `nobody`.
#[cfg(unix)]
const NOBODY: u32 = 65_534;

/// A proxy that runs, in a folder of its own. It ends, and its files with it, when this is dropped, and also when this process
/// ends in any other way.
#[derive(Debug)]
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
    folder: TempDir,
}

impl Proxy {
    /// Starts it in front of a server that runs, and waits until it forwards.
    ///
    /// # Errors
    /// When it does not; what it has said last stands in the error.
    pub fn start(known: &Known, program: &Program, form: Form, upstream: SocketAddr) -> io::Result<Self> {
        let of = |error: io::Error| io::Error::new(error.kind(), format!("{} does not start: {error}", known.title));
        if !upstream.is_ipv4() {
            return Err(of(io::Error::new(io::ErrorKind::InvalidInput, "give a server with an address of IPv4")));
        }
        let mut tries = 1;
        loop {
            match Self::try_to(known, program, form, upstream) {
                Err(error) if tries == TRIES || error.kind() == io::ErrorKind::TimedOut => return Err(of(error)),
                Err(_) => tries += 1,
                started => return started,
            }
        }
    }

    fn try_to(known: &Known, program: &Program, form: Form, upstream: SocketAddr) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("five-ways-").tempdir()?;
        let is_root = make_ready(folder.path())?;
        let address = free()?;
        let text = with_addresses(known.text(form), address, upstream);
        let mut command = (known.command)(&Setting { program, folder: folder.path(), address, is_root, text })?;
        let log = File::create(folder.path().join(LOG))?;
        command.stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0); // what it starts ends with it
        let mut proxy = Self { address, child: command.spawn()?, folder };
        proxy.wait()?;

        Ok(proxy)
    }

    fn wait(&mut self) -> io::Result<()> {
        let since = Instant::now();
        while !forwards(self.address) {
            if self.child.try_wait()?.is_some() {
                return Err(io::Error::other(format!("it has ended, and said: {}", self.said())));
            }
            if since.elapsed() > LIMIT {
                let error = format!("it forwards nothing within {LIMIT:?}, and said: {}", self.said());
                return Err(io::Error::new(io::ErrorKind::TimedOut, error));
            }
            thread::park_timeout(PAUSE);
        }

        Ok(())
    }

    /// The end of its log, in one line.
    fn said(&self) -> String {
        let log = fs::read(self.folder.path().join(LOG)).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().map(str::trim).filter(|line| !line.is_empty()).collect();

        lines[lines.len().saturating_sub(3)..].join(" / ")
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        self.child.wait().ok(); // it has ended by itself
    }
}

/// Whether somebody else than the proxy answers.
fn forwards(address: SocketAddr) -> bool {
    ask(address).is_ok_and(|status| (b'2'..b'5').contains(&status))
}

/// The first digit of the answer's status.
fn ask(address: SocketAddr) -> io::Result<u8> {
    let mut connection = TcpStream::connect(address)?;
    connection.set_read_timeout(Some(LIMIT))?;
    write!(connection, "GET /status HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut line = [0; "HTTP/1.1 2".len()];
    connection.read_exact(&mut line)?;

    Ok(line[line.len() - 1])
}

/// A port that is free at the moment.
fn free() -> io::Result<SocketAddr> {
    TcpListener::bind((IpAddr::V4(Ipv4Addr::LOCALHOST), 0))?.local_addr()
}

/// Makes it the folder of a user without rights, as whom some proxies work where root starts them; others look in. Whether root
/// is who starts them.
#[cfg(unix)]
fn make_ready(folder: &Path) -> io::Result<bool> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};

    let is_root = fs::metadata(folder)?.uid() == 0;
    if is_root {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o711))?;
        chown(folder, Some(NOBODY), None)?;
    }

    Ok(is_root)
}

#[cfg(not(unix))]
fn make_ready(_: &Path) -> io::Result<bool> {
    Ok(false)
}

#[cfg(all(test, unix))]
mod tests {
    use std::{path::PathBuf, process::Command};

    use super::*;
    use crate::proxies::ALL;

    fn breaks(setting: &Setting<'_>) -> io::Result<Command> {
        let mut command = setting.command();
        command.args(["-c", "echo 'no such line' >&2; exit 1"]);

        Ok(command)
    }

    #[test]
    fn one_that_ends_at_once_says_why() {
        let known = Known { command: breaks, ..ALL[0] };
        let program = Program { file: PathBuf::from("/bin/sh"), root: PathBuf::new(), asked: "" };

        let error = Proxy::start(&known, &program, Form::Right, free().unwrap()).unwrap_err();

        assert_eq!(error.to_string(), "nginx does not start: it has ended, and said: no such line");
    }

    #[test]
    fn an_upstream_has_an_address_of_ipv4() {
        let program = Program { file: PathBuf::from("/bin/sh"), root: PathBuf::new(), asked: "" };

        let error = Proxy::start(&ALL[0], &program, Form::Right, "[::1]:80".parse().unwrap()).unwrap_err();

        assert!(error.to_string().ends_with("give a server with an address of IPv4"), "{error}");
    }
}
