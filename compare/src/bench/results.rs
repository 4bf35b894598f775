//! All that was measured, as it is written to `results.json`.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};

use super::{
    checks::Check,
    figures::{self, Figure, Idle},
    machine::Machine,
    peers::{Role, Subject},
    run::Run,
    verdict::Verdict,
};

/// Of `results.json`: what is of another form is not read.
pub(crate) const FORMAT: u32 = 2;

/// All of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Results {
    /// [`FORMAT`].
    pub(crate) format: u32,
    pub(crate) command: String,
    pub(crate) date: String,
    pub(crate) took_seconds: f64,
    pub(crate) machine: Machine,
    /// What a reader must know of all, in words.
    pub(crate) words: Vec<String>,
    pub(crate) subjects: Vec<Measured>,
}

impl Results {
    /// Those of a file, summed up anew.
    ///
    /// # Errors
    /// When the file cannot be read, or is of another form.
    pub(crate) fn read(file: &Path) -> io::Result<Self> {
        let cannot = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", file.display()));
        let text = fs::read(file).map_err(cannot)?;
        let mut results: Self = serde_json::from_slice(&text).map_err(|error| cannot(error.into()))?;
        if results.format != FORMAT {
            return Err(cannot(io::Error::other(format!("it is of form {}, not {FORMAT}", results.format))));
        }
        results.subjects.iter_mut().for_each(Measured::sum_up);

        Ok(results)
    }
}

/// One way of one peer.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Measured {
    pub(crate) peer: String,
    pub(crate) transport: String,
    pub(crate) checks: Vec<Check>,
    /// Of the rounds under the first load.
    #[serde(skip_deserializing)]
    pub(crate) figures: Vec<Figure>,
    /// What an idle client takes, by how many there are.
    #[serde(skip_deserializing)]
    pub(crate) idle: Vec<Idle>,
    /// What a reader must know of its rounds, each thing once.
    #[serde(skip_deserializing)]
    pub(crate) words: Vec<String>,
    /// The raw samples: each round, then one of each other load.
    pub(crate) runs: Vec<Run>,
    pub(crate) crowds: Vec<Crowd>,
}

impl Measured {
    /// So far only checked.
    pub(crate) fn of(subject: &Subject, checks: Vec<Check>) -> Self {
        let (peer, transport) = (subject.peer.name.clone(), subject.row.transport.name.to_owned());
        let (figures, idle, words, runs, crowds) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());

        Self { peer, transport, checks, figures, idle, words, runs, crowds }
    }

    /// What follows from its runs.
    pub(crate) fn sum_up(&mut self) {
        let rounds: Vec<Run> = self.runs.iter().filter(|run| run.round > 0).cloned().collect();
        self.figures = figures::of(&rounds);
        self.idle = figures::idle_by_clients(&self.runs);
        self.words = self.noted();
    }

    /// It is one of the five, and no peer.
    pub(crate) fn is_ours(&self) -> bool {
        self.role() == Role::Ours
    }

    /// What it is to the comparison.
    pub(crate) fn role(&self) -> Role {
        Role::of(&self.peer)
    }

    /// How it is called in tables and plots.
    pub(crate) fn name(&self) -> String {
        if self.is_ours() { self.transport.clone() } else { format!("{} {}", self.peer, self.transport) }
    }

    /// A figure by its name.
    pub(crate) fn figure(&self, name: &str) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.name == name)
    }

    fn noted(&self) -> Vec<String> {
        let timed = self.crowds.iter().filter_map(|crowd| crowd.posts.as_ref()).map(|posts| &posts.run);

        noted(&self.runs.iter().chain(timed).collect::<Vec<_>>())
    }
}

/// What disturbed these: each thing once, where it was worst, with how often it was so.
pub(crate) fn noted(runs: &[&Run]) -> Vec<String> {
    let kind = |word: &str| word.split('(').next().map(str::to_owned);
    let mut said: Vec<&String> = runs.iter().flat_map(|run| &run.words).collect();
    said.sort_unstable();
    let groups = said.chunk_by(|one, other| kind(one) == kind(other));
    let often = groups.map(|group| {
        let worst = group.iter().max_by_key(|word| first_number(word)).map_or("", |word| word.as_str());
        format!("in {} of {} rounds {worst}", group.len(), runs.len())
    });

    often.collect()
}

fn first_number(text: &str) -> u64 {
    let digits = text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit);

    digits.collect::<String>().parse().unwrap_or_default()
}

/// What many clients leave to a publisher.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Crowd {
    pub(crate) clients: u32,
    /// Of a publisher that does not wait for answers.
    pub(crate) in_time: Highest,
    /// Of one that does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) waiting: Option<Highest>,
    /// A text each 25 ms, and how long its answer took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) posts: Option<Posts>,
}

/// The highest rate that was held.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Highest {
    /// Messages a second; 0 where none was held.
    pub(crate) rate: f64,
    /// Deliveries a second.
    pub(crate) deliveries: f64,
    pub(crate) p99_us: u64,
    pub(crate) verdict: Verdict,
    /// All that was tried.
    pub(crate) trials: Vec<Run>,
}

/// How long a POST's answer took, in microseconds.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Posts {
    pub(crate) p50: u64,
    pub(crate) p90: u64,
    pub(crate) p99: u64,
    pub(crate) run: Run,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_is_told() {
        assert_eq!(["busy (9 % of it)", "lost (10 of 5)", "late"].map(first_number), [9, 10, 0]);
    }
}
