//! What was at its limit: the server, or else what measures it. And what else a reader must know of a run.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::proc::Usage;

/// Above this share the machine is busy.
const BUSY: f64 = 0.95;
/// Above this share of one processor a thread of the clients is at its own limit.
const SATURATED: f64 = 0.9;
/// Above this share of the machine, what else runs on it disturbs.
const DISTURBED: f64 = 0.05;

/// Who was at the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// The machine was busy, though with nothing else, and no thread of the clients was: the server can do no more here.
    Server,
    /// Something was left, or the clients were slow: the server can do at least this.
    Client,
}

impl Verdict {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
        }
    }

    /// Of several: the server was at the limit only if it always was.
    pub(crate) fn of_all(verdicts: impl IntoIterator<Item = Self>) -> Self {
        let mut verdicts = verdicts.into_iter().peekable();
        let any = verdicts.peek().is_some();

        if any && verdicts.all(|verdict| verdict == Self::Server) { Self::Server } else { Self::Client }
    }
}

/// How busy all were.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Shares {
    /// The machine, of all its processors.
    pub(crate) machine: f64,
    /// The server, of one processor.
    pub(crate) server: f64,
    /// Each thread of the clients, of one processor.
    pub(crate) clients: Vec<f64>,
    /// What else ran, of all processors.
    pub(crate) others: f64,
}

impl Shares {
    /// While this was used; the publisher's time is given.
    pub(crate) fn of(used: &Usage, publisher: Duration) -> Self {
        let share = |part: Duration, whole: Duration| part.as_secs_f64() / whole.as_secs_f64().max(0.001);

        Self {
            machine: share(used.busy, used.all),
            server: share(used.server(), used.span),
            clients: used.clients.iter().map(|&thread| share(thread, used.span)).collect(),
            others: share(used.others(publisher), used.all),
        }
    }

    /// Who was at the limit.
    pub(crate) fn verdict(&self) -> Verdict {
        let is_slow = self.clients.iter().any(|&thread| thread > SATURATED);

        if self.machine > BUSY && self.others <= DISTURBED && !is_slow { Verdict::Server } else { Verdict::Client }
    }

    /// What disturbed, in words.
    pub(crate) fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        if self.others > DISTURBED {
            let percent = 100.0 * self.others;
            words.push(format!("the machine was busy with something else ({percent:.0} % of it)"));
        }
        if self.clients.iter().any(|&thread| thread > SATURATED) {
            words.push("a thread of the clients was at its limit: delays are theirs as well".to_owned());
        }

        words
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Verdict::{Client, Server},
        *,
    };

    fn shares(machine: f64, clients: &[f64]) -> Shares {
        Shares { machine, server: 1.0, clients: clients.to_vec(), others: 0.0 }
    }

    #[test]
    fn the_server_is_at_the_limit_where_the_machine_is_busy_and_no_thread_of_the_clients_is() {
        for (machine, clients, verdict) in [
            (0.99, [0.5, 0.6], Server),
            (0.96, [0.9, 0.1], Server),
            (0.95, [0.1, 0.1], Client),
            (0.99, [0.5, 0.91], Client),
            (0.2, [0.1, 0.1], Client),
        ] {
            assert_eq!(shares(machine, &clients).verdict(), verdict, "{machine} {clients:?}");
        }
    }

    #[test]
    fn a_machine_that_is_busy_with_something_else_says_nothing_of_the_server() {
        assert_eq!(Shares { others: 0.3, ..shares(0.99, &[0.5]) }.verdict(), Client);
    }

    #[test]
    fn one_doubt_is_enough() {
        assert_eq!(Verdict::of_all([Server, Server]), Server);
        assert_eq!(Verdict::of_all([Server, Client]), Client);
        assert_eq!(Verdict::of_all([]), Client);
    }

    #[test]
    fn what_disturbs_is_said() {
        assert_eq!(shares(0.5, &[0.5]).words(), Vec::<String>::new());
        assert_eq!(shares(0.5, &[0.95]).words().len(), 1);
        assert!(Shares { others: 0.3, ..shares(0.5, &[0.5]) }.words()[0].contains("30 %"));
    }
}
