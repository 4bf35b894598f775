//! The event stream format (HTML standard, 9.2.5 and 9.2.6).

use std::{fmt::Write as _, ops::RangeInclusive};

use shared::Cursor;

/// How long browsers wait before they reconnect, in milliseconds: random, so that not all come back at once; never near
/// zero, since a browser waits the same time after each failure.
const RETRY: RangeInclusive<u32> = 1_000..=2_000;

/// The first lines of a response: how long to wait before reconnecting.
pub(crate) fn retry() -> String {
    format!("retry: {}\n\n", rand::random_range(RETRY))
}

/// A comment keeps proxies from closing the line; scripts cannot see it, so an event follows for the page's watchdog.
/// It has no id: the browser's `Last-Event-ID` stays what it was.
pub(crate) fn heartbeat() -> String {
    ": heartbeat\nevent: heartbeat\ndata: {}\n\n".to_owned()
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
    fn a_heartbeat_moves_no_id_and_retry_is_one_to_two_seconds() {
        assert!(!heartbeat().contains("id:"));
        for _ in 0..100 {
            let ms = retry().strip_prefix("retry: ").and_then(|ms| ms.trim().parse::<u32>().ok());
            assert!(ms.is_some_and(|ms| RETRY.contains(&ms)), "{ms:?}");
        }
    }
}
