//! What is measured, and how often.

use super::{args::Args, load::Load};

/// The load that is measured in rounds, if nothing else is asked for.
const CLIENTS: u32 = 1_000;
const RATE: u32 = 10;
const SIZE: u16 = 100;
/// So many are served while the highest rate is sought.
const CROWD: u32 = 5_000;
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

impl Plan {
    /// What a command line asks for.
    pub(crate) fn of(args: &Args) -> Self {
        let is_given = args.clients.is_some() || args.rate.is_some() || args.size.is_some() || args.seconds.is_some();
        let base = Load {
            clients: args.clients.unwrap_or(CLIENTS),
            rate: args.rate.unwrap_or(RATE),
            size: args.size.unwrap_or(SIZE),
            seconds: args.seconds.unwrap_or(if args.quick { 3 } else { 10 }),
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

    /// How many steps it has for one subject.
    pub(crate) fn steps(&self) -> u64 {
        1 + u64::from(self.rounds) + self.growth.len() as u64 + self.crowds.len() as u64
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
