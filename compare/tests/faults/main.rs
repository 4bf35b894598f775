//! The faults of the article's servers: a client finds each in the article's program, and the same client finds none in
//! ours. Those of its pages are shown in Chromium (`tests/browser/faults.rs`).

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

#[path = "../support/article.rs"]
#[expect(dead_code, reason = "other tests open its page")]
mod article;
mod client;
#[path = "../support/table.rs"]
mod table;

use std::{
    io::{ErrorKind, Read as _, Write as _},
    time::{Duration, Instant},
};

use client::{Client, Subject};
use compare::{client::websocket::HANDSHAKE, transports::Row};

/// Makes two tests of each fault for each transport, and the list of them.
macro_rules! faults {
    ($($fault:ident: $transports:tt),* $(,)?) => {
        const FAULTS: &[(&str, &[&str])] = &[$((stringify!($fault), faults!(@names $transports))),*];

        $(
            mod $fault {
                faults! { @tests $fault $transports }
            }
        )*
    };
    (@names [$($transport:ident),*]) => {
        &[$(stringify!($transport)),*]
    };
    (@tests $fault:ident [$($transport:ident),*]) => {
        $(
            mod $transport {
                #[test]
                fn of_the_article() {
                    let row = crate::row(stringify!($transport));

                    assert!(crate::$fault(&crate::Subject::article(row)), "the fault is gone");
                }

                #[test]
                fn not_ours() {
                    let row = crate::row(stringify!($transport));

                    assert!(!crate::$fault(&crate::Subject::ours(row)), "ours has it too");
                }
            }
        )*
    };
}

faults! {
    what_happens_between_two_requests_is_lost: [polling, long_polling],
    what_happens_while_the_line_is_cut_is_lost: [iframe_stream],
    the_ids_resume_nothing: [sse],
    the_server_works_on_for_a_client_that_has_left: [long_polling, iframe_stream],
    all_browsers_come_back_at_the_same_moment: [sse],
    a_page_of_any_origin_may_connect: [websocket],
    the_server_never_asks_whether_a_client_is_there: [websocket],
}

#[test]
fn each_fault_is_in_the_table() {
    table::assert_in_table("faults", FAULTS);
}

/// A client goes, and comes back as its page does. Another stays, and hears what happens meanwhile.
fn what_happens_between_two_requests_is_lost(subject: &Subject) -> bool {
    let mut witness = Client::come(subject, "");
    let mut client = Client::come(subject, "");
    client.next();
    let last = client.last();
    let heard = client.leave();

    let missed = std::iter::repeat_with(|| witness.next()).find(|time| *time > last).unwrap();
    while witness.next() <= missed {}
    let mut back = Client::come(subject, &heard);
    while back.next() <= missed {} // so that nothing can come any more but what came later
    let received = back.received();

    eprintln!("after {last} came {missed}; the client received {received:?}");
    !received.contains(&missed)
}

fn what_happens_while_the_line_is_cut_is_lost(subject: &Subject) -> bool {
    what_happens_between_two_requests_is_lost(subject)
}

/// A client of SSE comes back with `Last-Event-ID`.
fn the_ids_resume_nothing(subject: &Subject) -> bool {
    what_happens_between_two_requests_is_lost(subject)
}

fn the_server_works_on_for_a_client_that_has_left(subject: &Subject) -> bool {
    let mut client = Client::come(subject, "");
    client.next();
    let client = client.again(); // at the beginning of a wait
    let address = format!("{}: ", client.address());

    match subject {
        Subject::Article(article, _) => {
            article.logs(&address).unwrap();
            drop(client);
            article.logs(&address); // it may have been in progress
            let works = article.logs(&address); // now for nobody
            eprintln!("the client has left, but {works:?}");
            works.is_some()
        }
        Subject::Ours(server, ..) => {
            server.until_open(1);
            drop(client);
            let gone = Instant::now();
            let works = !server.has_open(0);
            eprintln!("the client has left, and after {:?} it is still there: {works}", gone.elapsed());
            works
        }
    }
}

/// Without `retry`, or with the same for all, a thousand browsers come back at once.
fn all_browsers_come_back_at_the_same_moment(subject: &Subject) -> bool {
    let mut clients: Vec<_> = (0..10).map(|_| Client::come(subject, "")).collect();
    clients.iter_mut().for_each(|client| drop(client.next()));
    let waits = clients.into_iter().map(|client| {
        let heard = client.leave();
        let retry = heard.lines().find_map(|line| line.strip_prefix("retry:")).map(|wait| wait.trim().parse().unwrap());
        retry.unwrap_or(0_u32) // the browser's own, the same for all
    });
    let waits: Vec<u32> = waits.collect();

    eprintln!("they come back after {waits:?} ms");
    waits.iter().max().unwrap() - waits.iter().min().unwrap() < 200 // ten within a second are so near 4 times in a million
}

fn a_page_of_any_origin_may_connect(subject: &Subject) -> bool {
    let mut wire = subject.connect();
    write!(
        wire,
        "GET {} HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n{HANDSHAKE}\r\n",
        subject.path()
    )
    .unwrap();
    let mut answer = [0; 12];
    wire.read_exact(&mut answer).unwrap();

    eprintln!("{}", String::from_utf8_lossy(&answer));
    answer.ends_with(b" 101")
}

/// A client that says nothing, and one of ours, which is asked and then given up.
fn the_server_never_asks_whether_a_client_is_there(subject: &Subject) -> bool {
    let open = |subject: &Subject| {
        let mut wire = subject.connect();
        write!(wire, "GET {} HTTP/1.1\r\nHost: localhost\r\n{HANDSHAKE}\r\n", subject.path()).unwrap();
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            wire.read_exact(&mut byte).unwrap();
            head.extend(byte);
        }
        wire
    };
    let mut silent = open(subject);
    let ours = Subject::ours(*subject.row());
    let mut asked = Vec::new();
    open(&ours).take(200).read_to_end(&mut asked).unwrap();
    let place = 2 + usize::from(asked[1]);

    assert_eq!(
        asked[place..],
        [[0x89, 0].as_slice(), &[0x88, 2], &1_008_u16.to_be_bytes()].concat(),
        "a ping, then 1008"
    );
    silent.set_read_timeout(Some(Duration::from_secs(35))).unwrap(); // many servers ping each 30 s
    silent.read(&mut [0; 64]).is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}

fn row(name: &str) -> Row {
    compare::transports::ALL.into_iter().find(|row| row.transport.name.replace('-', "_") == name).unwrap()
}
