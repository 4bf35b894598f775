//! What the programs here have in common: how they are started, where they say that they are, and when they end.

pub mod limit;

use std::{
    env, io,
    net::{SocketAddr, TcpListener},
    process::exit,
    thread,
};

use socket2::{Domain, Socket, Type};

/// As many messages are kept, for polls.
pub const HISTORY: usize = 1_000;
/// As many messages may wait for the slowest client of a stream before it loses some: more than ours hold, so that a burst is
/// not lost.
pub const QUEUE: usize = 65_536;
/// As many connections may wait to be let in, as with ours.
const BACKLOG: i32 = 4_096;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Polling,
    LongPolling,
    IframeStream,
    Sse,
    WebSocket,
}

impl Way {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "polling" => Self::Polling,
            "long-polling" => Self::LongPolling,
            "iframe-stream" => Self::IframeStream,
            "sse" => Self::Sse,
            "websocket" => Self::WebSocket,
            _ => return None,
        })
    }
}

/// Reads `WAY [--port N]`, and listens there. Of the ways only these are known.
#[expect(clippy::disallowed_methods, reason = "nothing has begun yet")]
pub fn start(known: &[Way]) -> io::Result<(Way, TcpListener)> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (name, port) = match arguments[..] {
        [name] => (name, Some(0)),
        [name, "--port", port] => (name, port.parse().ok()),
        _ => ("", None),
    };
    let way = Way::named(name).filter(|way| known.contains(way));
    let (Some(way), Some(port)) = (way, port) else {
        eprintln!("usage: PROGRAM WAY [--port N], and WAY is one of {known:?}, in small letters with a dash");
        exit(2);
    };
    rlimit::increase_nofile_limit(u64::MAX)?;

    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], port)).into())?;
    socket.listen(BACKLOG)?;

    Ok((way, socket.into()))
}

/// Says where it is. From now on the program ends when its input does: who started it may be gone.
#[expect(clippy::disallowed_methods, reason = "nobody is left to be told anything")]
pub fn ready(address: SocketAddr) {
    println!("{address}");
    thread::spawn(|| {
        io::copy(&mut io::stdin(), &mut io::sink()).ok(); // an input that cannot be read has ended, too
        exit(0);
    });
}

/// Eight hexadecimal digits, new for each run.
pub fn epoch() -> String {
    format!("{:08x}", rand::random::<u32>())
}

/// The id of a message, which begins `{"id":"EPOCH.SEQ"`; or nothing, if it is none.
pub fn id(json: &str) -> Option<&str> {
    Some(json.strip_prefix("{\"id\":\"")?.split_once('"')?.0)
}

/// The number in `EPOCH.SEQ`.
pub fn seq(id: &str) -> Option<u64> {
    id.split_once('.')?.1.parse().ok()
}

/// The document that carries the scripts: as long as ours, and with the same function.
pub fn prelude(nonce: &str) -> String {
    let head = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Messages</title>\n\
         <script nonce=\"{nonce}\">function f(o){{document.currentScript.remove();parent.fiveWays?.(o)}}</script>\n\
         </head>\n<body>\n<!--"
    );

    format!("{head:.<1019}-->\n")
}
