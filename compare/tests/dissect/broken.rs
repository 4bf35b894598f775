//! Nothing that passes, or fails to, makes it fail; and it never takes for a message what is none.

use compare::{
    dissect::{Direction, Kind, Part},
    transports::ALL,
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use crate::{
    Bench, Passes,
    exchange::{self, Exchange, HOSTILE},
    exchanges::messages,
};

const SEED: u64 = 7;
/// What means something to one state or another.
const WORDS: [&[u8]; 26] = [
    b"GET /messages HTTP/1.1\r\n",
    b"GET http://x/%6dessages HTTP/1.1\r\n",
    b"HEAD / HTTP/1.1\r\n",
    b"POST /messages HTTP/1.1\r\n",
    b"CONNECT x HTTP/1.1\r\n",
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\n",
    b"Upgrade: websocket\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Length: 40\r\n",
    b"Content-Length: 18446744073709551615\r\n",
    b"Content-Type: application/json\r\n",
    b"Content-Type: text/event-stream\r\n",
    b"Content-Type: text/html\r\n",
    b"\r\n",
    b"\r\n\r\n",
    b"1f\r\n",
    b"ffffffffffffffff\r\n",
    b"0\r\n\r\n",
    b"0\r\nA: 1\r\n",
    b"{\"messages\":[{\"id\":\"1.1\"},",
    b"data: {\"id\":\"1.2\"}\n",
    b"<script nonce=\"0\">f({\"id\":\"1.3\"})</script>\n",
    b"\x81\x05",
    b"\x88\xfe\xff\xff\0\0\0\0",
    b"\x02\x7f\xff\xff\xff\xff\xff\xff\xff\xff",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn where_bytes_are_lost_no_message_is_made_up_and_those_after_are_found_again() {
    println!("seed {SEED}");
    let mut dice = StdRng::seed_from_u64(SEED);
    for row in ALL {
        let Exchange { connections, messages: all, .. } = exchange::run(&row, &HOSTILE).await;
        let mut found_again = 0;
        for _ in 0..500 {
            let parts = with_a_loss(&connections[0], &mut dice);

            let found = messages(&parts);
            let lost = parts.iter().position(|part| part.kind == Kind::Lost).unwrap();
            let name = row.transport.name;
            assert!(found.iter().all(|json| all.contains(json)), "{name}: {parts:#?}");
            found_again += usize::from(!messages(&parts[lost..]).is_empty());
        }
        println!("{}: messages after {found_again} of 500 losses", row.transport.name);
        // A loss in the head of a stream, or between the frames of a socket, leaves the rest raw.
        assert!(found_again > if row.two_way { 5 } else { 300 }, "{}: {found_again}", row.transport.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_broken_exchange_does_no_harm() {
    println!("seed {SEED}");
    let mut dice = StdRng::seed_from_u64(SEED);
    for row in ALL {
        let exchange = exchange::run(&row, &HOSTILE[..3]).await;
        for _ in 0..2_000 {
            let mut passes = exchange.connections[dice.random_range(0..exchange.connections.len())].clone();
            for _ in 0..dice.random_range(1..5) {
                mutate(&mut passes, &mut dice);
            }
            shown(&Bench::cut(&passes, &mut dice));
            shown(&with_losses(&passes, &mut dice));
        }
    }
}

#[test]
fn garbage_does_no_harm() {
    println!("seed {SEED}");
    let mut dice = StdRng::seed_from_u64(SEED);
    for _ in 0..50_000 {
        let mut bench = Bench::default();
        for _ in 0..dice.random_range(1..30) {
            let direction = if dice.random() { Direction::Up } else { Direction::Down };
            let noise: [u8; 6] = dice.random();
            match dice.random_range(0..20) {
                0 => bench.lose(direction, &vec![0; dice.random_range(0..50)]),
                1 => bench.pass(direction, &noise),
                2 => bench.pass(direction, &noise[..1].repeat(dice.random_range(0..100))),
                _ => bench.pass(direction, WORDS[dice.random_range(0..WORDS.len())]),
            }
        }
        shown(&bench.end());
    }
}

/// The connection, with some bytes that go down unseen: from one place in the first half, up to 1,000.
fn with_a_loss(passes: &Passes, dice: &mut StdRng) -> Vec<Part> {
    let down = passes.iter().filter(|(direction, _)| *direction == Direction::Down);
    let start = dice.random_range(0..down.map(|(_, bytes)| bytes.len()).sum::<usize>() / 2);
    let unseen = start..start + dice.random_range(1..1_000);
    let mut bench = Bench::default();
    let mut place = 0;
    for (direction, bytes) in passes {
        if *direction == Direction::Up {
            bench.pass(Direction::Up, bytes);
            continue;
        }
        let within = |at: usize| at.saturating_sub(place).min(bytes.len());
        let (from, to) = (within(unseen.start), within(unseen.end));
        bench.pass(Direction::Down, &bytes[..from]);
        bench.lose(Direction::Down, &bytes[from..to]);
        bench.pass(Direction::Down, &bytes[to..]);
        place += bytes.len();
    }

    bench.end()
}

/// The connection in small pieces, of which some pass unseen.
fn with_losses(passes: &Passes, dice: &mut StdRng) -> Vec<Part> {
    let mut bench = Bench::default();
    for (direction, bytes) in passes {
        for piece in bytes.chunks(dice.random_range(1..500)) {
            match dice.random_range(0..20) {
                0 => bench.lose(*direction, piece),
                _ => bench.pass(*direction, piece),
            }
        }
    }

    bench.end()
}

/// Changes, repeats, leaves out or swaps something.
fn mutate(passes: &mut Passes, dice: &mut StdRng) {
    let at = dice.random_range(0..passes.len());
    let bytes = &mut passes[at].1;
    let place = dice.random_range(0..=bytes.len());
    match dice.random_range(0..6) {
        0 => bytes.truncate(place),
        1 => drop(bytes.drain(..place)),
        2 => bytes.extend_from_within(place..),
        3 => drop(bytes.splice(place..place, WORDS[dice.random_range(0..WORDS.len())].to_vec())),
        4 => passes.swap(at, 0),
        _ => bytes.iter_mut().skip(place).take(3).for_each(|byte| *byte = dice.random()),
    }
}

/// What is shown has no control characters.
fn shown(parts: &[Part]) {
    for part in parts {
        let shown = part.shown();
        assert!(!shown.text.contains(char::is_control), "{shown:?}");
        assert!(!shown.note.unwrap_or_default().contains(char::is_control), "{part:?}");
    }
}
