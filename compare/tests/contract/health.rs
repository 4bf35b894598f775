//! The health check.

use compare::{client::Event, transports::Row};
use shared::testing::Server;

use crate::{
    channel::of_another_epoch,
    exposition::Exposition,
    support::{Answer, Follower, PLAIN, ask, ask_on, ask_raw, feed, page_data, send, status},
};

crate::contract! {
    the_status_tells_figures,
    the_metrics_tell_what_was_counted,
    head_is_like_get_without_a_body,
}

async fn the_status_tells_figures(row: &Row) {
    let feed = feed(2);
    let server = Server::on(feed.clone(), row.transport, &[]);
    let before = status(&server);
    let cursor = page_data(&server, "cursor");
    let ids = ["one", "two", "three"].map(|text| server.publish(text).id.to_string());
    let mut client = Follower::open(row, &server, Some(&ids[2])).await;
    server.until_open(usize::from(row.waits));

    let after = status(&server);
    let of_a_younger_server = status(&Server::on(feed, row.transport, &[]));
    server.publish("four");

    assert_eq!((&*before.newest, before.held, before.open, before.published), (&*cursor, 0, 0, 0), "{before:?}");
    assert_eq!((&*after.newest, after.held, after.published), (&*ids[2], 2, 3), "{after:?}");
    assert_eq!(after.open, usize::from(row.waits), "{after:?}");
    assert_eq!(after.epoch, cursor[..8]);
    assert!(after.uptime >= before.uptime, "{before:?} {after:?}");
    assert_eq!((before.lasts, before.reachable), (None, kept_elsewhere().then_some(true)), "{before:?}");
    assert_eq!((&*of_a_younger_server.newest, of_a_younger_server.open), (&*ids[2], 0), "{of_a_younger_server:?}");
    assert!(of_a_younger_server.uptime <= status(&server).uptime, "{of_a_younger_server:?} {after:?}");
    assert_eq!(client.texts(1).await, ["four"]);

    let at = server.publish("five").at;
    while server.publish("later").at == at {} // of one millisecond, they say nothing of the rate
    let full = status(&server);
    assert!(full.lasts.is_some_and(|lasts| lasts < 60_000), "{full:?}");
}

/// One client that is there from the start, one that has missed a message, and some who ask for what they may not have.
async fn the_metrics_tell_what_was_counted(row: &Row) {
    let server = Server::on(feed(2), row.transport, &["--metrics"]);
    let lost = of_another_epoch(&page_data(&server, "cursor"));
    let none = metrics(&server);

    for text in ["one", "two", "three"] {
        server.publish(text);
    }
    let mut one = Follower::open(row, &server, Some("start")).await;
    assert_eq!(one.texts(2).await, ["two", "three"]);
    let mut other = Follower::open(row, &server, Some(&lost)).await;
    assert_eq!(other.event().await, Event::Gap);
    assert_eq!(other.texts(2).await, ["two", "three"]);
    ask(&server, "POST /messages", "Content-Type: text/html\r\n", "x").assert_refused(415, "a text of another type");
    ask(&server, "POST /messages", &format!("{PLAIN}Origin: http://evil.example\r\n"), "x")
        .assert_refused(403, "foreign");
    ask_raw(&server, "GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n").assert_refused(421, "a foreign name");
    let all = metrics(&server);

    let figures = ["published_total", "delivered_total", "gaps_total", "held", "log_lines_lost_total"];
    assert_eq!(figures.map(|name| none.get(name)), [0.0; 5].map(Some), "{none:?}");
    assert_eq!(figures.map(|name| all.get(name)), [3.0, 4.0, 1.0, 2.0, 0.0].map(Some), "{all:?}");
    let reasons = ["wrong_type", "foreign_origin", "unknown_host", "all_seats_taken", "unavailable"];
    let refused = reasons.map(|reason| all.get(&format!("refused_total{{reason=\"{reason}\"}}")));
    assert_eq!(refused, [1.0, 1.0, 1.0, 0.0, 0.0].map(Some), "{all:?}");
    assert_eq!((none.sum("refused_total"), all.sum("refused_total")), (0.0, 3.0), "{all:?}");
    let open = all.get(&format!("open{{way=\"{}\"}}", row.transport.name));
    assert_eq!(open, Some(if row.streams { 2.0 } else { 0.0 }), "{all:?}");
    assert_eq!(all.get("reachable"), kept_elsewhere().then_some(1.0), "{all:?}");
    assert!(
        none.get("history_seconds").is_none() && none.get("uptime_seconds") <= all.get("uptime_seconds"),
        "{all:?}"
    );
    the_metrics_are_there_if_wanted(row, &server);
    a_full_server_tells_it(row);
}

