//! The results as far as a text quotes them. What was not measured is `None`.

use std::fs;

use serde_json::{Value, json};

use crate::root;

/// Ours, and what is not a peer but a measure.
const OURS: &str = "five-ways";
const BARE: &str = "bare";
const LIMITS: [&str; 2] = ["limit", "limit-joined"];

pub(super) struct Results(pub(super) Value);

/// A figure, and whether it is only a lower bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Measured {
    pub(super) value: f64,
    pub(super) at_least: bool,
}

/// How a figure follows from a subject.
pub(super) type Figure = fn(&Value) -> Option<Measured>;

impl Results {
    pub(super) fn read() -> Self {
        let text = fs::read_to_string(root().join("compare/bench/results.json")).unwrap();

        Self::of_all(serde_json::from_str(&text).unwrap())
    }

    /// Each subject gets to know the numbers of clients that all are compared at: one that gave up earlier has no figure there.
    fn of_all(mut all: Value) -> Self {
        let subjects = all["subjects"].as_array_mut().unwrap();
        let idle = subjects.iter().filter_map(most_clients).max();
        let crowd = subjects.iter().map(largest_crowd).max();
        for subject in subjects {
            subject["compared"] = json!({ "idle": idle, "crowd": crowd });
        }

        Self(all)
    }

    /// Those of this way, each with its name.
    fn subjects(&self, way: &str) -> impl Iterator<Item = (&str, &Value)> {
        let all = self.0["subjects"].as_array().unwrap().iter();

        all.filter(move |one| one["transport"] == way).map(|one| (one["peer"].as_str().unwrap(), one))
    }

    /// Ours of this way.
    pub(super) fn one(&self, way: &str) -> Option<&Value> {
        self.subjects(way).find(|(name, _)| *name == OURS).map(|one| one.1)
    }

    pub(super) fn ours(&self, way: &str, figure: Figure) -> Option<Measured> {
        self.of(OURS, way, figure)
    }

    pub(super) fn bare(&self, way: &str, figure: Figure) -> Option<Measured> {
        self.of(BARE, way, figure)
    }

    fn of(&self, peer: &str, way: &str, figure: Figure) -> Option<Measured> {
        figure(self.subjects(way).find(|(name, _)| *name == peer)?.1)
    }

    /// The best of the other peers. One that lost messages is none.
    pub(super) fn best(&self, way: &str, figure: Figure, more_is_better: bool) -> Option<(&str, Measured)> {
        let is_peer = |name: &str| name != OURS && name != BARE && !LIMITS.contains(&name);
        let kept = self.subjects(way).filter(|(name, one)| is_peer(name) && median(one, "lost") == Some(0.0));

        better(kept, figure, more_is_better)
    }

    pub(super) fn limit(&self, way: &str, figure: Figure, more_is_better: bool) -> Option<Measured> {
        let limits = self.subjects(way).filter(|(name, _)| LIMITS.contains(name));

        better(limits, figure, more_is_better).map(|best| best.1)
    }

    /// The most clients that were idle at once.
    pub(super) fn most_clients(&self) -> u64 {
        self.0["subjects"][0]["compared"]["idle"].as_u64().unwrap_or_default()
    }

    /// Of the crowd that the tables show.
    pub(super) fn crowd_clients(&self) -> u64 {
        self.0["subjects"][0]["compared"]["crowd"].as_u64().unwrap_or_default()
    }

    /// What a reader must know of all, and of ours.
    pub(super) fn notes(&self) -> Vec<String> {
        let words =
            |of: &Value| of["words"].as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect();
        let mut notes: Vec<String> = words(&self.0);
        for one in self.0["subjects"].as_array().unwrap().iter().filter(|one| one["peer"] == OURS) {
            let of_one: Vec<String> = words(one);
            notes.extend(of_one.iter().map(|word| format!("{}: {word}", one["transport"].as_str().unwrap())));
        }
        notes
    }

    /// The load of the rounds.
    pub(super) fn base(&self) -> &Value {
        let runs = self.0["subjects"].as_array().unwrap().iter().flat_map(rounds);

        runs.map(|run| &run["load"]).next().unwrap()
    }
}

fn better<'a>(
    all: impl Iterator<Item = (&'a str, &'a Value)>,
    figure: Figure,
    more_is_better: bool,
) -> Option<(&'a str, Measured)> {
    let mut all: Vec<_> = all.filter_map(|(name, one)| Some((name, figure(one)?))).collect();
    all.retain(|(_, one)| !more_is_better || one.value > 0.0);
    all.sort_by(|(_, a), (_, b)| a.value.total_cmp(&b.value));

    if more_is_better { all.pop() } else { all.into_iter().next() }
}

fn exact(value: f64) -> Option<Measured> {
    Some(Measured { value, at_least: false })
}

