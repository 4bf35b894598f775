//! The page and its files.

use std::fs;

use compare::transports::{ALL, Row};
use shared::testing::Server;

use crate::support::{Follower, ask, page_data};

crate::contract! {
    the_page_carries_its_starting_cursor,
    the_page_has_a_compact_form,
    the_page_leads_to_the_next_way,
    files_are_served_and_asked_for_again,
}

async fn the_page_carries_its_starting_cursor(row: &Row) {
    let server = Server::start(row.transport, &row.options(&["--heartbeat", "7s", "--hold", "9s"]));
    let place_before_the_first = page_data(&server, "cursor");
    let texts = ["one", "two", "three"];
    let ids = texts.map(|text| server.publish(text).id.to_string());

    let cursor = page_data(&server, "cursor");
    server.publish("between page and channel");
    let mut client = Follower::open(row, &server, Some(&cursor)).await;

    assert_eq!(place_before_the_first, ids[0].replace(".1", ".0"));
    assert_eq!(cursor, ids[1], "the place before the newest");
    assert_eq!(client.texts(2).await, ["three", "between page and channel"]);
    let usual = Server::start(row.transport, &[]);
    let heartbeats = [&server, &usual].map(|server| page_data(server, "heartbeat"));
    let wanted = if row.reopens { ["4000", "4000"] } else { ["7000", "15000"] };
    assert_eq!(heartbeats, wanted, "15 s if nothing else is said; of an iframe no more than 4 s");
    let holds = row.waits && !row.streams;
    assert_eq!(ask(&server, "GET /", "", "").body.contains("data-hold"), holds);
    if holds {
        assert_eq!([&server, &usual].map(|server| page_data(server, "hold")), ["9000", "25000"]);
    }
}

async fn the_page_has_a_compact_form(row: &Row) {
    let server = Server::start(row.transport, &[]);

    let whole = ask(&server, "GET /", "", "");
    let compact = ask(&server, "GET /?compact", "", "");

    for page in [&whole, &compact] {
        assert_eq!(page.status, 200, "{page:?}");
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        for part in ["id=\"clock\"", "id=\"messages\"", "id=\"state\"", "data-cursor="] {
            assert!(page.body.contains(part), "no {part}: {page:?}");
        }
    }
    assert!(whole.body.contains("<h1>"), "{whole:?}");
    assert!(!compact.body.contains("<h1>"), "{compact:?}");
    assert_eq!(ask(&server, "GET /?a=b&compact=", "", "").body, compact.body, "as a form writes it");
}

async fn the_page_leads_to_the_next_way(row: &Row) {
    let at = ALL.iter().position(|one| one.transport.name == row.transport.name).expect("it is one of the five");
    let next = ALL[(at + 1) % ALL.len()].transport;
    let server = Server::start(row.transport, &["--allow-host", "five.example"]);
    let page = |path: &str, host: &str| {
        let mut wire = server.connect();
        wire.send(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
        wire.rest()
    };
    let connects = |sources: &str| format!("; connect-src {sources}; ");

    let own = server.address.port();
    for host in ["localhost", "127.0.0.1", "five.example"] {
        let page = page("/", &format!("{host}:{own}"));
        assert!(page.contains(&connects(&format!("'self' {}://{host}:{}", server.scheme(), next.port))), "{page}");
        assert!(page.contains(&format!("data-port=\"{}\" data-own=\"{own}\"", next.port)), "{page}");
        assert!(page.contains(&format!("<a>Next: {}</a>", next.title)), "no link before it answers: {page}");
        assert!(page.contains(&format!("cargo run -p {} ", next.name)), "{page}");
    }
    for (path, host, port) in [
        ("/", "[::1]", own),
        ("/", "localhost.", own),
        ("/?compact", "localhost", own),
        ("/", "localhost", 80),
        ("/", "five.example", 443),
    ] {
        let page = page(path, &format!("{host}:{port}"));
        assert!(page.contains(&connects("'self'")) && !page.contains("data-port"), "{path} {host}: {page}");
        assert_eq!(page.contains(&format!("cargo run -p {} ", next.name)), path == "/", "{path} {host}: {page}");
    }
}

async fn files_are_served_and_asked_for_again(row: &Row) {
    let root = tempfile::tempdir().expect("a folder can be made");
    let files = [
        (format!("{}/assets/client.js", row.transport.name), "GET /assets/client.js"),
        ("shared/assets/page.js".to_owned(), "GET /shared/page.js"),
    ];
    let server = Server::start(row.transport, &["--assets", &root.path().to_string_lossy()]);

    for (file, line) in files {
        let file = root.path().join(file);
        fs::create_dir_all(file.parent().expect("it is in a folder")).expect("the folder is ours");
        fs::write(&file, "first").expect("the folder is ours");
        let first = ask(&server, line, "", "");
        let known = format!("If-None-Match: {}\r\n", first.header("etag").unwrap_or_default());
        let again = ask(&server, line, &known, "");
        fs::write(&file, "edited").expect("the folder is ours");
        let edited = ask(&server, line, &known, "");

        assert_eq!((first.status, &*first.body), (200, "first"), "{first:?}");
        assert_eq!((again.status, &*again.body), (304, ""), "{again:?}");
        assert_eq!((edited.status, &*edited.body), (200, "edited"), "{edited:?}");
        for answer in [&first, &again, &edited] {
            assert!(answer.header("etag").is_some(), "{answer:?}");
            assert_eq!(answer.header("cache-control"), Some("no-cache"), "{answer:?}");
        }
        assert!(first.head.contains("javascript"), "a module needs its type: {first:?}");
        fs::write(&file, "first").expect("the folder is ours");
        let copy = file.with_file_name("copy.js");
        fs::rename(&file, &copy).and_then(|()| fs::copy(&copy, &file)).expect("the folder is ours");
        let elsewhere = ask(&server, line, "", "");
        assert_eq!(elsewhere.header("etag"), first.header("etag"), "the same content in another file");
        part_of_a_file(&server, line, first.header("etag").unwrap_or_default());
    }
}

fn part_of_a_file(server: &Server, line: &str, tag: &str) {
    for (headers, status, body, told) in [
        ("Range: bytes=1-3\r\n", 206, "irs", Some("bytes 1-3/5")),
        ("Range: Bytes=-2\r\n", 206, "st", Some("bytes 3-4/5")),
        ("Range: bytes=9-\r\n", 416, "", Some("bytes */5")),
        ("Range: bytes=0-0,2-2\r\n", 200, "first", None),
        ("Range: lines=1-2\r\n", 200, "first", None),
        (&format!("Range: bytes=1-3\r\nIf-Range: {tag}\r\n"), 206, "irs", Some("bytes 1-3/5")),
        ("Range: bytes=1-3\r\nIf-Range: \"old\"\r\n", 200, "first", None),
        (&format!("If-Match: {tag}\r\n"), 200, "first", None),
        ("If-Match: \"old\"\r\n", 412, "", None),
        ("If-None-Match: *\r\n", 304, "", None),
    ] {
        let answer = ask(server, line, headers, "");
        assert_eq!((answer.status, answer.header("content-range")), (status, told), "{headers}: {answer:?}");
        assert!(status >= 400 || answer.body == body, "{headers}: {answer:?}");
    }
}
