//! Buffer, of all five at once: whose messages come, and whose do not.

use std::time::Duration;

use compare::{
    client::Connection,
    tap::{self, Limits},
    transports::{ALL, Row},
};
use shared::testing::{LIMIT, newest};
use tokio::{runtime::Runtime, time::timeout};

use crate::support::{Lab, SHORT};

/// Longer than this test.
const LONG: Duration = Duration::from_secs(600);

/// So many messages are held for sure to be more than 4 KiB.
const ENOUGH: u64 = 100;

/// A client, and the number of the last message that it has heard.
struct Listener {
    row: Row,
    connection: Connection,
    heard: u64,
}

impl Listener {
    /// Hears all up to this message, each once and in order.
    async fn hears(&mut self, last: u64) {
        let name = self.row.transport.name;
        while self.heard < last {
            let message = timeout(LIMIT, self.connection.message()).await;
            let seq = message.unwrap_or_else(|_| panic!("{name}: {last} did not come after {}", self.heard)).id.seq;
            assert_eq!(seq, self.heard + 1, "{name}");
            self.heard = seq;
        }
    }

    /// Hears no message.
    async fn hears_nothing(&mut self) {
        let early = timeout(Duration::from_millis(400), self.connection.message()).await;

        assert!(early.is_err(), "{}: {early:?}", self.row.transport.name);
    }
}

#[test]
fn buffer_holds_back_the_streams_alone_and_nothing_is_lost() {
    let lab = Lab::with(Limits { buffer: LONG, ..SHORT }, &[]);
    lab.command("/feed", r#"{"rate":0}"#);
    let start = newest(lab.feed());
    let publish = |count: u64| {
        assert_eq!(lab.command("/burst", &format!(r#"{{"count":{count}}}"#)), "204");
        newest(lab.feed()).seq
    };
    let runtime = Runtime::new().unwrap();
    let after = start.to_string();
    let listener = |(at, row): (usize, &Row)| {
        let connection = Connection::open((row.client)(), lab.tap(at), Some(&after));
        Listener { row: *row, connection: runtime.block_on(connection).unwrap(), heard: start.seq }
    };
    let listeners = ALL.iter().enumerate().map(listener);
    let (mut streams, mut others): (Vec<_>, Vec<_>) = listeners.partition(|listener| listener.row.endless_body);

    let before = publish(1);
    for listener in streams.iter_mut().chain(&mut others) {
        runtime.block_on(listener.hears(before));
    }
    assert_eq!(lab.command("/fault", r#"{"name":"buffer"}"#), "204");
    for _ in 0..3 {
        let next = publish(1);
        others.iter_mut().for_each(|listener| runtime.block_on(listener.hears(next)));
    }
    streams.iter_mut().for_each(|listener| runtime.block_on(listener.hears_nothing()));
    let last = publish(3 * ENOUGH);

    others.iter_mut().for_each(|listener| runtime.block_on(listener.hears(last)));
    streams.iter_mut().for_each(|listener| runtime.block_on(listener.hears(last - ENOUGH)));
    for testbed in lab.laboratory.testbeds() {
        let faults: Vec<_> = testbed.faults().into_iter().map(|active| active.fault).collect();
        assert_eq!(faults, [tap::Fault::Buffer], "all the while");
    }
}
