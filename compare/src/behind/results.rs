//! All that was measured through proxies, as it is written to `results.json`.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};

use super::contract::Asked;
use crate::{bench::machine::Machine, transports::ALL};

/// Of `results.json`: what is of another form is not read.
pub(super) const FORMAT: u32 = 1;
/// An event that is later than this, in milliseconds, is held back.
const LATE_MS: f64 = 100.0;
/// Who left is to be known within so many seconds.
const SOON_S: f64 = 5.0;
/// Of a limit below this, in seconds, it is not said that something never comes.
const NEVER_S: u64 = 60;

/// All of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Results {
    pub(super) format: u32,
    pub(super) command: String,
    pub(super) date: String,
    pub(super) took_seconds: f64,
    pub(super) machine: Machine,
    /// What a reader must know of all, in words.
    pub(super) words: Vec<String>,
    /// In the order of the page.
    pub proxies: Vec<Measured>,
}

impl Results {
    /// Those of a file.
    ///
    /// # Errors
    /// When the file cannot be read, or is of another form.
    pub fn read(file: &Path) -> io::Result<Self> {
        let cannot = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", file.display()));
        let results: Self =
            serde_json::from_slice(&fs::read(file).map_err(cannot)?).map_err(|error| cannot(error.into()))?;
        if results.format != FORMAT {
            return Err(cannot(io::Error::other(format!("it is of form {}, not {FORMAT}", results.format))));
        }

        Ok(results)
    }

    /// When, by which command, and on which machine.
    pub fn run(&self) -> String {
        let Machine { processors, kernel, .. } = &self.machine;
        let notes: String = self.words.iter().map(|word| format!("- Note: {word}\n")).collect();

        format!(
            "- When: {}, in {:.0} minutes\n- Command: `{}`\n- Machine: {processors} processors, {kernel}\n{notes}",
            self.date,
            self.took_seconds / 60.0,
            self.command,
        )
    }

    /// A row for each proxy: what is wrong with each way as it comes, and what is where it is right.
    pub fn table(&self) -> String {
        let titles = ALL.map(|row| row.transport.title).join(" | ");
        let mut table = format!("| proxy | {titles} |\n|---|---|---|---|---|---|\n");
        for Measured { title, version, as_it_comes, right, .. } in &self.proxies {
            let cells = as_it_comes.cells().into_iter().zip(right.cells());
            let cells =
                cells.map(
                    |(comes, right)| {
                        if comes == right && right == "●" { right } else { format!("{comes} → {right}") }
                    },
                );
            let cells: Vec<String> = cells.collect();
            table += &format!("| {title} {version} | {} |\n", cells.join(" | "));
        }

        table
    }
}

/// One proxy.
#[derive(Debug, Serialize, Deserialize)]
pub struct Measured {
    /// As on the command line.
    pub name: String,
    /// As in a text.
    pub title: String,
    /// What the program says of itself.
    pub version: String,
    /// With the shortest configuration that forwards everything.
    pub as_it_comes: Through,
    /// With the fewest lines by which all ways work.
    pub right: Through,
}

/// What passes through one configuration.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Through {
    /// Why it could not be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Of each of the five.
    pub ways: Vec<Way>,
    /// Whether a head is passed on before its body comes.
    pub head_alone: Option<bool>,
    /// Requests that were held.
    pub held: Vec<Held>,
    /// How many clauses of the contract each way was asked.
    pub clauses: usize,
}

impl Through {
    /// What the contract's tests say of each way.
    pub(super) fn note(&mut self, asked: Vec<Asked>) {
        self.clauses = asked.len() / self.ways.len().max(1);
        for one in asked.into_iter().filter(|one| !one.is_kept) {
            let way = self.ways.iter_mut().find(|way| way.way.replace('-', "_") == one.way);
            way.into_iter().for_each(|way| way.failed.push(one.clause.clone()));
        }
    }

    /// The cell of each way; where it could not be asked, none.
    fn cells(&self) -> Vec<String> {
        ALL.map(|row| {
            let way = self.ways.iter().find(|way| way.way == row.transport.name);
            way.map_or_else(|| "–".to_owned(), Way::cell)
        })
        .into()
    }
}

