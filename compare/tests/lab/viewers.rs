//! What those who look at the page cost.

use std::{collections::BTreeSet, time::Instant};

use shared::testing::{LIMIT, Wire};

use crate::support::Lab;

/// Asks for a stream of the page, and reads up to this.
fn stream(lab: &Lab, path: &str, until: &str) -> (Wire, String) {
    let mut wire = Wire::to(lab.address);
    wire.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    let read = wire.until(until);

    (wire, read)
}

#[test]
fn viewers_beyond_max_clients_are_503() {
    for path in ["/events", "/events?wire=sse"] {
        let lab = Lab::start(&["--max-clients", "2"]);
        let _one = stream(&lab, path, "retry: ");
        let (two, _) = stream(&lab, "/events", "data: ");

        let (_, refused) = stream(&lab, path, "\r\n\r\n");
        assert!(refused.starts_with("HTTP/1.1 503 "), "{path}: {refused}");
        assert!(refused.to_lowercase().contains("\r\nretry-after: "), "{path}: {refused}");

        drop(two);
        let since = Instant::now();
        while !stream(&lab, path, "\r\n\r\n").1.starts_with("HTTP/1.1 200 ") {
            assert!(since.elapsed() < LIMIT, "{path}: the seat is not free");
        }
    }
}

/// Its files of the system are read, and its locks taken, once for all.
#[test]
fn the_state_is_made_once_for_all_viewers() {
    const VIEWERS: usize = 12;
    const EACH: usize = 6;
    let lab = Lab::start(&[]);
    let mut viewers: Vec<_> = (0..VIEWERS).map(|_| stream(&lab, "/events", "data: ").0).collect();
    let last = at(&viewers[VIEWERS - 1].until("\n\n"));

    let mut made = BTreeSet::new();
    for viewer in &mut viewers {
        let states = std::iter::repeat_with(|| at(&viewer.until("\n\n"))).filter(|at| *at > last);
        made.extend(states.take(EACH));
    }

    assert!(made.len() <= 2 * EACH, "{VIEWERS} viewers of {EACH} states each saw {made:?}");
}

/// When a state was made.
fn at(event: &str) -> u64 {
    let digits = event.split_once("\"at\":").unwrap().1;

    digits.split(',').next().unwrap().parse().unwrap()
}

/// Who comes after a command sees what it did, however many look already.
#[test]
fn a_viewer_that_comes_sees_the_state_of_then() {
    let lab = Lab::start(&[]);
    let _viewers: Vec<_> = (0..4).map(|_| stream(&lab, "/events", "data: ")).collect();
    lab.command("/feed", r#"{"rate":0}"#);

    for count in 1..=30 {
        let published = lab.state()["published"].as_u64().unwrap();
        lab.command("/burst", r#"{"count":3}"#);

        assert_eq!(lab.state()["published"], published + 3, "burst {count}");
    }
}
