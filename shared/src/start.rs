//! Where a reader starts.
//!
//! As an extractor of actix it reads `after` from the query:
//!
//! ```
//! use actix_web::{FromRequest as _, test::TestRequest};
//! use shared::Start;
//!
//! # #[actix_web::main] async fn main() -> Result<(), shared::Problem> {
//! let request = TestRequest::with_uri("/rooms/blue?after=9f3c51aa.17").to_http_request();
//! let start = Start::extract(&request).await?;
//!
//! assert_eq!(start, Start::After("9f3c51aa.17".parse().unwrap()));
//! # Ok(()) }
//! ```

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::StatusCode, web::Query};

use crate::{
    cursor::{BadCursor, Cursor},
    problem::Problem,
};

/// Where a reader starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// With the newest message.
    Newest,
    /// With the oldest message held.
    Oldest,
    /// With what comes after a cursor; where the feed no longer knows it, with everything held and a gap.
    After(Cursor),
    /// With everything held and a gap: the reader was somewhere, but nobody can tell where.
    Lost,
}

/// Reads `after` from a request's query.
///
/// None: the newest. `start`: the oldest held. Else a cursor; empty, twice or malformed is 400.
impl FromRequest for Start {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read_start(request.query_string()).map_err(|wrong| Problem::new(StatusCode::BAD_REQUEST, wrong)))
    }
}

fn read_start(query: &str) -> Result<Start, String> {
    let pairs = Query::<Vec<(String, String)>>::from_query(query).map_err(|error| error.to_string())?;
    let mut given = pairs.iter().filter(|(name, _)| name == "after").map(|(_, value)| value.as_str());

    match (given.next(), given.next()) {
        (None, _) => Ok(Start::Newest),
        (Some(_), Some(_)) => Err("`after` stands twice: send one cursor".to_owned()),
        (Some("start"), None) => Ok(Start::Oldest),
        (Some(cursor), None) => cursor.parse().map(Start::After).map_err(|wrong: BadCursor| wrong.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_is_a_cursor_or_start_or_absent_and_stands_once() {
        let cursor = Start::After(Cursor { epoch: 1, seq: 2 });

        assert_eq!(read_start(""), Ok(Start::Newest));
        assert_eq!(read_start("other=1"), Ok(Start::Newest));
        assert_eq!(read_start("after=start"), Ok(Start::Oldest));
        assert_eq!(read_start("after=00000001.2&x"), Ok(cursor));
        assert_eq!(read_start("after=00000001%2E2"), Ok(cursor));
        for wrong in ["after", "after=", "after=1", "after=start&after=start", "after=START", "after=%ff"] {
            assert!(read_start(wrong).is_err(), "{wrong:?}");
        }
    }
}
