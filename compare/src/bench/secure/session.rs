//! All that is measured, each line in its turn, so that what disturbs one round disturbs all lines of it.

use std::{io, path::Path, time::Duration};

use futures_util::future::try_join_all;
use jiff::ZonedDateTime;

use super::{
    Args, bytes, checks,
    results::{Measured, Secure},
};
use crate::{
    bench::{
        line::Line,
        load::Load,
        machine::Machine,
        measure,
        peers::{Peer, Subject},
        plan::{RATE, SIZE},
        progress::Progress,
        round,
        server::Server,
    },
    transports::{ALL, Row},
};

/// A client of polling waits so long before it asks again.
const INTERVAL: Duration = Duration::from_secs(1);
/// The ways whose single request is looked at.
const ASKED: [Row; 2] = [ALL[0], ALL[1]];
/// The lines that a single request is looked at by: shared, it would be no other.
const ASKED_BY: [Line; 3] = [Line::Clear, Line::Tls, Line::H2];

/// What is measured, and what is known so far.
pub(super) struct Session<'a> {
    args: &'a Args,
    folder: &'a Path,
    ours: Peer,
    subjects: Vec<(Subject, Measured)>,
    progress: Progress,
}

impl<'a> Session<'a> {
    /// # Errors
    /// When the system does not say where this program is.
    pub(super) fn of(args: &'a Args, folder: &'a Path) -> io::Result<Self> {
        let ours = Peer::ours()?;
        let mut subjects = Vec::new();
        for row in args.rows() {
            let lines = Line::ALL.into_iter().filter(|line| !(row.two_way && line.is_h2())); // it is not offered there
            subjects.extend(lines.map(|line| {
                let subject = Subject { peer: ours.by(line, folder), row };
                (subject, Measured::of(row, line))
            }));
        }
        let steps = subjects.len() as u64 * (1 + u64::from(args.rounds)) + 1;

        Ok(Self { args, folder, ours, subjects, progress: Progress::of(steps) })
    }

    /// # Errors
    /// When a server does not come up, refuses a client, or does not keep the contract.
    pub(super) async fn measure(mut self) -> io::Result<Secure> {
        self.check().await?;
        let bytes = self.bytes().await?;
        for round in 1..=self.args.rounds {
            self.round(round).await?;
        }
        let slow = "built without --release: the figures of time say little".to_owned();

        let mut secure = Secure {
            format: 1,
            command: measure::command("--features tls "),
            date: ZonedDateTime::now().strftime("%Y-%m-%d %H:%M:%S %:z").to_string(),
            took_seconds: 0.0,
            machine: Machine::this(),
            words: if cfg!(debug_assertions) { vec![slow] } else { Vec::new() },
            bytes,
            goals: Vec::new(),
            subjects: self.subjects.into_iter().map(|(_, measured)| measured).collect(),
        };
        secure.sum_up();

        Ok(secure)
    }

    /// Figures of a server that loses messages say nothing.
    async fn check(&mut self) -> io::Result<()> {
        for (subject, measured) in &mut self.subjects {
            self.progress.now(&format!("{}, checks", measured.name()));
            let server = Server::start(subject)?;
            let checks = checks::run(subject, server.address).await?;
            if let Some(failed) = checks.iter().find_map(|check| check.failed()) {
                return Err(io::Error::other(format!("{}: {failed}", measured.name())));
            }
            measured.checks = checks;
            self.progress.step();
        }

        Ok(())
    }

    async fn bytes(&self) -> io::Result<Vec<bytes::Request>> {
        self.progress.now("bytes of single requests");
        let asked = ASKED.into_iter().flat_map(|row| ASKED_BY.map(|line| (row, line)));
        let subjects: Vec<_> =
            asked.map(|(row, line)| Subject { peer: self.ours.by(line, self.folder), row }).collect();
        let all = try_join_all(subjects.iter().map(bytes::measure)).await?;
        self.progress.step();

        Ok(all)
    }

    async fn round(&mut self, round: u32) -> io::Result<()> {
        let Args { clients, seconds, .. } = *self.args;
        let load = Load { clients, rate: RATE, size: SIZE, seconds, interval: INTERVAL };
        for (subject, measured) in &mut self.subjects {
            self.progress.now(&format!("{}, round {round}", measured.name()));
            measured.runs.push(round::run(subject, &load, round).await?);
            self.progress.step();
        }

        Ok(())
    }
}
