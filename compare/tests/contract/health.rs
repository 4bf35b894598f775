//! The health check.

use compare::transports::Row;
use shared::testing::Server;

use crate::support::{Answer, Follower, ask, ask_on, feed, page_data, send, status};

crate::contract! {
    the_status_tells_figures,
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
