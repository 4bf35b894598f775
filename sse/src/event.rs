//! The event stream format (<https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream>).

use std::{fmt::Write as _, ops::RangeInclusive};

use rand::random_range;
use shared::Cursor;

/// Keeps proxies from closing the line; scripts cannot see it.
pub(crate) const COMMENT: &str = ": heartbeat\n";

/// The first line of a response, a part of its first event: how long to wait before reconnecting.
///
/// Alone it would be an event without data: some libraries hand that on as an empty message, some pass over it and the wait.
pub(crate) fn retry(from: &RangeInclusive<u32>) -> String {
    let longest = *from.end().max(from.start()); // also where the two were mixed up

    format!("retry: {}\n", random_range(*from.start()..=longest))
}

/// Says where the client is, and whether more is pending. Some libraries take the id of each event for their place, so it has
/// the one that is so already.
pub(crate) fn heartbeat(place: Cursor, more: bool) -> String {
    format!("id: {place}\nevent: heartbeat\ndata: {{\"more\":{more}}}\n\n")
}

/// Appends an event. `data` may have several lines, ended by LF, CR or both; each becomes a line of its own.
pub(crate) fn write(events: &mut String, id: Cursor, name: Option<&str>, data: &str) {
    const CANNOT_FAIL: &str = "a string takes all";
    writeln!(events, "id: {id}").expect(CANNOT_FAIL);
    if let Some(name) = name {
        writeln!(events, "event: {name}").expect(CANNOT_FAIL);
    }
    let data = if data.contains('\r') { &data.replace("\r\n", "\n").replace('\r', "\n") } else { data };
    for line in data.split('\n') {
        events.extend(["data: ", line, "\n"]); // the one space after the colon is eaten
    }
    events.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETRY: RangeInclusive<u32> = 1_000..=2_000;

    #[test]
    fn an_event_has_its_fields_and_an_empty_line() {
        let mut events = String::new();

        write(&mut events, Cursor { epoch: 1, seq: 2 }, Some("clock"), " {}");

        assert_eq!(events, "id: 00000001.2\nevent: clock\ndata:  {}\n\n");
    }

    #[test]
    fn each_line_of_data_is_a_line_of_its_own() {
        let mut events = String::new();

        write(&mut events, Cursor { epoch: 1, seq: 2 }, None, "a\nb\rc\r\nd\n");

        assert_eq!(events, "id: 00000001.2\ndata: a\ndata: b\ndata: c\ndata: d\ndata: \n\n");
    }

    #[test]
    fn retry_is_of_the_range() {
        for _ in 0..100 {
            let ms = retry(&RETRY).strip_prefix("retry: ").and_then(|ms| ms.trim().parse::<u32>().ok());
            assert!(ms.is_some_and(|ms| RETRY.contains(&ms)), "{ms:?}");
        }
    }
}
