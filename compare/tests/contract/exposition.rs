//! Reads the text form of Prometheus, and is stricter than that: each line must be as ours is written.

use std::collections::BTreeMap;

/// The samples, by name and labels as they stand.
#[derive(Debug)]
pub(crate) struct Exposition(BTreeMap<String, f64>);

impl Exposition {
    /// Reads a whole text.
    ///
    /// # Panics
    /// At the first line that is wrong.
    pub(crate) fn read(text: &str) -> Self {
        let (mut samples, mut seen) = (BTreeMap::new(), Vec::<&str>::new());
        assert!(text.ends_with('\n'), "the last line has an end, too: {text}");
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            let (name, help) = line.strip_prefix("# HELP ").and_then(|rest| rest.split_once(' ')).expect(line);
            let kind = lines.next().and_then(|line| line.strip_prefix(&format!("# TYPE {name} "))).expect(line);
            assert!(is_name(name) && name.starts_with("five_ways_"), "{line}");
            assert!(!seen.contains(&name), "all of a metric stands together: {line}");
            assert!(help.ends_with('.') && !help.contains('\\'), "{line}");
            assert_eq!(kind, if name.ends_with("_total") { "counter" } else { "gauge" }, "{line}");
            seen.push(name);
            let before = samples.len();
            while let Some(line) = lines.next_if(|line| !line.starts_with('#')) {
                let (sample, value) = line.rsplit_once(' ').expect(line);
                let labels = sample.strip_prefix(name).unwrap_or_else(|| panic!("it is not of {name}: {line}"));
                assert!(labels.is_empty() || is_label(labels), "{line}");
                let value = value.parse().unwrap_or_else(|error| panic!("{error}: {line}"));
                assert!(samples.insert(sample.to_owned(), value).is_none(), "it stands twice: {line}");
            }
            assert!(samples.len() > before, "{name} has no sample");
        }

        Self(samples)
    }

    /// The value of a sample, by its name without `five_ways_`.
    pub(crate) fn get(&self, sample: &str) -> Option<f64> {
        self.0.get(&format!("five_ways_{sample}")).copied()
    }

    /// The sum of all samples of a metric.
    pub(crate) fn sum(&self, name: &str) -> f64 {
        let of_it = |sample: &&String| sample.split('{').next() == Some(&format!("five_ways_{name}"));

        self.0.keys().filter(of_it).map(|sample| self.0[sample]).sum()
    }
}

fn is_name(name: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_lowercase() || c == '_';

    name.starts_with(is_letter) && name.chars().all(|c| is_letter(c) || c.is_ascii_digit())
}

/// `{name="value"}`, with nothing in it that must be escaped.
fn is_label(text: &str) -> bool {
    let label = text.strip_prefix('{').and_then(|rest| rest.strip_suffix("\"}")?.split_once("=\""));

    label.is_some_and(|(name, value)| is_name(name) && !value.is_empty() && !value.contains(['"', '\\']))
}

#[test]
fn a_line_that_is_wrong_is_found() {
    let head = "# HELP five_ways_a_total A.\n# TYPE five_ways_a_total counter\n";
    let good = format!("{head}five_ways_a_total{{is=\"b\"}} 1\nfive_ways_a_total{{is=\"c\"}} 0.5\n");

    let read = Exposition::read(&good);

    assert_eq!((read.get("a_total{is=\"b\"}"), read.sum("a_total")), (Some(1.0), 1.5));
    for wrong in [
        head.to_owned(),
        format!("{good}{good}"),
        format!("{good}\n"),
        good.trim_end().to_owned(),
        good.replace("counter", "gauge"),
        good.replace("\"c\"", "\"b\""),
        good.replace("{is=\"c\"}", "{is=c}"),
        good.replace("0.5", "much"),
        good.replace("five_ways_a_total{is=\"c\"}", "five_ways_b_total"),
        good.replace("# HELP", "# HELLO"),
        good.replace("five_ways_a", "five-ways_a"),
    ] {
        assert!(std::panic::catch_unwind(|| Exposition::read(&wrong)).is_err(), "{wrong}");
    }
}
