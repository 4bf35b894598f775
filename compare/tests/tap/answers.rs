//! Buffer, where HTTP passes: an answer is held back until it has ended, and a tunnel never.

use compare::tap::{Fault, HOLD_BYTES};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::support::{Pair, Rig, SHORT, exactly, rest};

const GET: &str = "GET /messages HTTP/1.1\r\nHost: localhost\r\n\r\n";
const HEAD: &str = "HEAD /messages HTTP/1.1\r\nHost: localhost\r\n\r\n";
const UPGRADE: &str = "GET /messages HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
const SWITCHED: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
const STREAM: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Accel-Buffering: no\r\n\r\n";

/// What the client asks comes to the server.
async fn ask(Pair { client, server, .. }: &mut Pair, request: &str) {
    client.write_all(request.as_bytes()).await.unwrap();

    assert_eq!(exactly(server, request.len()).await, request.as_bytes());
}

/// Nothing comes.
async fn holds(client: &mut TcpStream, what: &str) {
    let early = timeout(SHORT, client.read(&mut [0])).await;

    assert!(early.is_err(), "{what}: {early:?}");
}

/// This comes, and not by the fault's end.
async fn hears(client: &mut TcpStream, expected: &str) {
    let heard = exactly(client, expected.len()).await;

    assert_eq!(String::from_utf8_lossy(&heard), expected);
}

