//! The five ways side by side: a client for each, behind one trait, the table that names them, a tap for their
//! connections, and a dissector, which says what passes on them; the parsers that these read by; the laboratory, which
//! runs all five at once and breaks their connections on command; the page that shows it; and the bench, which measures
//! one at a time under load; and real proxies, which are asked what they let through.

pub mod behind;
pub mod bench;
pub mod client;
mod direction;
pub mod dissect;
pub mod lab;
mod lock;
pub mod proxies;
pub mod site;
pub mod tap;
pub mod transports;
pub mod wire;

use shared::shell::Also;

/// What the program does besides showing the page: the benches, the proxies, and what these and the page start as processes of
/// their own.
pub const COMMANDS: [Also; 7] = {
    let [bench, one, two, three, four] = bench::COMMANDS;
    [bench, one, two, three, four, behind::COMMAND, site::COMMAND]
};
