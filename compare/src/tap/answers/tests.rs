use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use super::*;

const ASKED: &str = "GET /a HTTP/1.1\r\n\r\n\
    HEAD /b HTTP/1.1\r\n\r\n\
    POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nHEAD \r\n0\r\n\r\n\
    GET /d HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\
    \r\nGET /e HTTP/1.1\r\n\r\n";

const ANSWERS: [&str; 6] = [
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nB;x=y\r\n, you there\r\n0\r\nA: 1\r\nB: 2\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n",
    "HTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 22\r\n\r\nHTTP/1.1 204 Oh no\r\n\r\n",
    "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
];

/// Passes it in pieces of such a size, and gives the places where something has ended.
fn ends(answers: &mut Answers, direction: Direction, bytes: &[u8], size: usize) -> Vec<usize> {
    let mut ends = Vec::new();
    for (at, piece) in bytes.chunks(size).enumerate() {
        match answers.pass(direction, piece) {
            0 => {}
            ended => ends.push(at * size + ended),
        }
    }

    ends
}

#[test]
fn an_end_is_found_wherever_it_is_cut() {
    let bytes = ANSWERS.concat();
    let expected: Vec<usize> = (1..=ANSWERS.len()).map(|count| ANSWERS[..count].concat().len()).collect();

    for size in 1..=bytes.len() {
        let mut answers = Answers::default();
        ends(&mut answers, Direction::Up, ASKED.as_bytes(), size);
        let found = ends(&mut answers, Direction::Down, bytes.as_bytes(), size);

        let last_of_each_piece: Vec<usize> = expected
            .iter()
            .enumerate()
            .filter(|(at, end)| expected.get(at + 1).is_none_or(|next| (next - 1) / size > (*end - 1) / size))
            .map(|(_, end)| *end)
            .collect();
        assert_eq!(found, last_of_each_piece, "in pieces of {size}");
        assert_eq!((answers.asked.len(), answers.down.due), (0, Due::Head));
    }
}

#[test]
fn no_bytes_make_it_fail_or_grow() {
    let seed: u64 = rand::random();
    eprintln!("seed {seed}");
    let mut dice = StdRng::seed_from_u64(seed);

    for _ in 0..2_000 {
        let mut answers = Answers::default();
        for (direction, bytes) in [(Direction::Up, ASKED.to_owned()), (Direction::Down, ANSWERS.concat())] {
            let mut bytes = bytes.into_bytes();
            for _ in 0..dice.random_range(0..4) {
                let at = dice.random_range(0..bytes.len());
                bytes[at] = dice.random();
            }
            for piece in bytes.chunks(dice.random_range(1..200)) {
                assert!(answers.pass(direction, piece) <= piece.len());
            }
        }
    }
}

#[test]
fn what_has_no_end_is_not_kept() {
    for begin in ["HTTP/1.1 200 OK\r\nA: ", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;", "\r\n", "\0"] {
        let mut answers = Answers::default();
        answers.pass(Direction::Down, begin.as_bytes());
        for _ in 0..=LONGEST / 100 {
            assert_eq!(answers.pass(Direction::Down, &[b'x'; 100]), 0);
            assert!(answers.down.pending.len() < LONGEST);
        }
        assert_eq!((answers.down.due, answers.down.pending.capacity()), (Due::Unknown, 0), "{begin:?}");
    }
}

#[test]
fn of_too_many_requests_no_answer_is_known_but_of_those_before() {
    let answer = "HTTP/1.1 204 No Content\r\n\r\n".as_bytes();
    let mut answers = Answers::default();

    for _ in 0..=MOST_UNANSWERED + 10 {
        answers.pass(Direction::Up, b"GET / HTTP/1.1\r\n\r\n");
    }
    let known = (0..MOST_UNANSWERED + 10).take_while(|_| answers.pass(Direction::Down, answer) == answer.len()).count();

    assert_eq!(known, MOST_UNANSWERED);
    assert_eq!(answers.down.due, Due::Unknown);
}

#[test]
fn in_a_tunnel_all_has_ended() {
    let mut answers = Answers::default();
    answers.pass(Direction::Up, b"GET / HTTP/1.1\r\nUpgrade: x\r\n\r\n\x01ahead of the answer");

    for bytes in ["HTTP/1.1 101 Switching Protocols\r\n\r\nfirst", "HTTP/1.1 ", "\r\n"] {
        assert_eq!(answers.pass(Direction::Down, bytes.as_bytes()), bytes.len());
    }
    assert_eq!(answers.pass(Direction::Up, b"\x01"), 0);
    assert!(answers.asked.len() <= MOST_UNANSWERED);
}
