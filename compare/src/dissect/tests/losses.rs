//! What is lost, broken, or never ends.

use super::*;

/// Lets bytes pass, then so many unseen, then more.
fn with_a_loss(head: &str, before: &str, count: usize, after: &str) -> String {
    let mut dissector = Dissector::new();
    let mut parts = Vec::new();
    dissector.pass(Up, GET.as_bytes());
    let answer = format!("HTTP/1.1 200 OK\r\n{head}{before}");
    parts.extend(dissector.pass(Down, answer.as_bytes()));
    parts.extend(dissector.lost(Down, count));
    parts.extend(dissector.pass(Down, after.as_bytes()));

    bodies(&parts)
}

#[test]
fn within_a_known_length_it_goes_on_behind_a_loss() {
    let head = format!("Content-Type: text/event-stream\r\n{CHUNKED}");
    let parts = with_a_loss(&head, "22\r\nid: 1.1\ndata", 10, "xx\nretry: 3\n\r\n3\r\n:x\n\r\n");

    let expected = "down ChunkSize Overhead 22␍␊ (34 bytes)
down Id Overhead id: 1.1␊
down Raw Overhead data (unfinished)
down Lost Overhead  (10 bytes are missing)
down Raw Overhead xx␊
down Retry Overhead retry: 3␊
down ChunkEnd Overhead ␍␊
down ChunkSize Overhead 3␍␊ (3 bytes)
down Comment Overhead :x␊
down ChunkEnd Overhead ␍␊
";
    assert_eq!(parts, expected);
}

#[test]
fn a_stream_goes_on_with_the_chunk_after_a_loss() {
    let head = format!("Content-Type: text/event-stream\r\n{CHUNKED}");
    let event = format!("data: {JSON}\n\n");

    let parts = with_a_loss(&head, "9\r\nid: 1.1", 100, &format!("1.2\n\n\r\n{}", chunk(&event)));

    let expected = format!(
        "down ChunkSize Overhead 9␍␊ (9 bytes)
down Raw Overhead id: 1.1 (unfinished)
down Lost Overhead  (100 bytes are missing)
down Raw Overhead 1.2␊
down Raw Overhead ␊
down Raw Overhead ␍␊
down ChunkSize Overhead 27␍␊ (39 bytes)
down Data Overhead data:
down Message Payload {JSON}
down Data+ Overhead ␊
down EventEnd Overhead ␊
down ChunkEnd Overhead ␍␊
"
    );
    assert_eq!(parts, expected);
}

#[test]
fn else_it_goes_on_with_the_next_head_which_need_not_begin_a_line() {
    let mut dissector = Dissector::new();
    let mut parts = dissector.lost(Up, 9);
    parts.extend(dissector.lost(Down, 9));
    parts.extend(dissector.pass(Up, b"t: x\r\nGET / HTTP/2\r\n\r\nGET /GET /messages HTTP/1.1\r\n\r\n"));
    parts.extend(dissector.pass(Down, b"HTTP/1.1 20\r\nHTTP/1.1 200 OK\"}]}HTTP/1.1 204 No Content\r\n\r\n"));

    let expected = "up Lost Other  (9 bytes are missing)
down Lost Other  (9 bytes are missing)
up Raw Other t: x␍␊
up Raw Other GET / HTTP/2␍␊
up Raw Other ␍␊
up Raw Other GET /
up RequestLine Overhead GET /messages HTTP/1.1␍␊
up HeadEnd Overhead ␍␊
down Raw Other HTTP/1.1 20␍␊
down Raw Other HTTP/1.1 200 OK\"}]}
down StatusLine Overhead HTTP/1.1 204 No Content␍␊
down HeadEnd Overhead ␍␊
";
    assert_eq!(lines(&parts), expected);
}

#[test]
fn after_a_loss_the_newest_request_is_the_one_that_is_answered() {
    let mut dissector = Dissector::new();
    dissector.pass(Up, b"GET /a HTTP/1.1\r\n\r\n");
    dissector.lost(Down, 100);
    dissector.pass(Up, GET.as_bytes());

    let parts = dissector.pass(Down, b"HTTP/1.1 204 No Content\r\n\r\n");

    assert!(parts.iter().all(|part| part.weight == Weight::Overhead), "{parts:#?}");
}

#[test]
fn what_does_not_end_comes_in_pieces_and_what_is_kept_is_bounded() {
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n{CHUNKED}fffffff\r\n");
    let starts = [
        (Up, String::new()),
        (Up, format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(99))),
        (Up, "GET /messages HTTP/1.1\r\nUpgrade: websocket\r\n\r\n".to_owned()),
        (Up, "POST /messages HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n".to_owned()),
        (Up, format!("POST /messages HTTP/1.1\r\n{CHUNKED}1;")),
        (Down, String::new()),
        (Down, answer.clone() + "data: "),
        (Down, answer.replace("text/event-stream", "text/html")),
        (Down, answer.replace("text/event-stream", "application/json")),
        (Down, answer.replace("text/event-stream", "application/json") + "{\"messages\":[{\""),
    ];
    for (direction, start) in starts {
        let mut dissector = Dissector::new();
        dissector.pass(Up, if direction == Down { GET.as_bytes() } else { b"" });
        let mut count: usize = dissector.pass(direction, start.as_bytes()).iter().map(|part| part.bytes.len()).sum();
        for _ in 0..1_000 {
            let parts = dissector.pass(direction, &[b'x'; 4_096]);
            assert!(parts.iter().all(|part| part.bytes.len() <= LONGEST), "{start}");
            count += parts.iter().map(|part| part.bytes.len()).sum::<usize>();
            assert!(dissector.pending(direction).len() < LONGEST, "{start}");
        }
        assert_eq!(count + dissector.pending(direction).len(), start.len() + 4_096_000, "{start}");
    }
}

#[test]
fn requests_without_end_are_forgotten() {
    let mut dissector = Dissector::new();
    for _ in 0..10 * MOST_UNANSWERED {
        dissector.pass(Up, GET.as_bytes());
    }

    assert!(format!("{dissector:?}").matches("Request ").count() <= MOST_UNANSWERED);
}
