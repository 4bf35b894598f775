//! The five through a tap.

use std::time::Duration;

use compare::{
    client::{End, Event, Line, Received},
    tap::{Fault, Limits, Place, Tap},
    transports::{ALL, Row},
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use shared::{
    Feed, Kind, Text,
    testing::{LIMIT, Server},
};
use tokio::time::{Instant, interval, timeout};

use crate::support::{soon, tap};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_hears_is_what_passed() {
    for row in ALL {
        let name = row.transport.name;
        let server = Server::start(row.transport, &[]);
        let tap = tap(server.address, Limits::default());
        let start = server.feed.status().newest.to_string();

        let mut line = Line::open((row.client)(), tap.address(), Some(&start)).await.unwrap();
        server.publish("through the tap");
        let message = soon(name, line.message()).await;
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
    const MESSAGES: u64 = 300;
    let seed: u64 = rand::random();
    eprintln!("seed {seed}");
    for row in ALL {
        let name = row.transport.name;
        let server = Server::start(row.transport, &[]);
        let tap = tap(server.address, Limits::default());
        let start = server.feed.status().newest.to_string();

        let publishing = tokio::spawn(publish(server.feed.clone(), MESSAGES));
        let mut dice = StdRng::seed_from_u64(seed);
        let (received, cuts) = listen(&row, &tap, start, MESSAGES, &mut dice).await;
        publishing.await.unwrap();

        eprintln!("{name}: {cuts} cuts, {:?}", tap.totals());
        let seqs: Vec<_> = received.iter().map(|message| message.id.seq).collect();
        assert_eq!(seqs, (1..=MESSAGES).collect::<Vec<_>>(), "{name}");
        assert!(cuts > 5, "{name}: {cuts} cuts");
    }
}

async fn publish(feed: Feed, count: u64) {
    let mut pace = interval(Duration::from_millis(2));
    for number in 0..count {
        pace.tick().await;
        let text = Text::try_from(format!("message {number}")).unwrap();
        feed.publish(Kind::Message, text).await.unwrap();
    }
}

/// Listens for so many messages, cuts the line now and then, and comes back.
async fn listen(row: &Row, tap: &Tap, start: String, count: u64, dice: &mut StdRng) -> (Vec<Received>, u32) {
    let (mut cursor, mut received, mut cuts) = (start, Vec::new(), 0);
    let begun = Instant::now();
    while (received.len() as u64) < count {
        let Ok(mut line) = Line::open((row.client)(), tap.address(), Some(&cursor)).await else {
            continue; // cut before it could ask
        };
        let mut until_cut = dice.random_range(1..40);
        while (received.len() as u64) < count {
            assert!(begun.elapsed() < 2 * LIMIT, "{} of {count}", received.len());
            match timeout(LIMIT, line.next()).await.expect("something comes").unwrap() {
                Event::Message(message) => received.push(message),
                Event::Heartbeat | Event::Nothing => continue,
                Event::End(End::Cut | End::Reopen) => break,
                other => panic!("{other:?} after {:?}", received.last()),
            }
            until_cut -= 1;
            if until_cut == 0 {
                tap.fault(Fault::Cut);
                cuts += 1;
            }
        }
        line.cursor().unwrap().clone_into(&mut cursor);
    }

    (received, cuts)
}
