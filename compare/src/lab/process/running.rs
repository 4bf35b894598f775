//! A process, as it is asked and ended.

use std::{collections::HashMap, future::pending, io, time::Duration};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::{mpsc, oneshot},
    time::{Instant, sleep_until, timeout},
};

use super::MOST_WAITING;
use crate::lab::line::{Answer, Numbered, Question};

/// A graceful stop takes 2 s at most. What has not ended by then is killed.
const LONGEST_STOP: Duration = Duration::from_secs(10);

/// A process that runs.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) child: Child,
    /// What it says.
    pub(super) lines: Lines<BufReader<ChildStdout>>,
    /// To its input; none once it is to end.
    pub(super) questions: Option<mpsc::Sender<Vec<u8>>>,
    /// Who waits for an answer.
    pub(super) asked: HashMap<u64, oneshot::Sender<Answer>>,
    number: u64,
    /// It has to end by then.
    pub(super) limit: Option<Instant>,
}

impl Running {
    pub(super) fn start(command: &mut Command) -> io::Result<Self> {
        let mut child = command.spawn()?;
        let not_piped = || io::Error::other("it has no input or no output");
        let output = child.stdout.take().ok_or_else(not_piped)?;
        let input = child.stdin.take().ok_or_else(not_piped)?;
        let (questions, receiver) = mpsc::channel(MOST_WAITING);
        tokio::spawn(write_all(receiver, input));

        Ok(Self {
            child,
            lines: BufReader::new(output).lines(),
            questions: Some(questions),
            asked: HashMap::new(),
            number: 0,
            limit: None,
        })
    }

    /// Asks, if it takes questions: who is not answered learns that from the end of the channel.
    pub(super) fn ask(&mut self, what: Question, answer: oneshot::Sender<Answer>) {
        if answer.is_closed() {
            return; // it was asked of the one before, and given up
        }
        self.number += 1;
        let number = self.number;
        let Ok(mut line) = serde_json::to_vec(&Numbered { number, what }) else { return };
        line.push(b'\n');
        if let Some(questions) = &self.questions
            && questions.try_send(line).is_ok()
        {
            self.asked.insert(number, answer);
        }
    }

    /// Its input ends.
    pub(super) fn end(&mut self) {
        if self.questions.take().is_some() {
            self.limit = Some(Instant::now() + LONGEST_STOP);
        }
    }

    pub(super) fn kill(&mut self) {
        self.limit = None;
        if let Err(error) = self.child.start_kill() {
            tracing::debug!(%error, "it has ended already");
        }
    }

    /// Its output has ended, and so it ends. Says how.
    pub(super) async fn reap(&mut self) -> String {
        self.questions = None;
        self.asked.clear(); // nobody waits any longer
        if timeout(LONGEST_STOP, self.child.wait()).await.is_err() {
            self.kill();
        }

        self.child.wait().await.map_or_else(|error| error.to_string(), |status| status.to_string())
    }
}

/// Waits for the limit, where there is one.
pub(super) async fn is_over(limit: Option<Instant>) {
    match limit {
        Some(limit) => sleep_until(limit).await,
        None => pending().await,
    }
}

/// Writes the questions one after the other: who does not read them holds up nobody else.
async fn write_all(mut lines: mpsc::Receiver<Vec<u8>>, mut input: ChildStdin) {
    while let Some(line) = lines.recv().await {
        if input.write_all(&line).await.is_err() {
            return; // it has ended
        }
    }
}
