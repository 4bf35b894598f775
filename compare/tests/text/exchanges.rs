//! Every exchange that is quoted takes place as it is quoted: what the text sends is sent, and what comes is compared.
//!
//! Headers stand in alphabetical order, without the date; chunks without their sizes. What is new each time stands as the
//! text has it: epoch, time of publication, nonce, `retry`. A line that ends in … goes on.

use std::collections::HashMap;

use shared::{
    shell::Kind,
    testing::{Server, Wire},
};

use crate::page::{Page, Part};

/// What the texts call the epoch, and when they say that messages were published.
pub(crate) const EPOCH: &str = "9f3c51aa";
pub(crate) const AT: &str = "1795388220123";
const RETRY: &str = "1437";
const NONCE: &str = "3f2a9c1b7d6e4f508192a3b4c5d6e7f8";

#[test]
fn every_exchange_takes_place() {
    for (page, row) in Page::chapters().iter().zip(compare::transports::ALL) {
        let mut exchange = Exchange::new(Server::start(row.transport, &[]), page.name.clone(), row.transport.port);
        for part in &page.parts {
            match part {
                Part::Block(info, text) if info[0] == "http" => exchange.http(info, text),
                Part::Block(info, text) if info[..] == ["text", "frames"] => {
                    text.lines().for_each(|line| exchange.frame(line));
                }
                Part::Comment(words) => exchange.happen(words),
                _ => {}
            }
        }
        exchange.end();
    }
}

/// A chapter's exchange, on one or more connections.
struct Exchange {
    server: Server,
    chapter: String,
    epoch: String,
    /// The port that the chapter's reader asks.
    port: u16,
    connections: HashMap<String, Connection>,
}

/// A connection, and what the text says of it.
struct Connection {
    wire: Wire,
    /// How often it asks.
    asked: usize,
    /// How often it quotes what came.
    quoted: usize,
}

impl Exchange {
    fn new(server: Server, chapter: String, port: u16) -> Self {
        let epoch = format!("{:08x}", server.newest().epoch);

        Self { server, chapter, epoch, port, connections: HashMap::new() }
    }

    /// `http,send` or `http,receive`, and maybe the name of another connection.
    fn http(&mut self, info: &[String], text: &str) {
        let name = info.get(2).cloned().unwrap_or_default();
        let server = &self.server;
        let connection = self.connections.entry(name);
        let connection = connection.or_insert_with(|| Connection { wire: server.connect(), asked: 0, quoted: 0 });
        if info[1] == "send" {
            let host = format!("Host: localhost:{}", self.port);
            assert!(text.lines().any(|line| line == host), "{} asks another server: {text}", self.chapter);
            connection.asked += usize::from(text.starts_with("GET "));
            let (head, body) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
            let head = head.replace(EPOCH, &self.epoch).replace('\n', "\r\n");
            return connection.wire.send(format!("{head}\r\n\r\n{}", body.trim_end()));
        }
        let seen = receive(&mut connection.wire, text);
        connection.quoted += 1;
        self.compare(&seen, text);
    }

    #[track_caller]
    fn compare(&self, seen: &str, quoted: &str) {
        let seen = self.usual(seen);
        let (mut seen_lines, mut lines) = (seen.trim_end().lines(), quoted.trim_end().lines());
        let alike = |seen: &str, line: &str| match line.strip_suffix('…').filter(|start| start.starts_with("<!--")) {
            Some(start) => seen.starts_with(start), // only padding may be cut
            None => seen == line,
        };
        let all = lines.all(|line| seen_lines.next().is_some_and(|seen| alike(seen, line)));

        assert!(all && seen_lines.next().is_none(), "{} quotes\n{quoted}\nbut there came\n{seen}", self.chapter);
    }

