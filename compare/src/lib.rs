//! The five ways side by side: a client for each, behind one trait, and the table that names them.

pub mod client;
pub mod transports;