/// What became of one way.
#[derive(Debug, Serialize, Deserialize)]
pub struct Way {
    /// Its name.
    pub way: String,
    /// What a POST with a browser's Origin is answered.
    pub post: Option<u16>,
    /// What a handshake with one is answered, where it begins with one.
    pub handshake: Option<u16>,
    /// The same without.
    pub handshake_without_origin: Option<u16>,
    /// Whether what is published arrives within ten seconds.
    pub arrives: bool,
    /// How late it is, in the middle of some twenty.
    pub delay_ms: Option<f64>,
    /// Where somebody waits: how soon it is known that they left.
    pub left: Option<Left>,
    /// Clauses of the contract that it fails.
    pub failed: Vec<String>,
}

/// How soon it is known that somebody left.
#[derive(Debug, Serialize, Deserialize)]
pub struct Left {
    /// None within the limit.
    pub after_s: Option<f64>,
    /// For so long it was waited.
    pub limit_s: u64,
}

/// A request that is held.
#[derive(Debug, Serialize, Deserialize)]
pub struct Held {
    /// For so long.
    pub hold_s: u64,
    /// What it was answered; nothing in a long time.
    pub status: Option<u16>,
    /// After how long.
    pub after_s: f64,
    /// How often it was asked at the server meanwhile: once, if nothing between asks again.
    pub asked: usize,
}

impl Way {
    /// What is wrong with it, a letter for each; nothing where all is right.
    ///
    /// - `o`: POST and handshake are refused for their Origin, since Host was replaced
    /// - `w`: there is no WebSocket
    /// - `s`: nothing arrives
    /// - `d`: each event is late
    /// - `l`, `L`: leaving is noticed late, or never
    /// - `c`: nothing of this, and yet a clause of the contract is not kept
    pub fn letters(&self) -> Vec<char> {
        let has_socket = self.handshake_without_origin.is_none_or(|status| status == 101);
        let mut letters = Vec::new();
        if self.post == Some(403) || self.handshake == Some(403) && has_socket {
            letters.push('o');
        }
        if !has_socket {
            letters.push('w');
        } else if !self.arrives {
            letters.push('s');
        }
        if self.delay_ms.is_some_and(|delay| delay > LATE_MS) {
            letters.push('d');
        }
        letters.extend(self.left.as_ref().and_then(Left::letter));
        if letters.is_empty() && (self.post != Some(201) || !self.failed.is_empty()) {
            letters.push('c');
        }

        letters
    }

    /// The same as a cell of the table.
    pub fn cell(&self) -> String {
        let letters: Vec<String> = self.letters().iter().map(char::to_string).collect();

        if letters.is_empty() { "●".to_owned() } else { letters.join(" ") }
    }
}

impl Left {
    fn letter(&self) -> Option<char> {
        match self.after_s {
            Some(after) if after <= SOON_S => None,
            None if self.limit_s >= NEVER_S => Some('L'),
            _ => Some('l'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Way {
        Way {
            way: "websocket".to_owned(),
            post: Some(201),
            handshake: Some(101),
            handshake_without_origin: Some(101),
            arrives: true,
            delay_ms: Some(1.0),
            left: Some(Left { after_s: Some(0.1), limit_s: 60 }),
            failed: Vec::new(),
        }
    }

    #[test]
    fn each_letter_follows_from_what_was_measured() {
        let left = |after_s, limit_s| Some(Left { after_s, limit_s });

        for (way, cell) in [
            (good(), "●"),
            (Way { post: Some(403), handshake: Some(403), ..good() }, "o"),
            (Way { handshake: Some(403), ..good() }, "o"),
            (Way { post: Some(502), ..good() }, "c"),
            (
                Way { handshake: Some(400), handshake_without_origin: Some(400), arrives: false, left: None, ..good() },
                "w",
            ),
            (Way { arrives: false, delay_ms: None, left: left(None, 60), ..good() }, "s L"),
            (Way { delay_ms: Some(200.0), left: left(Some(24.0), 60), ..good() }, "d l"),
            (Way { left: left(None, 6), ..good() }, "l"),
            (Way { failed: vec!["a_text_is_published".to_owned()], ..good() }, "c"),
        ] {
            assert_eq!(way.cell(), cell, "{way:?}");
        }
    }
}