    /// `browser` or `server`, the bytes of a frame in hexadecimal, and what follows them as text.
    fn frame(&mut self, line: &str) {
        let (who, mut rest) = line.split_once(' ').unwrap();
        let mut bytes = Vec::new();
        while let Some((word, more)) = rest.trim_start().split_once(' ').or(Some((rest.trim(), ""))) {
            let Some(byte) = u8::from_str_radix(word, 16).ok().filter(|_| word.len() == 2) else { break };
            bytes.push(byte);
            rest = more;
        }
        bytes.extend(rest.trim().bytes());
        let Connection { wire, quoted, .. } = self.connections.get_mut("").expect("a handshake came before");
        assert!(["browser", "server"].contains(&who), "{}: who is {who:?}?", self.chapter);
        if who == "browser" {
            return wire.send(bytes);
        }
        let seen = wire.exactly(bytes.len());
        *quoted += 1;
        let text = |bytes: &[u8]| bytes.iter().map(|byte| char::from(*byte)).collect::<String>();
        assert_eq!(self.usual(&text(&seen)), text(&bytes), "{}: {line}", self.chapter);
    }

    /// What happens on the server meanwhile.
    fn happen(&self, words: &str) {
        let (what, text) = words.split_once(": ").unwrap_or((words, ""));
        let kind = match what {
            "publish" => Kind::Message,
            "tick" => Kind::Clock,
            _ => panic!("{}: what is {words:?}?", self.chapter),
        };

        self.server.publish_as(kind, text);
    }

    /// The server stops. Where a text asks, it quotes each answer, and all that came but for the end of the body.
    fn end(self) {
        let chapter = self.chapter;
        assert!(!self.connections.is_empty(), "{chapter} quotes no exchange");
        self.server.stop().unwrap();

        for (name, mut connection) in self.connections.into_iter().filter(|(_, connection)| connection.asked > 0) {
            assert!(
                connection.quoted >= connection.asked,
                "{chapter} does not quote each answer on the connection {name:?}"
            );
            let rest = connection.wire.remaining();
            let text = String::from_utf8_lossy(&rest);
            assert!(["", "0\r\n\r\n"].contains(&&*text), "{chapter} does not quote what came too: {text:?}");
        }
    }

    /// What came, with what is new each time as the texts have it.
    fn usual(&self, seen: &str) -> String {
        let seen = seen.replace(&self.epoch, EPOCH);
        let seen = after_each(&seen, "\"at\":", |c| c.is_ascii_digit(), AT);
        let seen = after_each(&seen, "retry: ", |c| c.is_ascii_digit(), RETRY);
        let seen = after_each(&seen, "nonce=\"", |c| c.is_ascii_hexdigit(), NONCE);

        after_each(&seen, "'nonce-", |c| c.is_ascii_hexdigit(), NONCE)
    }
}

/// Reads as much as a text quotes: the head, if it begins with one, and a body.
fn receive(wire: &mut Wire, quoted: &str) -> String {
    let mut seen = String::new();
    let mut body = quoted;
    let mut length = None;
    if quoted.starts_with("HTTP/1.1 ") {
        let head = wire.head();
        length = head.iter().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        seen = head.join("\n") + "\n\n";
        if quoted.split('\n').nth(1) == Some("…") {
            seen = format!("{}\n…\n\n", head[0]); // the headers have been quoted before
        }
        body = quoted.split_once("\n\n").map_or("", |(_, body)| body);
    }
    if let Some(length) = length {
        return seen + &String::from_utf8(wire.exactly(length)).unwrap();
    }
    let lines = seen.lines().count() + body.trim_end().lines().count();
    while !body.is_empty() && seen.trim_end().lines().count() < lines {
        seen += &wire.chunk();
    }
    seen
}

/// Puts `usual` in the place of what stands after each `mark`.
pub(crate) fn after_each(text: &str, mark: &str, is_part: impl Fn(char) -> bool, usual: &str) -> String {
    let mut pieces = text.split(mark);
    let mut whole = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let rest = piece.trim_start_matches(&is_part);
        whole.extend([mark, if rest.len() < piece.len() { usual } else { "" }, rest]); // nothing stays nothing
    }
    whole
}
