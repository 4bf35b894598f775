//! A client that keeps a ledger.

use std::collections::BTreeMap;

use shared::{Cursor, Feed, Reader, Readers, Source, Start, testing::LIMIT};
use tokio::time::timeout;

/// What a client sees: each message once, and each gap.
pub(crate) struct Client {
    reader: Reader,
    /// By epoch and number.
    pub(crate) seen: BTreeMap<(u32, u64), String>,
    pub(crate) gaps: usize,
}

impl Client {
    /// One that reads from here on.
    pub(crate) async fn of(feed: &Feed, start: Start) -> Self {
        let source = Source::new(feed.clone(), Readers::new(100));
        let request = actix_web::test::TestRequest::default().to_http_request();

        Self { reader: source.follow(&request, start).await.unwrap(), seen: BTreeMap::new(), gaps: 0 }
    }

    /// Reads until it has this message.
    pub(crate) async fn until(&mut self, id: Cursor) {
        while !self.seen.contains_key(&(id.epoch, id.seq)) {
            self.read().await;
        }
    }

    /// Reads until it is told a gap.
    pub(crate) async fn until_a_gap(&mut self) {
        let before = self.gaps;
        while self.gaps == before {
            self.read().await;
        }
    }

    async fn read(&mut self) {
        let batch = timeout(LIMIT, self.reader.next()).await.expect("something comes").unwrap().unwrap();
        self.gaps += usize::from(batch.gap);
        for message in &*batch.messages {
            let other = self.seen.insert((message.id.epoch, message.id.seq), message.json.to_string());
            assert!(other.is_none(), "{} came twice: {} and {other:?}", message.id, message.json);
        }
    }
}
