//! What clients and other routes notice of a Redis that is away, by all five.

use std::time::Instant;

use compare::{
    client::Connection,
    transports::{ALL, Row},
};
use shared::{
    Feed,
    testing::{LIMIT, Server},
};
use tokio::{task::yield_now, time::timeout};

use crate::{at, entry, feed, network::Network, publish, publish_again, server::Redis};

const POST: &str = "POST /messages HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\ntext";
const STATUS: &str = "GET /status HTTP/1.1\r\n\r\n";

/// A server of each way on this feed, with a client that has read all until now.
async fn five(feed: &Feed) -> Vec<(Row, Server, Connection)> {
    let newest = publish(feed, 3).await;
    let mut five = Vec::new();
    for row in ALL {
        let server = Server::on(feed.clone(), row.transport, &[]);
        let mut client = Connection::open((row.client)(), server.address, None).await.unwrap();
        while text_of(&mut client).await != (newest.seq - 1).to_string() {}
        five.push((row, server, client));
    }

    five
}

/// That of the next message; the connection may not end, and no gap be told.
async fn text_of(client: &mut Connection) -> String {
    timeout(LIMIT, client.message()).await.expect("a message comes").text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs redis-server: run by ./test"]
async fn while_redis_is_away_streams_stay_open_and_a_post_is_told_to_try_again() {
    let redis = Redis::start(&[]);
    let network = Network::to(&redis);
    let feed = at(&network.url()).await;
    let mut five = five(&feed).await;

    network.cut();
    for (row, server, _) in &five {
        let answer = server.ask(POST);
        assert!(answer.starts_with("HTTP/1.1 503 "), "{}: {answer}", row.transport.name);
        assert!(answer.to_lowercase().contains("\r\nretry-after: 1\r\n"), "{}: {answer}", row.transport.name);
        let status = server.ask(STATUS);
        assert!(status.contains("\"reachable\":false"), "{}: {status}", row.transport.name);
        let mut late = Connection::open((row.client)(), server.address, Some("start")).await.unwrap();
        assert_eq!(text_of(&mut late).await, "0", "{}: what is held can be read", row.transport.name);
    }
    network.lead_to(&redis);

    publish_again(&feed, "back").await;
    for (row, server, client) in &mut five {
        assert_eq!(text_of(client).await, "back", "{}", row.transport.name);
        assert!(server.ask(POST).starts_with("HTTP/1.1 201 "), "{}", row.transport.name);
        let since = Instant::now(); // what is published may be there before who follows Redis is
        while !server.ask(STATUS).contains("\"reachable\":true") {
            assert!(since.elapsed() < LIMIT, "{}: {}", row.transport.name, server.ask(STATUS));
            yield_now().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs redis-server: run by ./test"]
async fn a_pause_of_5_seconds_blocks_no_reader_and_no_other_route() {
    let redis = Redis::start(&[]);
    let feed = feed(&redis).await;
    let mut five = five(&feed).await;

    redis.ask(&["CLIENT", "PAUSE", "5000"]);
    let publishing = tokio::spawn({
        let feed = feed.clone();
        async move { feed.publish(entry("paused")).await }
    });
    for (row, server, _) in &five {
        for line in ["GET / HTTP/1.1\r\n\r\n", STATUS, "GET /assets/client.js HTTP/1.1\r\n\r\n"] {
            let answer = server.ask(line);
            assert!(answer.starts_with("HTTP/1.1 200 "), "{} {line}: {answer}", row.transport.name);
        }
        let mut late = Connection::open((row.client)(), server.address, Some("start")).await.unwrap();
        assert_eq!(text_of(&mut late).await, "0", "{}", row.transport.name);
    }
    assert!(!publishing.is_finished(), "all that was there before it gave up");
    assert!(timeout(LIMIT, publishing).await.expect("it gives up").unwrap().is_err());

    publish_again(&feed, "after").await;
    for (_, _, client) in &mut five {
        while text_of(client).await != "after" {} // the other may have been published all the same
    }
}
