//! The page itself.

use std::{collections::BTreeSet, num::NonZeroUsize};

use compare::transports::ALL;
use shared::{
    Feed,
    testing::{Server, Wire},
};

use crate::{lab::Lab, read};

const PAGE: &str = "docs/DEPLOY.md";

/// The way of the examples.
fn sse() -> shared::shell::Transport {
    ALL.into_iter().find(|row| row.transport.name == "sse").unwrap().transport
}

/// The lines that are a command.
fn examples() -> Vec<String> {
    let page = read(PAGE);
    let alone = page.lines().filter_map(|line| line.strip_prefix('`')?.strip_suffix('`'));

    alone.map(str::to_owned).collect()
}

/// The second column of a row of a table, by what its first says.
fn cell(page: &str, first: &str) -> String {
    let row = page.lines().find(|line| line.starts_with("| ") && line.contains(first));

    row.unwrap_or_else(|| panic!("no row has {first:?}")).split('|').nth(2).unwrap().trim().to_owned()
}

#[test]
fn the_example_lets_its_own_page_publish_and_no_other() {
    let examples = examples();
    let words: Vec<&str> = examples[0].split(' ').collect();
    let server = Server::start(sse(), &words[1..]);
    let post = |host: &str, origin: &str| {
        let mut wire = Wire::to(server.address);
        wire.send(format!("POST /messages HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nConnection: close\r\n"));
        wire.send("Content-Type: text/plain\r\nContent-Length: 1\r\n\r\nx");
        wire.rest()
    };

    assert_eq!(words[0], "sse");
    for (host, origin, status) in [
        ("live.example.org", "https://live.example.org", "201"),
        ("example.org", "https://live.example.org", "421"),
        ("live.example.org", "https://example.org", "403"),
        ("127.0.0.1:8104", "https://live.example.org", "201"), // a proxy that replaces Host, but by an address
    ] {
        let answer = post(host, origin);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{host}, {origin}: {answer}");
    }
}

#[test]
fn the_time_outs_are_those_of_the_pages() {
    let page = read(PAGE);
    let of_page = |name: &str, data: &str| {
        let transport = ALL.into_iter().find(|row| row.transport.name == name).unwrap().transport;
        let html = Server::start(transport, &[]).ask("GET / HTTP/1.1\r\n\r\n");
        let (_, rest) = html.split_once(&format!(" data-{data}=\"")).unwrap();
        rest.split_once('"').unwrap().0.parse::<f64>().unwrap() / 1_000.0
    };
    let (heartbeat, hold) = (of_page("sse", "heartbeat"), of_page("long-polling", "hold"));
    let of_iframe = of_page("iframe-stream", "heartbeat");

    assert_eq!(cell(&page, "1. "), format!("{heartbeat} s, of an iframe {of_iframe} s"));
    assert_eq!(cell(&page, "2. "), format!("{hold} s"));
    assert_eq!(cell(&page, "4. "), format!("{} s", hold + 10.0));
    assert_eq!(cell(&page, "5. "), format!("{} s, of an iframe {} s", heartbeat * 2.5, of_iframe * 2.5));
}

/// All that is told is in the table, and the other way round. Whether what keeps a feed is there, one in memory does not say.
#[test]
fn the_metrics_are_those_that_are_told() {
    let server = Server::on(Feed::new(NonZeroUsize::new(2).unwrap()), sse(), &["--metrics"]);
    let at = server.publish("x").at;
    while server.publish("x").at == at {} // of one millisecond, they say nothing of the rate
    let told = server.ask("GET /metrics HTTP/1.1\r\n\r\n");
    let names = told.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    let names: BTreeSet<&str> = names.chain(["five_ways_reachable"]).collect();

    let page = read(PAGE);
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `five_ways_")?.split_once('`'));
    let rows: Vec<String> = rows.map(|(name, _)| format!("five_ways_{name}")).collect();

    assert_eq!(rows.iter().map(String::as_str).collect::<BTreeSet<_>>(), names);
    assert_eq!(rows.len(), names.len(), "{rows:?}");
    let row = page.lines().find(|line| line.starts_with("| `five_ways_refused_total`")).unwrap();
    let reasons: Vec<&str> = row.rsplit('|').nth(1).unwrap().split('`').skip(1).step_by(2).collect();
    let reasons: Vec<&&str> = reasons.iter().filter(|code| !code.starts_with("--") && **code != "Host").collect();
    assert!(reasons.len() > 3, "{reasons:?}");
    for reason in reasons {
        assert!(told.contains(&format!("refused_total{{reason=\"{reason}\"}}")), "{reason}: {told}");
    }
}

#[test]
fn side_by_side_each_of_the_five_has_its_own_metrics() {
    let lab = Lab::start(&["--metrics"]);

    for (at, row) in ALL.iter().enumerate() {
        let mut wire = Wire::to(lab.tap(at));
        wire.send("GET /metrics HTTP/1.0\r\n\r\n");
        let told = wire.rest();

        assert!(told.contains(&format!("\nfive_ways_open{{way=\"{}\"}} ", row.transport.name)), "{told}");
    }
}
