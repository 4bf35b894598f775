use super::*;

/// So many bytes more than those that are kept anyway may be unread.
const UNREAD: usize = 100_000;

fn flow(pieces: impl IntoIterator<Item = (u64, Vec<u8>)>) -> Flow {
    let mut flow = Flow::new(Budget::new(UNREAD).share());
    for (number, bytes) in pieces {
        flow.begin(Mark { number, at: 1_000 + number });
        flow.add(&bytes);
    }

    flow
}

fn read_from(flow: &Flow, offset: u64) -> Vec<(u64, u64, u64, u64, usize)> {
    let pieces = flow.since(offset, Direction::Up).into_iter();

    pieces.map(|(number, piece)| (number, piece.at, piece.lost, piece.offset, piece.bytes.len())).collect()
}

#[test]
fn pieces_are_read_as_they_passed_from_anywhere() {
    let passed = flow([(1, vec![1; 10]), (4, vec![4; 5]), (5, vec![5; 1])]);

    assert_eq!(read_from(&passed, 0), [(1, 1_001, 0, 0, 10), (4, 1_004, 0, 10, 5), (5, 1_005, 0, 15, 1)]);
    assert_eq!(read_from(&passed, 9), [(1, 1_001, 0, 9, 1), (4, 1_004, 0, 10, 5), (5, 1_005, 0, 15, 1)]);
    assert_eq!(read_from(&passed, 10), [(4, 1_004, 0, 10, 5), (5, 1_005, 0, 15, 1)]);
    assert_eq!(read_from(&passed, 15), [(5, 1_005, 0, 15, 1)]);
    assert_eq!(read_from(&passed, 16), []);
    assert_eq!(read_from(&flow([]), 0), []);
}

#[test]
fn a_place_that_has_not_come_yet_gives_nothing() {
    let flow = flow([(1, vec![1; 10])]);

    assert_eq!(read_from(&flow, 11), []);
    assert_eq!(read_from(&flow, u64::MAX), []);
}

#[test]
fn only_the_last_bytes_are_kept_and_their_pieces() {
    for most in [KEPT + UNREAD, KEPT] {
        let mut flow = flow([(1, vec![1; 10]), (2, vec![2; 10]), (3, vec![3; most - 5])]);
        if most == KEPT {
            flow.read(0, Direction::Up);
        }

        assert_eq!(read_from(&flow, 0), [(2, 1_002, 15, 15, 5), (3, 1_003, 0, 20, most - 5)]);
        assert_eq!(read_from(&flow, 15), [(2, 1_002, 0, 15, 5), (3, 1_003, 0, 20, most - 5)]);
        assert_eq!(flow.marks.len(), 2);
    }
}

#[test]
fn what_was_read_is_soon_forgotten_and_what_was_not_is_not() {
    const ALL: usize = KEPT + UNREAD;
    let mut flow = flow([(1, vec![1; ALL])]);

    let read = flow.read(0, Direction::Up);
    flow.add(&[2; KEPT + 1]);

    assert_eq!((read.len(), read[0].1.bytes.len(), read[0].1.lost), (1, ALL, 0));
    assert_eq!(read_from(&flow, ALL as u64), [(1, 1_001, 0, ALL as u64, KEPT + 1)]);
    assert_eq!(flow.kept.len(), KEPT + 1);
    assert!(flow.kept.capacity() <= 4 * KEPT, "{}", flow.kept.capacity());
}

#[test]
fn what_is_larger_than_all_that_is_kept_keeps_its_end() {
    let bytes: Vec<u8> = (0..2 * (KEPT + UNREAD) + 3).map(|place| place as u8).collect();

    let flow = flow([(1, vec![1; 10]), (2, bytes.clone())]);

    let [(_, piece)] = &flow.since(0, Direction::Up)[..] else { panic!("not one piece") };
    let lost = KEPT + UNREAD + 13;
    assert_eq!((piece.lost, piece.offset), (lost as u64, lost as u64));
    assert!(piece.bytes == bytes[lost - 10..]);
    assert!(flow.kept.capacity() <= 4 * (KEPT + UNREAD), "{}", flow.kept.capacity());
}

#[test]
fn of_too_many_pieces_the_oldest_become_one() {
    let flow = flow((1..=MARKS as u64 + 3).map(|number| (number, vec![number as u8])));

    let pieces = read_from(&flow, 0);

    assert_eq!(pieces.len(), MARKS);
    assert_eq!(pieces[..2], [(4, 1_004, 0, 0, 4), (5, 1_005, 0, 4, 1)]);
}
