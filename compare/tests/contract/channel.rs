//! The channel.

use std::ops::RangeInclusive;

use compare::{
    client::{End, Event},
    transports::Row,
};
use shared::testing::Server;

use crate::{
    support::{Follower, seqs},
    target::Target,
};

crate::contract! {
    without_after_it_starts_with_the_newest_message,
    after_start_gives_everything_held,
    after_a_cursor_gives_what_comes_after_it,
    a_bad_after_is_400,
    another_parameter_is_passed_over,
    an_unknown_cursor_gives_everything_held_and_the_gap_first,
    a_client_is_told_its_place_and_when_it_is_up_to_date,
    beyond_max_clients_is_503,
    what_is_too_old_ends_and_loses_nothing,
}

async fn without_after_it_starts_with_the_newest_message(row: &Row) {
    let server = Target::start(row);
    let mut first_client = Follower::at(row, &server, None).await;

    server.publish("one");
    let first = first_client.texts(1).await;
    server.publish("two");
    let mut client = Follower::at(row, &server, None).await;
    let newest = client.texts(1).await;
    server.publish("three");

    assert_eq!(first, ["one"], "the first of all");
    assert_eq!(newest, ["two"]);
    assert_eq!(client.texts(1).await, ["three"]);
    assert_eq!(first_client.texts(2).await, ["two", "three"]);
}

async fn after_start_gives_everything_held(row: &Row) {
    let server = Target::holding(row, 2);
    let mut early = Follower::at(row, &server, Some("start")).await;
    server.publish("one");
    let first = early.texts(1).await;
    let newer = numbered(2..=server.history + 1);
    server.clone().publish_all(newer.clone()).await;

    let mut client = Follower::at(row, &server, Some("start")).await;
    let held = client.texts(server.history).await;
    server.publish("new");

    assert_eq!(first, ["one"], "nothing was held, and that is no gap");
    assert_eq!(held, newer);
    assert_eq!(client.texts(1).await, ["new"]);
}

fn numbered(numbers: RangeInclusive<usize>) -> Vec<String> {
    numbers.map(|number| number.to_string()).collect()
}

async fn after_a_cursor_gives_what_comes_after_it(row: &Row) {
    const MANY: u64 = 700; // more than two batches
    let server = Target::start(row);
    let place_before_the_first = server.newest();
    let ids: Vec<_> = (0..MANY).map(|_| server.publish("x")).collect();

    let mut from_there = Follower::at(row, &server, Some(&ids[1])).await;
    let mut from_the_first = Follower::at(row, &server, Some(&place_before_the_first)).await;
    let mut from_now = Follower::at(row, &server, ids.last().map(String::as_str)).await;
    let after_2 = from_there.messages(698).await;
    let after_0 = from_the_first.messages(700).await;
    server.publish("new");

    assert_eq!(seqs(&after_2), (3..=MANY).collect::<Vec<_>>());
    assert_eq!(seqs(&after_0), (1..=MANY).collect::<Vec<_>>());
    for client in [&mut from_there, &mut from_the_first, &mut from_now] {
        assert_eq!(seqs(&client.messages(1).await), [MANY + 1], "nothing else comes");
    }
}

async fn a_bad_after_is_400(row: &Row) {
    let server = Target::start(row);
    let cursor = server.publish("x");
    let twice = format!("after={cursor}&after={cursor}");
    let spelled_otherwise = format!("after={}", cursor.replace('.', ".0"));

    for query in ["after", "after=", "after=17", "after=START", "after=%ff", "after=0000000g.1", "after=00000000.-1"]
        .into_iter()
        .chain([&*twice, &*spelled_otherwise, "after=start&after=start"])
    {
        let answer = server.ask(&format!("GET /messages?{query}"), row.headers, "");

        answer.assert_refused(400, query);
    }
}

async fn another_parameter_is_passed_over(row: &Row) {
    let server = Target::start(row);
    let ids = ["seen", "new"].map(|text| server.publish(text));

    for query in [format!("_=k3j9x2.1&after={}&x", ids[0]), format!("after={}&_=k3j9x2.2", ids[0])] {
        let mut channel = server.channel();
        channel.path = format!("{}?{query}", channel.path);
        let mut client = Follower::to(row, channel, server.reach(), None).await.expect("the server takes it");

        assert_eq!(client.texts(1).await, ["new"], "{query}");
    }
}

