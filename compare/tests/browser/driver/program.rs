//! The program that drives a browser: ChromeDriver, geckodriver or WebKitWebDriver, and the screen that WebKit needs.

use std::{
    fs,
    io::{BufRead as _, BufReader, ErrorKind, PipeReader, pipe},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command},
    sync::{
        Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    thread::{spawn, yield_now},
    time::Instant,
};

use serde_json::{Value, json};
use shared::testing::LIMIT;

use crate::engines::Engine;

/// Off in Chromium: what would reach out of this machine, and what a container lacks.
const FLAGS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1440,900",
];

/// Runs until it is ended.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) port: u16,
    child: Child,
    said: Mutex<Receiver<String>>,
    screen: Option<Child>,
}

impl Program {
    /// Where several start at once, one may find its port taken: it ends, and another is started.
    pub(crate) fn start(engine: Engine) -> Self {
        (0..5).find_map(|_| Self::try_start(engine)).expect("a driver starts, and listens")
    }

    fn try_start(engine: Engine) -> Option<Self> {
        let (screen, mut command, port) = match engine {
            Engine::Chromium => (None, with("chromedriver", ["--port=0"]), None),
            Engine::Firefox => (None, with("geckodriver", ["--port=0", "--websocket-port=0"]), None),
            Engine::WebKit => {
                let (screen, display) = start_screen();
                let port = TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port(); // free a moment ago
                let mut command = with("WebKitWebDriver", [&format!("--port={port}")]);
                command.env("DISPLAY", display).env("LANG", "C.UTF-8");
                (Some(screen), command, Some(port))
            }
        };
        let (reader, writer) = pipe().unwrap();
        command.stdout(writer.try_clone().unwrap()).stderr(writer);
        let child = spawned(&mut command);
        drop(command); // it holds the pipe open
        let (sender, said) = channel();
        spawn(move || read(reader, &sender));
        let mut program = Self { port: 0, child, said: Mutex::new(said), screen };

        let listens = match port {
            Some(port) => program.listens(port),
            None => program.says_its_port(),
        };
        if listens.is_none() {
            program.end();
        }
        listens.map(|port| Self { port, ..program })
    }

    /// The two end this line with it, and one with a point.
    fn says_its_port(&self) -> Option<u16> {
        let said = self.said.lock().unwrap();
        loop {
            let line = said.recv_timeout(LIMIT).ok()?;
            if line.contains("successfully on port") || line.contains("Listening on 127.0.0.1:") {
                return line.trim_end_matches('.').rsplit([' ', ':']).next()?.parse().ok();
            }
        }
    }

    /// That of WebKit says nothing.
    fn listens(&mut self, port: u16) -> Option<u16> {
        let since = Instant::now();
        while since.elapsed() < LIMIT && self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(port);
            }
            yield_now();
        }
        None
    }

    /// What it and its browser have said since the last time.
    pub(crate) fn said(&self) -> Vec<String> {
        self.said.lock().unwrap().try_iter().collect()
    }

    /// Ends it, and the screen.
    pub(crate) fn end(&mut self) {
        for child in [Some(&mut self.child), self.screen.as_mut()].into_iter().flatten() {
            child.kill().ok(); // it may have ended
            child.wait().ok();
        }
    }
}

fn with<const N: usize>(name: &str, options: [&str; N]) -> Command {
    let mut command = Command::new(name);
    command.args(options);

    command
}

fn spawned(command: &mut Command) -> Child {
    match command.spawn() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            panic!("no {:?}: ./test installs it", command.get_program())
        }
        spawned => spawned.unwrap(),
    }
}

fn read(from: PipeReader, to: &Sender<String>) {
    for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
        to.send(String::from_utf8_lossy(&line).into_owned()).ok(); // else nobody listens, and it is read all the same
    }
}

/// It chooses its number itself.
fn start_screen() -> (Child, String) {
    let (reader, writer) = pipe().unwrap();
    let mut command = with("Xvfb", ["-displayfd", "1", "-screen", "0", "1600x1200x24", "-nolisten", "tcp"]);
    command.stdout(writer.try_clone().unwrap()).stderr(std::process::Stdio::null());
    let child = spawned(&mut command);
    let mut number = String::new();
    BufReader::new(reader).read_line(&mut number).unwrap();

    (child, format!(":{}", number.trim()))
}

/// What the browser is to be like: it waits for no page to finish, since a page with a stream in it never does.
pub(crate) fn capabilities(engine: Engine, flags: &[&str], profile: &Path) -> Value {
    let mut wanted = json!({ "pageLoadStrategy": "none", "acceptInsecureCerts": true });
    match engine {
        Engine::Chromium => {
            let profile = format!("--user-data-dir={}", profile.display());
            let args: Vec<&str> = FLAGS.iter().chain(flags).copied().chain([profile.as_str()]).collect();
            let kept_awake = ["disable-background-timer-throttling", "disable-backgrounding-occluded-windows"];
            let without = if flags.is_empty() { &[][..] } else { &kept_awake }; // the driver's own
            wanted["browserName"] = json!("chrome");
            wanted["goog:chromeOptions"] = json!({ "args": args, "excludeSwitches": without });
            wanted["goog:loggingPrefs"] = json!({ "browser": "ALL", "performance": "ALL" });
        }
        Engine::Firefox => {
            wanted["browserName"] = json!("firefox");
            wanted["moz:firefoxOptions"] = json!({ "args": ["-headless"] });
        }
        Engine::WebKit => {
            wanted["webkitgtk:browserOptions"] = json!({ "binary": mini_browser(), "args": ["--automation"] });
        }
    }
    wanted
}

/// Debian has it beside the library, in a folder of the machine's kind and the library's version.
fn mini_browser() -> PathBuf {
    let folders = |path: &Path| fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    let of_library =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("webkit2gtk-"));
    let found = folders(Path::new("/usr/lib")).flat_map(|kind| folders(&kind)).filter(of_library);

    found
        .map(|folder| folder.join("MiniBrowser"))
        .find(|file| file.exists())
        .expect("MiniBrowser is there: ./test installs it")
}
