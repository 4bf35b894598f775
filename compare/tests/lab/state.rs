//! The figures of the state are those that the clients count.

use std::io::{Read as _, Write as _};

use compare::transports::ALL;
use futures_util::FutureExt as _;
use shared::{
    shell::{Kind, Note, Text},
    testing::{Wire, newest},
};

use crate::support::Lab;

#[test]
fn the_bytes_are_those_that_passed() {
    let lab = Lab::start(&[]);
    lab.command("/feed", r#"{"rate":0}"#);
    lab.command("/burst", r#"{"count":3}"#);
    let published = newest(lab.feed()).seq;

    for (at, row) in ALL.iter().enumerate() {
        let mut stream = lab.connect(at);
        let request = format!("GET /messages?after=start HTTP/1.1\r\nHost: localhost\r\n{}\r\n", row.headers);
        stream.write_all(request.as_bytes()).unwrap();
        let mut received = Vec::new();
        let mut messages = 0;
        while messages < published {
            let mut bytes = [0; 4_096];
            let count = stream.read(&mut bytes).unwrap();
            received.extend_from_slice(&bytes[..count]);
            messages = String::from_utf8_lossy(&received).matches("\"kind\":\"clock\"").count() as u64;
        }

        let name = row.transport.name;
        let of = lab.until(at, name, |of| of["messages"] == published && sum(&of["down"]) >= received.len() as u64);
        assert_eq!(sum(&of["up"]), request.len() as u64, "{name}: {of:#}");
        assert_eq!(of["down"]["other"], 0, "{name}: {of:#}");
        assert_eq!((of["requests"].as_u64(), of["opened"].as_u64()), (Some(1), Some(1)), "{name}: {of:#}");
        assert_eq!(of["readers"], usize::from(row.streams), "{name}: {of:#}");
        assert_eq!(of["others"], false, "{name}: {of:#}");
        assert!(!cfg!(target_os = "linux") || of["cpu"].as_f64().unwrap() > 0.0, "{name}: {of:#}");
    }
    assert!(!cfg!(target_os = "linux") || lab.state()["memory"].as_u64().unwrap() > 0);
}

/// However many connections come and end at once, each counts, and so does each of its bytes.
#[test]
fn connections_that_end_between_two_looks_are_counted() {
    const COUNT: usize = 400;
    let request = "GET /messages HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let lab = Lab::start(&[]);
    let mut streams: Vec<_> = (0..COUNT).map(|_| lab.connect(0)).collect();

    streams.iter_mut().for_each(|stream| stream.write_all(request.as_bytes()).unwrap());
    let answers: Vec<_> = streams.into_iter().map(|mut stream| stream.read_to_end(&mut Vec::new()).unwrap()).collect();

    let of = lab.until(0, "all requests", |of| of["requests"] == COUNT);
    assert_eq!(of["opened"], COUNT, "{of:#}");
    assert_eq!(sum(&of["up"]), (COUNT * request.len()) as u64, "{of:#}");
    let of = lab.until(0, "all bytes", |of| sum(&of["down"]) == answers.iter().sum::<usize>() as u64);
    assert_eq!(of["down"]["other"], 0, "{of:#}");
}

fn sum(bytes: &serde_json::Value) -> u64 {
    ["payload", "overhead", "other"].iter().map(|name| bytes[name].as_u64().unwrap()).sum()
}

/// Who comes back after a while gets megabytes in a few milliseconds.
#[test]
fn a_burst_is_named_to_its_last_message() {
    let lab = Lab::start(&[]);
    lab.command("/feed", r#"{"rate":0}"#);
    for count in (0..3_000).rev() {
        let text = Text::try_from(format!("{count} left{}", " ".repeat(1_000))).unwrap();
        Note { kind: Kind::Message, text }.publish(lab.feed()).now_or_never().unwrap().unwrap();
    }

    for (at, row) in ALL.iter().enumerate().filter(|(_, row)| row.streams) {
        let mut stream = lab.connect(at);
        write!(stream, "GET /messages?after=start HTTP/1.1\r\nHost: localhost\r\n{}\r\n", row.headers).unwrap();
        let mut received = Vec::new();
        while !["\"0 left ", "\"reopen\""].iter().any(|end| String::from_utf8_lossy(&received).contains(end)) {
            let mut bytes = vec![0; 1_024 * 1_024];
            let count = stream.read(&mut bytes).unwrap();
            received.extend_from_slice(&bytes[..count]);
        }

        let messages = String::from_utf8_lossy(&received).matches("\"kind\":\"").count();
        let of = lab.until(at, row.transport.name, |of| of["messages"] == messages);
        assert!(messages > 100, "{of:#}");
    }
}

#[test]
fn others_are_reported() {
    let lab = Lab::start(&[]);
    lab.command("/feed", r#"{"rate":0}"#);

    for (at, row) in ALL.iter().enumerate() {
        let cursor = newest(lab.feed());
        let clients: Vec<_> = (0..2)
            .map(|_| {
                let mut stream = lab.connect(at);
                let head = format!("Host: localhost\r\n{}", row.headers);
                write!(stream, "GET /messages?after={cursor} HTTP/1.1\r\n{head}\r\n").unwrap();
                stream
            })
            .collect();

        lab.until(at, row.transport.name, |of| of["others"] == true);
        drop(clients);
        lab.until(at, row.transport.name, |of| of["others"] == false);
    }
}

#[test]
fn the_wire_shows_the_message_that_was_just_sent() {
    let lab = Lab::start(&[]);
    lab.command("/feed", r#"{"rate":0}"#);

    for (at, row) in ALL.iter().enumerate() {
        let name = row.transport.name;
        let mut wire = Wire::to(lab.address);
        wire.send(format!("GET /events?wire={name} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        wire.until("retry: ");
        let cursor = newest(lab.feed());
        let mut stream = lab.connect(at);
        write!(stream, "GET /messages?after={cursor} HTTP/1.1\r\nHost: localhost\r\n{}\r\n", row.headers).unwrap();
        wire.until("request-line");

        let text = format!("through {name}");
        lab.ask("POST /say", "Content-Type: text/plain\r\n", &text);
        if !row.waits {
            write!(stream, "GET /messages?after={cursor} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        }

        let shown = wire.until(&text);
        assert!(shown.contains("\"weight\":\"payload\""), "{name}: {shown}");
    }
}