async fn an_unknown_cursor_gives_everything_held_and_the_gap_first(row: &Row) {
    let server = Target::holding(row, 2);
    let place_before_the_first = server.newest();
    let at = |seq: usize| place_before_the_first.replace(".0", &format!(".{seq}"));
    let other_epoch = of_another_epoch(&place_before_the_first);
    let ahead = at(server.history + 3);

    for cursor in [&other_epoch, &ahead] {
        let mut client = Follower::at(row, &server, Some(cursor)).await;
        assert_eq!(client.event().await, Event::Gap, "after {cursor}, also where nothing is held");
    }
    server.clone().publish_all(numbered(1..=server.history + 2)).await;
    let held = numbered(3..=server.history + 2);
    let mut clients = Vec::new();
    for cursor in [&place_before_the_first, &at(1), &other_epoch, &ahead] {
        let mut client = Follower::at(row, &server, Some(cursor)).await;
        assert_eq!(client.event().await, Event::Gap, "after {cursor}");
        assert_eq!(client.texts(held.len()).await, held, "after {cursor}");
        clients.push(client);
    }
    let mut in_time = Follower::at(row, &server, Some(&at(2))).await;
    let in_time_heard = in_time.texts(held.len()).await;
    server.publish("new");

    assert_eq!(in_time_heard, held, "this one missed nothing");
    for client in clients.iter_mut().chain([&mut in_time]) {
        assert_eq!(client.texts(1).await, ["new"], "the gap is reported once");
    }
}

async fn a_client_is_told_its_place_and_when_it_is_up_to_date(row: &Row) {
    const MANY: usize = 700; // more than two batches
    for start in [None, Some("start")] {
        let server = Target::start(row);
        let mut cut = Follower::at(row, &server, start).await;
        let up_to_date = place(&mut cut).await;
        let cursor = server.newest();
        let [one, two, three] = ["one", "two", "three"].map(|text| (server.publish(text), text.to_owned()).1);
        cut.reopen().await;

        assert!(!up_to_date, "nothing is pending after {start:?}");
        assert_eq!(cut.texts(3).await, [one, two, three], "it was cut before its first message, after {start:?}");
        assert_eq!(cut.reopened, 1);
        server.clone().publish_all(vec!["x".to_owned(); MANY]).await;
        let (mut client, mut pending) = (Follower::at(row, &server, Some(&cursor)).await, 3 + MANY);
        let mut told = Vec::new();
        while told.last() != Some(&false) {
            match client.next().await {
                Event::Place { more } => told.push(more),
                Event::Message(_) => pending -= 1,
                other => panic!("{other:?}, {pending} pending"),
            }
        }

        assert_eq!(pending, 0, "told {told:?}");
        assert!(told[0], "it is told that there is more");
        server.publish("new");
        assert_eq!(client.texts(1).await, ["new"]);
    }
}

/// What the next place says of more that is pending.
async fn place(client: &mut Follower) -> bool {
    match client.next().await {
        Event::Place { more } => more,
        other => panic!("no place but {other:?}"),
    }
}

pub(crate) fn of_another_epoch(cursor: &str) -> String {
    let digit = if cursor.starts_with('0') { '1' } else { '0' };

    format!("{digit}{}", &cursor[1..])
}

async fn beyond_max_clients_is_503(row: &Row) {
    let server = Server::start(row.transport, &row.options(&["--max-clients", "1"]));
    let cursor = server.publish("old").id.to_string();
    let mut first = Follower::open(row, &server, Some(&cursor)).await;
    server.until_open(usize::from(row.waits));

    let second = Follower::open(row, &server, Some(&cursor)).await.next().await;
    let answered_at_once = Follower::open(row, &server, Some("start")).await.next().await;
    server.publish("new");
    let heard = first.texts(1).await;
    drop(first);
    server.until_open(0);
    let third = Follower::open(row, &server, Some("start")).await.texts(2).await;

    let full = |event: &Event| matches!(event, Event::End(End::Refused(503, Some(1..))));
    assert_eq!(full(&second), row.waits, "{second:?}");
    assert_eq!(full(&answered_at_once), row.streams, "{answered_at_once:?}");
    assert_eq!(heard, ["new"], "who has a place keeps it");
    assert_eq!(third, ["old", "new"], "the place is free again");
}

async fn what_is_too_old_ends_and_loses_nothing(row: &Row) {
    let server = Server::start(row.transport, &row.options(&["--max-age", "300ms"]));
    let cursor = server.publish("seen").id.to_string();
    let mut client = Follower::open(row, &server, Some(&cursor)).await;

    for text in ["one", "two", "three"] {
        if row.streams {
            assert_eq!(client.end().await, row.stop, "as at a stop");
            server.until_open(0);
        } else {
            while client.next().await != Event::Nothing {} // it says, as after its hold, that there is none
        }
        server.publish(text);
        if row.streams {
            client.reopen().await;
        }
        assert_eq!(client.texts(1).await, [text], "nothing is lost while it is away");
    }

    drop(client);
    server.until_open(0);
}
