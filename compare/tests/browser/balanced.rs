//! A page behind nginx, which has two servers on one Redis: where one is killed, the page goes on at the other.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::Instant,
};

use compare::{
    proxies::Known,
    transports::{ALL, Row},
};
use shared::{
    Feed,
    redis::Settings,
    shell::{Kind, Note, Text},
    testing::LIMIT,
};
use tempfile::TempDir;

use crate::{NETWORK, NEWEST, driver::Browser, in_chromium, redis::Redis};

/// All texts of the list, the oldest first, and what it says of gaps.
const LIST: &str = "[...document.querySelectorAll('#messages li')].map((row) =>
    row.classList.contains('gap') ? 'a gap' : row.querySelector('span').textContent).reverse().join()";

/// A process of its own. It ends when this is dropped.
struct Process(Child);

impl Process {
    /// A server of this way on Redis, and where it listens.
    fn serve(row: &Row, redis: &Redis, port: u16) -> (Self, SocketAddr) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_compare"));
        command.args(["bench-server", row.transport.name, "--redis", &redis.url(), "--port", &port.to_string()]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();

        (Self(child), line.trim().parse().unwrap())
    }

    /// nginx in front of two servers, and where it listens.
    fn balance(servers: [SocketAddr; 2], folder: &TempDir) -> (Self, SocketAddr) {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap(); // free a moment ago
        let [one, other] = servers;
        let temporary =
            ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|name| format!("{name}_temp_path {name};"));
        let settings = format!(
            "daemon off; master_process off; error_log stderr crit; pid nginx.pid; events {{}}
            http {{
                access_log off; {}
                map $http_upgrade $connection_header {{ default upgrade; '' ''; }}
                upstream servers {{ server {one} max_fails=0; server {other} max_fails=0; }}
                server {{
                    listen {address};
                    location / {{
                        proxy_pass http://servers;
                        proxy_http_version 1.1;
                        proxy_set_header Host $http_host;
                        proxy_set_header Upgrade $http_upgrade;
                        proxy_set_header Connection $connection_header;
                    }}
                }}
            }}",
            temporary.concat(),
        );
        let file = folder.path().join("nginx.conf");
        fs::write(&file, settings).unwrap();
        let nginx = Known::named("nginx").unwrap().find().expect("nginx is there: ./test gets it");
        let mut command = Command::new(nginx.file);
        command.arg("-p").arg(folder.path()).arg("-c").arg(file).args(["-e", "stderr"]);
        let mut process = Self(command.spawn().unwrap());
        let since = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(process.0.try_wait().unwrap().is_none(), "nginx has ended");
            assert!(since.elapsed() < LIMIT, "nginx does not listen");
            std::thread::yield_now();
        }

        (process, address)
    }

    /// With `kill -9`.
    fn kill(&mut self) {
        self.0.kill().ok(); // it may have ended
        self.0.wait().ok();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

#[tokio::test]
#[ignore = "needs Chromium and its driver, redis-server and nginx: run by ./test"]
async fn a_page_behind_nginx_goes_on_where_its_server_is_killed() {
    in_chromium(async |browser| {
        let redis = Redis::start(&[]);
        let feed = Feed::shared(&redis.url(), Settings::default()).await.unwrap();
        for row in ALL {
            println!("{}", row.transport.title);
            goes_on(browser, &row, &redis, &feed).await;
        }
    })
    .await;
}

async fn goes_on(browser: &Browser, row: &Row, redis: &Redis, feed: &Feed) {
    let folder = tempfile::tempdir().unwrap();
    let mut servers = [Process::serve(row, redis, 0), Process::serve(row, redis, 0)];
    let (_nginx, address) = Process::balance([servers[0].1, servers[1].1], &folder);
    let mut said = vec!["begin".to_owned()];
    say(feed, "begin").await;
    browser.goto(&format!("http://{address}/")).await;
    browser.shows(NEWEST, "begin").await;

    for victim in [0, 1, 0] {
        say_more(browser, feed, &mut said).await;
        let port = servers[victim].1.port();
        servers[victim].0.kill();
        say_more(browser, feed, &mut said).await;
        servers[victim] = Process::serve(row, redis, port);
    }
    say_more(browser, feed, &mut said).await;

    browser.shows(LIST, &said.join(",")).await;
    browser.close_tabs(NETWORK).await;
}

/// Says some texts more, and waits until the page shows them.
async fn say_more(browser: &Browser, feed: &Feed, said: &mut Vec<String>) {
    for number in said.len()..said.len() + 5 {
        said.push(number.to_string());
        say(feed, &said[number]).await;
    }

    browser.shows(NEWEST, &said[said.len() - 1]).await;
}

async fn say(feed: &Feed, text: &str) {
    let note = Note { kind: Kind::Message, text: Text::try_from(text.to_owned()).unwrap() };

    note.publish(feed).await.unwrap();
}
