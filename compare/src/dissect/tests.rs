//! What each framing comes to, to the part. A line is: direction, kind, weight, text, and the note in parentheses.

mod bodies;
mod frames;
mod heads;
mod losses;
mod records;

use std::fmt::Write as _;

use super::*;
use Direction::{Down, Up};

const GET: &str = "GET /messages HTTP/1.1\r\n\r\n";
const CHUNKED: &str = "Transfer-Encoding: chunked\r\n\r\n";
const JSON: &str = r#"{"id":"1.2","text":"</script>"}"#;

/// Lets bytes pass, whole and one by one: it must not matter. Both directions end.
#[track_caller]
fn dissect(passes: &[(Direction, &[u8])]) -> Vec<Part> {
    let [whole, bytes] = [usize::MAX, 1].map(|size| {
        let mut dissector = Dissector::new();
        let mut parts = Vec::new();
        for (direction, bytes) in passes {
            bytes.chunks(size).for_each(|piece| parts.extend(dissector.pass(*direction, piece)));
        }
        parts.extend([Up, Down].into_iter().flat_map(|direction| dissector.end(direction)));
        parts
    });
    assert_eq!(joined(&whole), joined(&bytes));
    for direction in [Up, Down] {
        let passed = passes.iter().filter(|(passed, _)| *passed == direction).flat_map(|(_, bytes)| *bytes);
        let parts = whole.iter().filter(|part| part.direction == direction).flat_map(|part| &part.bytes);
        assert!(passed.eq(parts), "{whole:#?}");
    }

    whole
}

/// The parts, neighbors that are raw put together: where they are cut does not matter.
fn joined(parts: &[Part]) -> Vec<Part> {
    let mut joined: Vec<Part> = Vec::new();
    for part in parts {
        match joined.last_mut() {
            Some(last) if (last.kind, part.kind) == (Kind::Raw, Kind::Raw) && last.direction == part.direction => {
                last.bytes.extend(&part.bytes);
            }
            _ => joined.push(part.clone()),
        }
    }

    joined
}

/// The parts as lines.
fn lines(parts: &[Part]) -> String {
    let mut lines = String::new();
    for part in parts {
        let Shown { dir, kind, weight, continued, text, clipped, note } = part.shown();
        let dir = if dir == Up { "up" } else { "down" };
        let mark = if continued { "+" } else { "" };
        let note = note.map(|note| format!(" ({note})")).unwrap_or_default();
        let clipped = if clipped > 0 { format!(" and {clipped} more") } else { String::new() };
        writeln!(lines, "{}", format!("{dir} {kind:?}{mark} {weight:?} {text}{clipped}{note}").trim_end()).unwrap();
    }

    lines
}

/// The parts without heads.
fn bodies(parts: &[Part]) -> String {
    let head = [Kind::RequestLine, Kind::StatusLine, Kind::Header, Kind::HeadEnd];
    let rest: Vec<_> = parts.iter().filter(|part| !head.contains(&part.kind)).cloned().collect();

    lines(&rest)
}

/// The parts of the channel's answer with this head and body, without heads.
#[track_caller]
fn answer(head: &str, body: &str) -> String {
    let answer = format!("HTTP/1.1 200 OK\r\n{head}{body}");

    bodies(&dissect(&[(Up, GET.as_bytes()), (Down, answer.as_bytes())]))
}

/// One chunk.
fn chunk(text: &str) -> String {
    format!("{:X}\r\n{text}\r\n", text.len())
}

fn totals(parts: &[Part]) -> Totals {
    let mut totals = Totals::default();
    parts.iter().for_each(|part| totals.count(part));

    totals
}
