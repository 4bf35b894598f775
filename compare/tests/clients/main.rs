//! Client libraries of others, each with the loop that `docs/CLIENTS.md` quotes, through a relay that breaks their connections.
//!
//! `./test --long` installs them and runs this: of 100 messages none is lost, none repeated, and no gap is told.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod alone;
mod foreign;
mod program;
mod relay;

use program::{Language, Program};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use relay::{End, Fate, Relay};
use shared::{shell::Transport, testing::Server};
use tokio::{join, task::spawn_blocking};

const MESSAGES: usize = 100;

/// A test for each library: the way that it speaks, the language, and the program that has its loop, with what it must be told.
macro_rules! libraries {
    ($($name:ident: [$way:ident, $language:ident, $($program:literal),*],)*) => { $(
        #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
        #[ignore = "needs Node.js and Python: run by ./test --long"]
        async fn $name() {
            let library = Library { way: $way::TRANSPORT, language: Language::$language, program: &[$($program),*] };
            library.loses_and_repeats_nothing().await;
        }
    )* };
}

libraries! {
    eventsource_4: [sse, Node, "eventsource.js", "eventsource-4"],
    eventsource_5: [sse, Node, "eventsource.js", "eventsource-5"],
    fetch_event_source: [sse, Node, "fetch-event-source.js"],
    eventsource_parser: [sse, Node, "eventsource-parser.js"],
    httpx_sse: [sse, Python, "httpx_sse_loop.py"],
    sseclient_py: [sse, Python, "sseclient_loop.py"],
    aiohttp_sse_client: [sse, Python, "aiohttp_sse_client_loop.py"],
    eventsource_client: [sse, Rust, "eventsource-client"],
    reqwest_eventsource: [sse, Rust, "reqwest-eventsource"],
    ws: [websocket, Node, "ws.js"],
    websockets: [websocket, Python, "websockets_loop.py"],
    tokio_tungstenite: [websocket, Rust, "tokio-tungstenite"],
}

/// A library, by the program that has its loop.
struct Library {
    way: Transport,
    language: Language,
    program: &'static [&'static str],
}

impl Library {
    async fn loses_and_repeats_nothing(&self) {
        join!(self.cut_anywhere(), self.reset(), self.restarted(), self.cut_before_the_first_message(), self.refused());
    }

    /// Its connections end after so many bytes, also in a head and within an event.
    async fn cut_anywhere(&self) {
        let mut random = StdRng::seed_from_u64(17);
        let limits =
            [(400, End::Close), (400, End::Reset), (3_000, End::Close), (3_000, End::Reset), (3_000, End::Close)];
        let fates = limits.map(|(most, end)| Fate::Bytes(random.random_range(1..=most), end));
        let server = self.server();
        publish(&server, MESSAGES);

        let mut relay = Relay::listen(server.address, &fates).await;
        let mut program = self.follow(&relay, "?after=start");

        assert_all("cut anywhere", &mut program).await;
        relay.until(fates.len()).await;
    }

    async fn reset(&self) {
        let server = self.server();
        let relay = Relay::listen(server.address, &[]).await;
        let mut program = self.follow(&relay, "?after=start");

        for count in 1..=4 {
            publish(&server, MESSAGES / 4);
            program.until(count * MESSAGES / 4).await;
            relay.reset();
        }

        assert_all("reset", &mut program).await;
    }

    /// The server stops, and comes back with the same feed.
    async fn restarted(&self) {
        let server = self.server();
        let relay = Relay::listen(server.address, &[]).await;
        let mut program = self.follow(&relay, "?after=start");

        publish(&server, MESSAGES / 2);
        program.until(MESSAGES / 2).await;
        let feed = server.feed.clone();
        relay.move_to(None);
        spawn_blocking(|| server.stop().unwrap()).await.unwrap();
        let server = Server::on(feed, self.way, &[]);
        relay.move_to(Some(server.address));
        publish(&server, MESSAGES / 2);

        assert_all("restarted", &mut program).await;
    }

    /// It begins without a cursor, and where nothing has been published.
    async fn cut_before_the_first_message(&self) {
        let server = self.server();
        let place = if self.way.name == "sse" { "\"more\":false}\n\n\r\n" } else { "\"more\":false}" }; // with its chunk's end
        let mut relay = Relay::listen(server.address, &[Fate::Words(place, End::Close)]).await;
        let mut program = self.follow(&relay, "");

        relay.until(1).await;
        publish(&server, MESSAGES);

        assert_all("cut before the first message", &mut program).await;
    }

    /// Once 503 is the answer, as while a server is exchanged behind a proxy.
    async fn refused(&self) {
        let server = self.server();
        publish(&server, MESSAGES);
        let fates = [Fate::Bytes(4_000, End::Close), Fate::Refused];
        let relay = Relay::listen(server.address, &fates).await;
        let mut program = self.follow(&relay, "?after=start");

        assert_all("refused", &mut program).await;
    }

    fn server(&self) -> Server {
        Server::start(self.way, &[])
    }

    fn follow(&self, relay: &Relay, query: &str) -> Program {
        let scheme = if self.way.name == "websocket" { "ws" } else { "http" };
        let url = format!("{scheme}://{}/messages{query}", relay.address);

        Program::start(self.language, self.program, &url, MESSAGES)
    }
}

fn publish(server: &Server, count: usize) {
    (0..count).for_each(|_| drop(server.publish("a message")));
}

/// Each message once, in order, and no gap.
async fn assert_all(what: &str, program: &mut Program) {
    program.end().await;
    let seqs: Vec<_> = program.seen().iter().map(|line| line.split_once('.').map_or(&**line, |(_, seq)| seq)).collect();
    let expected: Vec<_> = (1..=MESSAGES).map(|seq| seq.to_string()).collect();

    assert_eq!(seqs, expected, "{what}");
}
