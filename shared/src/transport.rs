//! What a server has to know about the transport that it runs.

use std::time::Duration;

use actix_web::web::ServiceConfig;

/// One of the five ways, as its crate describes itself.
#[derive(Clone, Copy, Debug)]
pub struct Transport {
    /// The crate's name: of its folder, its package and its command.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// In one line, what it does.
    pub about: &'static str,
    /// What it is good for.
    pub good_for: &'static str,
    /// What it costs.
    pub cost: &'static str,
    /// The way to look at next: what people call it, and its port.
    pub next: (&'static str, u16),
    /// The port that it takes if none is given.
    pub port: u16,
    /// How often the clock ticks if nobody says.
    pub tick: Duration,
    /// Adds the channel, `/messages`.
    pub routes: fn(&mut ServiceConfig),
    /// The paths whose GET may carry `Upgrade`; anywhere else it is refused.
    pub upgrades: &'static [&'static str],
    /// Options of its own.
    pub switches: &'static [Switch],
}

/// An option that only one transport has: off, unless named on the command line.
#[derive(Clone, Copy, Debug)]
pub struct Switch {
    /// `--NAME`, and `FIVE_WAYS_NAME` in the environment.
    pub name: &'static str,
    /// What `--help` says.
    pub help: &'static str,
    /// The routes that it adds.
    pub routes: fn(&mut ServiceConfig),
}
