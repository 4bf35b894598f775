//! Records of TLS: no more is known than their headers say, and what the first message of each side does not hide.

use super::*;

/// A record of TLS 1.2 or later.
fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    [&[kind, 3, 3][..], &(content.len() as u16).to_be_bytes(), content].concat()
}

/// With its length before it, in so many bytes.
fn counted(size: usize, content: &[u8]) -> Vec<u8> {
    [&(content.len() as u64).to_be_bytes()[8 - size..], content].concat()
}

fn client_hello() -> Vec<u8> {
    let name = counted(2, &[&[0][..], &counted(2, b"localhost")].concat());
    let protocols = counted(2, &[counted(1, b"h2"), counted(1, b"http/1.1")].concat());
    let extensions = [[0, 0], [0, 10], [0, 16]].into_iter().zip([name, vec![7; 9], protocols]);
    let extensions: Vec<u8> =
        extensions.flat_map(|(kind, content)| [&kind[..], &counted(2, &content)].concat()).collect();
    let lists = [counted(1, &[5; 32]), counted(2, &[6; 34]), counted(1, &[0]), counted(2, &extensions)].concat();

    [&[1][..], &counted(3, &[&[3, 3][..], &[9; 32], &lists].concat())].concat()
}

#[test]
fn of_tls_the_headers_and_both_hellos_are_known() {
    let (hello, sealed) = (client_hello(), [0xab; 1_042]);

    let parts = dissect(&[
        (Up, &record(22, &hello)),
        (Down, &[record(22, &[2, 0, 0]), record(20, &[1]), record(23, &sealed), record(23, &sealed[..3])].concat()),
        (Up, &[record(23, &[]), record(21, &[0xcd; 19])].concat()),
    ]);

    let shown = ["ab"; 16].join(" ");
    let (high, low) = (hello.len() / 256, hello.len() % 256);
    let expected = format!(
        "up Record Sealed 16 03 03 {high:02x} {low:02x} (handshake, length {})
up Sealed Sealed 01 00 00 {:02x} 03 03 09 09 09 09 09 09 09 09 09 09 and {} more (client hello, for localhost, offers h2, http/1.1)
down Record Sealed 16 03 03 00 03 (handshake, length 3)
down Sealed Sealed 02 00 00 (server hello: what follows is encrypted)
down Record Sealed 14 03 03 00 01 (change cipher spec, length 1)
down Sealed Sealed 01
down Record Sealed 17 03 03 04 12 (application data, length 1042)
down Sealed Sealed {shown} and 1026 more
down Record Sealed 17 03 03 00 03 (application data, length 3)
down Sealed Sealed ab ab ab
up Record Sealed 17 03 03 00 00 (application data, length 0)
up Record Sealed 15 03 03 00 13 (alert, length 19)
up Sealed Sealed cd cd cd cd cd cd cd cd cd cd cd cd cd cd cd cd and 3 more
",
        hello.len(),
        hello.len() - 4,
        hello.len() - 16,
    );
    assert_eq!(lines(&parts), expected);
    let all: u64 = parts.iter().map(|part| part.bytes.len() as u64).sum();
    let Totals { up, down, requests, messages, .. } = totals(&parts);
    assert_eq!((up.sealed + down.sealed, requests, messages), (all, 0, 0));
}

#[test]
fn a_hello_that_is_cut_or_broken_is_a_hello() {
    let hello = client_hello();
    for length in 1..hello.len() {
        let parts = dissect(&[(Up, &record(22, &hello[..length]))]);
        let note = parts[1].note.as_deref();
        assert!(note.is_some_and(|note| note.starts_with("client hello")), "{length}: {note:?}");
    }
}

#[test]
fn what_is_no_record_is_raw_and_so_is_what_follows() {
    for broken in [&[24, 3, 3, 0, 1, 7][..], &[23, 4, 3, 0, 1, 7], &[23, 3, 3, 0xff, 0xff, 7]] {
        let parts = dissect(&[(Up, &[record(22, &[2]), broken.to_vec(), record(23, b"x")].concat())]);

        let kinds: Vec<Kind> = joined(&parts).iter().map(|part| part.kind).collect();
        assert_eq!(kinds, [Kind::Record, Kind::Sealed, Kind::Raw], "{broken:?}");
    }
}

#[test]
fn where_bytes_are_missing_within_a_record_the_next_one_is_known() {
    let mut dissector = Dissector::new();
    let first = record(22, &[0xab; 100]);

    let mut parts = dissector.pass(Up, &first[..25]);
    parts.extend(dissector.lost(Up, 60));
    parts.extend(dissector.pass(Up, &[&first[85..], &record(23, b"x")].concat()));

    let kinds: Vec<Kind> = parts.iter().map(|part| part.kind).collect();
    assert_eq!(kinds, [Kind::Record, Kind::Raw, Kind::Lost, Kind::Sealed, Kind::Record, Kind::Sealed]);
    assert!(
        dissector.lost(Up, 1).len() == 1
            && dissector.pass(Up, &record(23, b"x")).iter().all(|part| part.kind == Kind::Raw)
    );
}
