//! The one error of a parser.

use std::io;

/// This is not HTTP, and here is what shows it.
pub(super) fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("not HTTP: broken {what}"))
}
