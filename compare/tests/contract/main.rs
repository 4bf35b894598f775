//! The contract: each clause of docs/SPEC.md on every server and on the promises, run against all five.
//!
//! A clause is a function of the same name in the module of its section. Where the five differ, a field of
//! [`compare::transports::Row`] says so, and the clause that it belongs to asserts that it is still so.

mod admission;
#[cfg(any(feature = "store", feature = "redis", feature = "tls"))]
mod again;
mod behind;
mod channel;
mod clauses;
mod connection;
mod elsewhere;
mod exposition;
mod health;
mod misbehaving;
mod page;
mod promises;
mod publishing;
mod reach;
#[cfg(feature = "redis")]
#[path = "../support/redis.rs"]
#[expect(dead_code, reason = "the tests of Redis use the rest")]
mod redis;
mod support;
mod target;

use compare::transports::{ALL, Row};

/// Makes a test for each clause and transport, and the list of them.
macro_rules! contract {
    ($($clause:ident),* $(,)?) => {
        crate::contract! { @section [$($clause)*] [polling long_polling iframe_stream sse websocket] }
    };
    (@section [$($clause:ident)*] $transports:tt) => {
        pub(crate) const SECTION: crate::clauses::Section = crate::clauses::Section {
            clauses: &[$(stringify!($clause)),*],
            transports: crate::contract!(@names $transports),
        };

        $(
            mod $clause {
                crate::contract! { @tests $clause $transports }
            }
        )*
    };
    (@names [$($transport:ident)*]) => {
        &[$(stringify!($transport)),*]
    };
    (@tests $clause:ident [$($transport:ident)*]) => {
        $(
            // The test may block its own thread: what it spawned goes on in another.
            #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
            async fn $transport() {
                let row = crate::row(stringify!($transport));
                crate::target::asked(stringify!($clause), super::$clause(&row)).await;
            }
        )*
    };
}
use contract;

/// The names of the transports, as identifiers.
fn names() -> Vec<String> {
    ALL.iter().map(|row| row.transport.name.replace('-', "_")).collect()
}

fn row(name: &str) -> Row {
    let at = names().iter().position(|known| known == name);

    ALL[at.unwrap_or_else(|| panic!("{name} is no transport"))]
}
