//! What the shell has to know about the transport that it runs.

use std::time::Duration;

use actix_web::web::ServiceConfig;
use clap::Arg;

use super::options::Options;

/// One of the five ways, as its crate describes itself. What its page says of it stands in `templates/cards.json`.
#[derive(Clone, Copy, Debug)]
pub struct Transport {
    /// The crate's name: of its folder, its package and its command.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// In one line, what it does.
    pub about: &'static str,
    /// The port that it takes if none is given.
    pub port: u16,
    /// The options that it has besides those that all have.
    pub options: fn() -> Vec<Arg>,
    /// Adds the channel, `/messages`, and what else the options ask for.
    pub routes: fn(&mut ServiceConfig, &Options),
    /// The paths whose GET may carry `Upgrade`; anywhere else it is refused.
    pub upgrades: &'static [&'static str],
    /// A heartbeat comes after so much silence, where `--heartbeat` says more: for a way whose page is not told of a line that broke.
    pub silence: Duration,
}

impl Transport {
    /// After how much silence a heartbeat is sent; zero is never.
    pub fn heartbeat(&self, options: &Options) -> Duration {
        options.heartbeat.min(self.silence)
    }
}