/// Of the rounds.
pub(super) fn median(subject: &Value, name: &str) -> Option<f64> {
    subject["figures"].as_array()?.iter().find(|figure| figure["name"] == name)?["median"].as_f64()
}

pub(super) fn cpu(subject: &Value) -> Option<Measured> {
    exact(median(subject, "CPU")?)
}

pub(super) fn cpu_own(subject: &Value) -> Option<Measured> {
    exact(median(subject, "CPU, user")?)
}

pub(super) fn cpu_kernel(subject: &Value) -> Option<Measured> {
    exact(median(subject, "CPU, system")?)
}

pub(super) fn bytes(subject: &Value) -> Option<Measured> {
    exact(median(subject, "bytes")?)
}

/// For each request, of which a poll is one.
pub(super) fn cpu_of_a_poll(subject: &Value) -> Option<Measured> {
    let each = |run: &Value| Some((number(&run["user_us"])? + number(&run["system_us"])?) / number(&run["requests"])?);

    exact(middle(rounds(subject).filter_map(each).filter(|each| each.is_finite()))?)
}

/// What a server grew by in the rounds, in bytes for each client.
pub(super) fn silent(subject: &Value) -> Option<f64> {
    middle(rounds(subject).filter_map(server))
}

/// The server's, in kB, at the most clients.
pub(super) fn memory(subject: &Value) -> Option<Measured> {
    exact(memories(subject)?.0)
}

/// The server's, and its half of the kernel's where that tells something.
pub(super) fn memories(subject: &Value) -> Option<(f64, Option<f64>)> {
    let most = &subject["compared"]["idle"];
    let idle = subject["idle"].as_array()?.iter().find(|idle| idle["clients"] == *most)?;

    Some((number(&idle["server"])?, number(&idle["kernel"])))
}

/// The highest rate of deliveries in time.
pub(super) fn in_time(subject: &Value) -> Option<Measured> {
    highest(&crowd(subject)?["in_time"])
}

/// The same of a publisher that waits for each answer.
pub(super) fn waiting(subject: &Value) -> Option<Measured> {
    highest(&crowd(subject)?["waiting"])
}

pub(super) fn post_p50(subject: &Value) -> Option<Measured> {
    exact(number(&crowd(subject)?["posts"]["p50"])? / 1e3)
}

pub(super) fn post_p90(subject: &Value) -> Option<Measured> {
    exact(number(&crowd(subject)?["posts"]["p90"])? / 1e3)
}

fn highest(highest: &Value) -> Option<Measured> {
    Some(Measured { value: number(&highest["deliveries"])?, at_least: highest["verdict"] == "client" })
}

/// The one that all are compared by.
fn crowd(subject: &Value) -> Option<&Value> {
    subject["crowds"].as_array()?.iter().find(|crowd| crowd["clients"] == subject["compared"]["crowd"])
}

fn largest_crowd(subject: &Value) -> u64 {
    let crowds = subject["crowds"].as_array().into_iter().flatten();

    crowds.filter_map(|crowd| crowd["clients"].as_u64()).max().unwrap_or_default()
}

fn most_clients(subject: &Value) -> Option<u64> {
    subject["idle"].as_array()?.iter().filter_map(|idle| idle["clients"].as_u64()).max()
}

fn rounds(subject: &Value) -> impl Iterator<Item = &Value> {
    subject["runs"].as_array().into_iter().flatten().filter(|run| run["round"] != 0)
}

fn server(run: &Value) -> Option<f64> {
    let grown = number(&run["memory"]["server_with_all"])? - number(&run["memory"]["server_before"])?;

    Some(grown.max(0.0) / number(&run["load"]["clients"])?)
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64()
}

pub(super) fn middle(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;

    Some(values[last / 2].midpoint(values[values.len() / 2]))
}

#[test]
fn a_peer_that_gave_up_or_lost_messages_is_not_the_best() {
    let subject = |peer: &str, lost: f64, cpu: f64, clients: u64| {
        let figures = json!([{ "name": "lost", "median": lost }, { "name": "CPU", "median": cpu }]);
        let idle = json!([{ "clients": clients, "server": 1.0 }]);
        json!({ "peer": peer, "transport": "sse", "figures": figures, "idle": idle, "runs": [], "crowds": [] })
    };
    let results = Results::of_all(json!({ "subjects": [
        subject("five-ways", 0.0, 4.0, 9_500),
        subject("loses", 1.0, 1.0, 9_500),
        subject("gives-up", 0.0, 3.0, 100),
        subject("limit", 0.0, 2.0, 9_500),
    ] }));

    assert_eq!(results.best("sse", cpu, false), Some(("gives-up", Measured { value: 3.0, at_least: false })));
    assert_eq!(results.best("sse", memory, false), None);
    assert_eq!(results.limit("sse", cpu, false), exact(2.0));
    assert_eq!(results.ours("sse", memory), exact(1.0));
    assert_eq!(results.ours("sse", in_time), None);
}
