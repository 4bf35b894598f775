//! The five through a tap.

use compare::{
    client::{Connection, End, Event, Received},
    tap::{Fault, Limits, Place, Tap},
    transports::{ALL, Row},
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use shared::testing::Server;

use crate::support::{soon, tap, until};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_hears_is_what_passed() {
    for row in ALL {
        let name = row.transport.name;
        let server = Server::start(row.transport, &[]);
        let tap = tap(server.address, Limits::default());
        let start = server.newest().to_string();

        let mut connection = Connection::open((row.client)(), tap.address(), Some(&start)).await.unwrap();
        server.publish("through the tap");
        let message = soon(name, connection.message()).await;
        let pieces = tap.connections()[0].since(&mut Place::default());

        let all: Vec<u8> = pieces.iter().flat_map(|piece| piece.bytes.clone()).collect();
        let wire = String::from_utf8_lossy(&all);
        assert_eq!(message.text, "through the tap");
        assert!(wire.starts_with("GET /messages?after="), "{name}: {wire}");
        assert!(wire.contains("through the tap"), "{name}: {wire}");
        let totals = tap.totals();
        assert!(totals.up > 0 && totals.down > 0, "{name}: {totals:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_cut_off_loses_and_repeats_nothing() {
    const CUTS: usize = 25;
    let seed: u64 = rand::random();
    eprintln!("seed {seed}");
    for row in ALL {
        let server = Server::start(row.transport, &[]);
        let tap = tap(server.address, Limits::default());
        let mut dice = StdRng::seed_from_u64(seed);
        let mut client = Client { row, cursor: server.newest().to_string(), received: Vec::new() };

        let mut published = 0;
        for _ in 0..CUTS {
            let mut connection = client.open(&tap).await;
            published += publish(&server, dice.random_range(0..20));
            client.listen(&mut connection, dice.random_range(client.received.len()..=published)).await;
            published += publish(&server, dice.random_range(0..20));
            tap.fault(Fault::Cut);
            client.listen(&mut connection, usize::MAX).await;
        }
        let mut connection = client.open(&tap).await;
        client.listen(&mut connection, published).await;

        let seqs: Vec<_> = client.received.iter().map(|message| message.id.seq).collect();
        assert_eq!(seqs, (1..=published as u64).collect::<Vec<_>>(), "{}", row.transport.name);
        assert_eq!(tap.totals().opened, CUTS as u64 + 1, "{}", row.transport.name);
    }
}

fn publish(server: &Server, count: usize) -> usize {
    (0..count).for_each(|_| drop(server.publish("a message")));

    count
}

/// A client that goes on where it was cut off.
struct Client {
    row: Row,
    cursor: String,
    received: Vec<Received>,
}

impl Client {
    /// Connects; a fault finds the connection from then on.
    async fn open(&self, tap: &Tap) -> Connection {
        let before = tap.totals().opened;
        let connection = Connection::open((self.row.client)(), tap.address(), Some(&self.cursor)).await.unwrap();
        until("the tap to accept it", || tap.totals().opened > before).await;

        connection
    }

    /// Listens until it has received so many messages in all, or is cut off.
    async fn listen(&mut self, connection: &mut Connection, count: usize) {
        while self.received.len() < count {
            match soon("something", connection.next()).await.unwrap() {
                Event::Message(message) => self.received.push(message),
                Event::Place { .. } | Event::Heartbeat | Event::Nothing => {}
                Event::End(End::Cut) => break,
                other => panic!("{other:?} after {:?}", self.received.last()),
            }
        }
        connection.cursor().unwrap().clone_into(&mut self.cursor);
    }
}
