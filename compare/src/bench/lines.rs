//! JSON with each run on a line of its own: what is deeper stands on one line, so that a file of many runs stays small, and
//! a diff of two says which runs differ.

use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

/// The results, a subject's list of runs, and so on: what is deeper is not indented.
const DEPTH: usize = 4;

/// A value in this form.
///
/// # Errors
/// When it cannot be JSON.
pub(crate) fn json(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut text = Vec::new();
    let lines = Lines { depth: 0, pretty: PrettyFormatter::with_indent(b" "), compact: CompactFormatter };
    value.serialize(&mut Serializer::with_formatter(&mut text, lines))?;
    text.push(b'\n');

    Ok(text)
}

struct Lines<'a> {
    depth: usize,
    pretty: PrettyFormatter<'a>,
    compact: CompactFormatter,
}

/// Each by the one formatter or the other.
macro_rules! by_depth {
    ($($name:ident($($argument:ident: $kind:ty),*) $change:ident;)*) => {$(
        fn $name<W: ?Sized + io::Write>(&mut self, writer: &mut W $(, $argument: $kind)*) -> io::Result<()> {
            let depth = self.$change();
            if depth <= DEPTH { self.pretty.$name(writer $(, $argument)*) } else { self.compact.$name(writer $(, $argument)*) }
        }
    )*};
}

impl Lines<'_> {
    fn same(&self) -> usize {
        self.depth
    }

    fn deeper(&mut self) -> usize {
        self.depth += 1;
        self.depth
    }

    /// What ends is at the depth at which it began.
    fn back(&mut self) -> usize {
        self.depth -= 1;
        self.depth + 1
    }
}

impl Formatter for Lines<'_> {
    by_depth! {
        begin_array() deeper;
        end_array() back;
        begin_array_value(first: bool) same;
        end_array_value() same;
        begin_object() deeper;
        end_object() back;
        begin_object_key(first: bool) same;
        begin_object_value() same;
        end_object_value() same;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    #[test]
    fn each_run_has_a_line_of_its_own() {
        let run = |round: u32| json!({"delay": {"histogram": [[1, round], [2, 0]]}, "round": round, "words": []});
        let value = json!({"subjects": [{"peer": "bare", "runs": [run(1), run(2)]}], "words": []});

        let text = String::from_utf8(super::json(&value).unwrap()).unwrap();

        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let wanted = r#"{"delay":{"histogram":[[1,2],[2,0]]},"round":2,"words":[]}"#;
        assert!(lines.contains(&wanted), "{text}");
        assert_eq!(lines.len(), 12, "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
