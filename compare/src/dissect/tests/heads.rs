//! Heads, and whose they are.

use super::*;

#[test]
fn a_head_is_its_lines() {
    let parts = dissect(&[
        (Up, b"GET /messages?after=start HTTP/1.1\r\nHost: x\r\n\r\n"),
        (Down, b"HTTP/1.1 204 No Content\r\nCache-Control: no-store\r\n\r\n"),
    ]);

    let expected = "up RequestLine Overhead GET /messages?after=start HTTP/1.1␍␊
up Header Overhead Host: x␍␊
up HeadEnd Overhead ␍␊
down StatusLine Overhead HTTP/1.1 204 No Content␍␊
down Header Overhead Cache-Control: no-store␍␊
down HeadEnd Overhead ␍␊
";
    assert_eq!(lines(&parts), expected);
}

#[test]
fn what_is_not_of_the_channel_is_weighed_apart() {
    let file = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nab";
    let parts = dissect(&[
        (Up, b"GET / HTTP/1.1\r\n\r\n"),
        (Down, file.as_bytes()),
        (Up, GET.as_bytes()),
        (Down, b"HTTP/1.1 204 No Content\r\n\r\n"),
        (Up, b"GET /messages.js HTTP/1.1\r\n\r\n"),
        (Down, file.as_bytes()),
    ]);

    let Totals { up, down, requests, .. } = totals(&parts);
    assert_eq!(up, Bytes { payload: 0, overhead: GET.len() as u64, other: 18 + 29, sealed: 0 });
    assert_eq!(down, Bytes { payload: 0, overhead: 27, other: 2 * file.len() as u64, sealed: 0 });
    assert_eq!(requests, 1);
}

#[test]
fn answers_are_matched_to_requests_in_their_order() {
    let requests = "HEAD / HTTP/1.1\r\n\r\nGET /a HTTP/1.1\r\n\r\nGET /messages HTTP/1.1\r\n\r\n";
    let answers = "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n\
                   HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Unavailable\r\nContent-Length: 2\r\n\r\n{}";

    let parts = dissect(&[(Up, requests.as_bytes()), (Down, answers.as_bytes()), (Down, b"HTTP/1.1 408 Slow\r\n\r\n")]);

    let firsts = parts.iter().filter(|part| matches!(part.kind, Kind::StatusLine | Kind::Body)).cloned();
    let expected = "down StatusLine Other HTTP/1.1 200 OK␍␊
down StatusLine Other HTTP/1.1 304 Not Modified␍␊
down StatusLine Overhead HTTP/1.1 100 Continue␍␊
down StatusLine Overhead HTTP/1.1 503 Unavailable␍␊
down Body Overhead {}
down StatusLine Other HTTP/1.1 408 Slow␍␊ (answers no request that was seen)
";
    assert_eq!(lines(&firsts.collect::<Vec<_>>()), expected);
}