/// And guarded as all else is.
fn the_metrics_are_there_if_wanted(row: &Row, server: &Server) {
    let without = Server::start(row.transport, &[]);

    ask(&without, "GET /metrics", "", "").assert_refused(404, "it is off");
    for method in ["POST", "PUT", "DELETE"] {
        let answer = ask(server, &format!("{method} /metrics"), "", "");
        answer.assert_refused(405, method);
        assert_eq!(answer.header("allow"), Some("GET, HEAD, OPTIONS"), "{answer:?}");
    }
    let mut wire = server.connect();
    let get = ask_on(&mut wire, "GET /metrics", "", "");
    send(&mut wire, "HEAD /metrics", "", "");
    for answer in [&get, &Answer::read_head(&mut wire)] {
        assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"), "{answer:?}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer:?}");
    }
}

/// Where there is no seat, that is the reason.
fn a_full_server_tells_it(row: &Row) {
    let full = Server::start(row.transport, &[&row.options(&["--max-clients", "0"])[..], &["--metrics"]].concat());
    let line = format!("GET /messages?after={}", page_data(&full, "cursor"));

    let answer = ask(&full, &line, row.headers, "");
    let refused = metrics(&full);

    let wanted = if row.waits { (503, 1.0) } else { (204, 0.0) };
    let reason = refused.get("refused_total{reason=\"all_seats_taken\"}");
    assert_eq!((answer.status, reason), (wanted.0, Some(wanted.1)), "{refused:?}");
    assert_eq!(refused.sum("refused_total"), wanted.1, "{refused:?}");
}

fn metrics(server: &Server) -> Exposition {
    let answer = ask(server, "GET /metrics", "", "");
    assert_eq!(answer.status, 200, "{answer:?}");

    Exposition::read(&answer.body)
}

/// Where a feed is kept in memory, nothing is said of whether that can be reached.
fn kept_elsewhere() -> bool {
    #[cfg(feature = "store")]
    if std::env::var_os(shared::testing::STORES).is_some() {
        return true;
    }
    #[cfg(feature = "redis")]
    if std::env::var_os(shared::testing::REDIS).is_some() {
        return true;
    }

    false
}

async fn head_is_like_get_without_a_body(row: &Row) {
    let server = Server::start(row.transport, &[]);

    for path in ["/", "/?compact", "/status"] {
        let mut wire = server.connect();
        let get = ask_on(&mut wire, &format!("GET {path}"), "", "");
        send(&mut wire, &format!("HEAD {path}"), "", "");
        let head = Answer::read_head(&mut wire);
        let next = ask_on(&mut wire, &format!("GET {path}"), "", "");

        assert_eq!((get.status, head.status, next.status), (200, 200, 200), "no body stands between: {head:?}");
        for name in ["content-type", "cache-control", "content-security-policy"] {
            assert_eq!(head.header(name), get.header(name), "{path}: {head:?}");
        }
        let lengths = [&head, &get, &next].map(|answer| answer.header("content-length").map(str::len));
        assert_eq!(lengths[0], lengths[1], "{path}: the same but for the digits of the uptime: {head:?}");
    }
    assert_eq!(ask(&server, "GET /status", "", "").header("content-type"), Some("application/json"));
    head_of_the_channel(row, &server);
}

/// Each of these would be followed by messages, be held, or be a socket, if it were asked by GET.
fn head_of_the_channel(row: &Row, server: &Server) {
    let newest = server.publish("x").id;
    let mut wire = server.connect();

    for (query, waiting) in [("", 200), ("?after=start", 200), (&format!("?after={newest}"), 204), ("?after=", 400)] {
        send(&mut wire, &format!("HEAD /messages{query}"), "", "");
        let head = Answer::read_head(&mut wire);
        let wanted = match waiting {
            400 => 400,
            _ if row.two_way => 426, // as a GET without an upgrade
            _ if row.streams => 200,
            _ => waiting,
        };
        assert_eq!(head.status, wanted, "{query}: {head:?}");
        assert_eq!(head.header("cache-control"), Some("no-store"), "{query}: {head:?}");
        let next = ask_on(&mut wire, "GET /status", "", "");
        assert!(next.body.contains("\"open\":0,"), "no body follows, and no seat is kept: {next:?}");
    }
}
