//! What is measured, and how often.

use super::{args::Args, load::Load};

/// The load that is measured in rounds, if nothing else is asked for.
const CLIENTS: u32 = 1_000;
pub(crate) const RATE: u32 = 10;
pub(crate) const SIZE: u16 = 100;
/// So many are served while the highest rate is sought.
const CROWD: u32 = 5_000;
/// So many rates of a peer are tried.
const TRIALS_OF_A_PEER: u32 = 5;
/// The other loads, one field of the usual one changed in each.
const MORE_CLIENTS: [u32; 3] = [100, 5_000, 9_500];
const MORE_RATES: [u32; 2] = [1, 100];
const MORE_SIZES: [u16; 2] = [1_000, 4_000];

/// What is measured of each.
#[derive(Debug)]
pub(crate) struct Plan {
    /// In rounds, each in its turn.
    pub(crate) base: Load,
    pub(crate) rounds: u32,
    /// Once each: how the figures grow.
    pub(crate) growth: Vec<Load>,
    /// Where the highest rate is sought, and how a POST fares meanwhile.
    pub(crate) crowds: Vec<Crowd>,
}

/// Many clients, and what is asked of their server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crowd {
    /// With its length for one trial.
    pub(crate) load: Load,
    /// So many rates are tried at most.
    pub(crate) trials: u32,
    /// Also how long a POST takes, and how far a publisher comes that waits for each answer.
    pub(crate) posts: bool,
}

impl Crowd {
    /// Whether one is measured with it: a peer only with the one that is asked for.
    pub(crate) fn is_for(&self, is_ours: bool) -> bool {
        is_ours || self.posts
    }

    /// For one of ours, or for a peer: of that, the highest rate is sought less closely.
    pub(crate) fn of(self, is_ours: bool) -> Self {
        Self { trials: if is_ours { self.trials } else { self.trials.min(TRIALS_OF_A_PEER) }, ..self }
    }
}

impl Plan {
    /// What a command line asks for.
    pub(crate) fn of(args: &Args) -> Self {
        let is_given = args.clients.is_some() || args.rate.is_some() || args.size.is_some() || args.seconds.is_some();
        let base = Load {
            clients: args.clients.unwrap_or(CLIENTS),
            rate: args.rate.unwrap_or(RATE),
            size: args.size.unwrap_or(SIZE),
            seconds: args.seconds.unwrap_or(if args.quick { 3 } else { 5 }),
            interval: args.interval,
        };
        let crowd = args.crowd.unwrap_or(if is_given { 0 } else { CROWD });

        let smaller = match (is_given, args.quick) {
            (true, _) => &[][..],
            (false, true) => &[100],
            (false, false) => &[100, 1_000],
        };

        Self {
            base,
            rounds: args.rounds.unwrap_or(if args.quick { 2 } else { 3 }),
            growth: if is_given || args.quick { Vec::new() } else { growth(base) },
            crowds: if crowd == 0 { Vec::new() } else { crowds(base, crowd, is_given || args.quick, smaller) },
        }
    }

    /// The most that are open at once.
    pub(crate) fn most_clients(&self) -> u64 {
        let growth = self.growth.iter().map(|load| load.clients);
        let crowds = self.crowds.iter().map(|crowd| crowd.load.clients);

        growth.chain(crowds).fold(self.base.clients, u32::max).into()
    }

    /// Whether one is measured under this load: a peer only with the fewest and the most clients.
    pub(crate) fn grows(&self, load: &Load, is_ours: bool) -> bool {
        let is_end = [MORE_CLIENTS[0], MORE_CLIENTS[MORE_CLIENTS.len() - 1]].contains(&load.clients);

        is_ours || (is_end && (load.rate, load.size) == (self.base.rate, self.base.size))
    }

    /// How many steps it has for one subject.
    pub(crate) fn steps(&self, is_ours: bool) -> u64 {
        let growth = self.growth.iter().filter(|load| self.grows(load, is_ours)).count();
        let crowds = self.crowds.iter().filter(|crowd| crowd.is_for(is_ours)).count();

        1 + u64::from(self.rounds) + (growth + crowds) as u64
    }
}

fn growth(base: Load) -> Vec<Load> {
    let base = Load { seconds: 5, ..base };
    let clients = MORE_CLIENTS.map(|clients| Load { clients, ..base });
    let rates = MORE_RATES.map(|rate| Load { rate, ..base });
    let sizes = MORE_SIZES.map(|size| Load { size, ..base });

    [&clients[..], &rates, &sizes].concat()
}

/// The one that is asked for, after smaller ones: how the highest rate follows from the clients.
fn crowds(base: Load, clients: u32, is_short: bool, smaller: &[u32]) -> Vec<Crowd> {
    let (seconds, trials) = if is_short { (1, 4) } else { (3, 9) };
    let crowd = |clients, posts| Crowd { load: Load { clients, seconds, ..base }, trials, posts };
    let smaller = smaller.iter().map(|&clients| crowd(clients, false));

    smaller.chain([crowd(clients, true)]).collect()
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, Command, FromArgMatches as _};

    use super::*;

    fn plan(line: &[&str]) -> Plan {
        let command = Args::augment_args(Command::new("bench"));

        Plan::of(&Args::from_arg_matches(&command.get_matches_from(line)).unwrap())
    }

    #[test]
    fn a_peer_is_asked_for_less_than_ours() {
        let whole = plan(&["bench"]);
        let of_a_peer: Vec<u32> =
            whole.growth.iter().filter(|load| whole.grows(load, false)).map(|load| load.clients).collect();
        let crowds: Vec<u32> =
            whole.crowds.iter().filter(|crowd| crowd.is_for(false)).map(|crowd| crowd.load.clients).collect();

        assert_eq!((of_a_peer, crowds), (vec![100, 9_500], vec![CROWD]));
        assert_eq!((whole.steps(true), whole.steps(false)), (1 + 3 + 7 + 3, 1 + 3 + 2 + 1));
        assert_eq!([true, false].map(|is_ours| whole.crowds[2].of(is_ours).trials), [9, TRIALS_OF_A_PEER]);
    }

    #[test]
    fn a_load_is_measured_alone() {
        let one = plan(&["bench", "--clients", "9500", "--rounds", "1"]);

        assert_eq!((one.steps(true), one.steps(false), one.most_clients()), (2, 2, 9_500));
    }
}
