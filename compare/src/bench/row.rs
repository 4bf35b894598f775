//! One of the five, as it is written on a command line.

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::transports::{ALL, Row};

/// One of the five, by its name.
pub(super) fn row() -> impl TypedValueParser<Value = Row> {
    let find = |name: String| ALL.into_iter().find(|row| row.transport.name == name);

    PossibleValuesParser::new(ALL.map(|row| row.transport.name)).map(move |name| find(name).expect("it is possible"))
}