#[tokio::test]
async fn an_answer_goes_when_it_has_ended_and_not_before() {
    let rig = Rig::start().await;
    let mut pair = rig.open().await;

    rig.tap.fault(Fault::Buffer);
    for (request, answer) in [
        (GET, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello".to_owned()),
        (GET, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_owned()),
        (GET, format!("{STREAM}5\r\nhello\r\n0\r\n\r\n")),
        (GET, format!("{STREAM}5;ext=1\r\nhello\r\n0\r\nExpires: 0\r\nAge: 1\r\n\r\n")),
        (HEAD, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n".to_owned()),
        (HEAD, STREAM.to_owned()),
        (GET, "HTTP/1.1 204 No Content\r\n\r\n".to_owned()),
        (GET, "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n".to_owned()),
        ("OPTIONS * HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok".to_owned()),
    ] {
        ask(&mut pair, request).await;
        let (all_but_one, last) = answer.split_at(answer.len() - 1);
        for piece in all_but_one.as_bytes().chunks(20) {
            pair.server.write_all(piece).await.unwrap();
        }
        holds(&mut pair.client, &answer).await;
        pair.server.write_all(last.as_bytes()).await.unwrap();

        hears(&mut pair.client, &answer).await;
    }
    assert_eq!(rig.tap.faults().len(), 1, "all the while");
}

#[tokio::test]
async fn what_announces_an_answer_goes_before_it() {
    let rig = Rig::start().await;
    let mut pair = rig.open().await;
    let (announced, answer) = ("HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");

    rig.tap.fault(Fault::Buffer);
    ask(&mut pair, &HEAD.replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n")).await;
    pair.server.write_all(announced.as_bytes()).await.unwrap();

    hears(&mut pair.client, announced).await;
    pair.server.write_all(answer.as_bytes()).await.unwrap();
    hears(&mut pair.client, answer).await; // it is still one to HEAD
}

#[tokio::test]
async fn of_answers_that_come_together_those_go_that_have_ended() {
    let rig = Rig::start().await;
    let mut pair = rig.open().await;
    let ended = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n\
        HTTP/1.1 204 No Content\r\n\r\n\
        HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    rig.tap.fault(Fault::Buffer);
    let post = "POST /messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nHEAD";
    ask(&mut pair, &format!("{HEAD}{post}{GET}{GET}")).await;
    pair.server.write_all(format!("{ended}{STREAM}5\r\nhel").as_bytes()).await.unwrap();

    hears(&mut pair.client, ended).await;
    holds(&mut pair.client, "the last of four").await;
    pair.server.write_all(b"lo\r\n0\r\n\r\n").await.unwrap();
    hears(&mut pair.client, &format!("{STREAM}5\r\nhello\r\n0\r\n\r\n")).await;
}

#[tokio::test]
async fn an_answer_that_goes_leaves_less_than_enough_of_the_next() {
    let rig = Rig::start().await;
    let mut pair = rig.open().await;
    let long = "x".repeat(HOLD_BYTES);
    let ended = format!("HTTP/1.1 200 OK\r\nContent-Length: {HOLD_BYTES}\r\n\r\n{long}");

    rig.tap.fault(Fault::Buffer);
    ask(&mut pair, &format!("{GET}{GET}")).await;
    pair.server.write_all(format!("{ended}{STREAM}").as_bytes()).await.unwrap();

    hears(&mut pair.client, &ended).await;
    holds(&mut pair.client, "the next").await;
    pair.server.write_all(format!("1000\r\n{long}").as_bytes()).await.unwrap();
    hears(&mut pair.client, &format!("{STREAM}1000\r\n{long}")).await;
}

#[tokio::test]
async fn an_answer_that_ends_with_the_connection_is_held_until_then() {
    for version in ["1.0", "1.1"] {
        let rig = Rig::start().await;
        let mut pair = rig.open().await;
        let answer = format!("HTTP/{version} 200 OK\r\nConnection: close\r\n\r\nhello");

        rig.tap.fault(Fault::Buffer);
        ask(&mut pair, GET).await;
        pair.server.write_all(answer.as_bytes()).await.unwrap();
        holds(&mut pair.client, &answer).await;
        pair.server.shutdown().await.unwrap();

        assert_eq!(String::from_utf8_lossy(&rest(&mut pair.client).await), answer);
    }
}

#[tokio::test]
async fn a_tunnel_is_never_held() {
    let connect = "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for (request, answer) in [(UPGRADE, SWITCHED), (connect, "HTTP/1.1 200 OK\r\n\r\n")] {
        for ahead in ["", "\u{1}frames ahead of the answer\r\n\r\n"] {
            let rig = Rig::start().await;
            let mut pair = rig.open().await;

            rig.tap.fault(Fault::Buffer);
            ask(&mut pair, &format!("{request}{ahead}")).await;
            let (begin, end) = answer.split_at(9);
            pair.server.write_all(begin.as_bytes()).await.unwrap();
            holds(&mut pair.client, answer).await;
            pair.server.write_all(format!("{end}first").as_bytes()).await.unwrap();
            hears(&mut pair.client, &format!("{answer}first")).await;

            for frame in ["\u{1}", "HTTP/1.1 200 OK\r\n", "x"] {
                pair.server.write_all(frame.as_bytes()).await.unwrap();
                hears(&mut pair.client, frame).await;
            }
        }
    }
}

#[tokio::test]
async fn after_an_upgrade_that_was_refused_answers_are_held() {
    let rig = Rig::start().await;
    let mut pair = rig.open().await;
    let refusal = "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno";

    rig.tap.fault(Fault::Buffer);
    ask(&mut pair, UPGRADE).await;
    pair.server.write_all(refusal.as_bytes()).await.unwrap();
    hears(&mut pair.client, refusal).await;
    ask(&mut pair, GET).await;
    pair.server.write_all(STREAM.as_bytes()).await.unwrap();

    holds(&mut pair.client, STREAM).await;
    pair.server.write_all(b"0\r\n\r\n").await.unwrap();
    hears(&mut pair.client, &format!("{STREAM}0\r\n\r\n")).await;
}

#[tokio::test]
async fn a_fault_that_begins_within_an_answer_holds_the_rest_until_its_end() {
    for (before, held, last) in [
        (format!("{STREAM}5\r\nhel"), "lo\r\n5\r\nworld\r\n0\r", "\n\r\n"),
        (format!("{STREAM}5\r\nhello\r\n1"), "0\r\n0123456789abcdef\r\n", "0\r\n\r\n"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello".to_owned(), "worl", "d"),
        ("HTTP/1.1 200 OK\r\nContent-".to_owned(), "Length: 2\r\n\r\no", "k"),
    ] {
        let rig = Rig::start().await;
        let mut pair = rig.open().await;
        let first = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";

        ask(&mut pair, &format!("{HEAD}{GET}")).await;
        pair.server.write_all(format!("{first}{before}").as_bytes()).await.unwrap();
        hears(&mut pair.client, &format!("{first}{before}")).await;
        rig.tap.fault(Fault::Buffer);
        pair.server.write_all(held.as_bytes()).await.unwrap();

        holds(&mut pair.client, &format!("{before}{held}")).await;
        pair.server.write_all(last.as_bytes()).await.unwrap();
        hears(&mut pair.client, &format!("{held}{last}")).await;
    }
}

#[tokio::test]
async fn a_tunnel_that_was_there_before_is_not_held() {
    let rig = Rig::start().await;
    let mut pair = rig.open().await;
    ask(&mut pair, UPGRADE).await;
    pair.server.write_all(SWITCHED.as_bytes()).await.unwrap();
    hears(&mut pair.client, SWITCHED).await;

    rig.tap.fault(Fault::Buffer);
    pair.server.write_all(b"a frame").await.unwrap();

    hears(&mut pair.client, "a frame").await;
}

#[tokio::test]
async fn what_is_not_http_is_held_until_enough_has_gathered_or_the_end() {
    for (request, before, held) in [
        (GET, "", "220 ready\r\n"),
        (GET, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "and more\r\nHTTP/1.1 204 No Content\r\n\r\n"),
        (GET, "", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\n0\r\n\r\n"),
        ("\u{16}\u{3}\u{1}no request", "", "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
    ] {
        let rig = Rig::start().await;
        let mut pair = rig.open().await;

        rig.tap.fault(Fault::Buffer);
        ask(&mut pair, request).await;
        pair.server.write_all(before.as_bytes()).await.unwrap();
        hears(&mut pair.client, before).await;
        pair.server.write_all(held.as_bytes()).await.unwrap();
        holds(&mut pair.client, held).await;
        let more = "x".repeat(HOLD_BYTES - held.len());
        pair.server.write_all(more.as_bytes()).await.unwrap();
        hears(&mut pair.client, &format!("{held}{more}")).await;
        pair.server.write_all(b"the end").await.unwrap();
        holds(&mut pair.client, "the end").await;
        pair.server.shutdown().await.unwrap();

        assert_eq!(rest(&mut pair.client).await, b"the end");
    }
}

#[tokio::test]
async fn an_answer_to_what_was_not_asked_is_one_too() {
    let rig = Rig::start().await;
    let Pair { mut client, mut server, .. } = rig.open().await;
    let answer = "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n";

    rig.tap.fault(Fault::Buffer);
    server.write_all(answer.as_bytes()).await.unwrap();

    hears(&mut client, answer).await;
}
