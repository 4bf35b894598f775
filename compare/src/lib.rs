//! The five ways side by side: a client for each, behind one trait, the table that names them, and a dissector, which says
//! what passes on their connections.

pub mod client;
pub mod dissect;
pub mod transports;
