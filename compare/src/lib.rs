//! The five ways side by side: a client for each, behind one trait, the table that names them, a tap for their lines, and
//! a dissector, which says what passes on them.

pub mod client;
pub mod dissect;
pub mod tap;
pub mod transports;
