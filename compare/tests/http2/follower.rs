//! A client that follows the feed on one connection, as a page does.

use std::time::Duration;

use compare::{
    client::{Client, End, Event, Heard, Received},
    transports::Row,
};
use h2::RecvStream;
use shared::testing::LIMIT;
use tokio::time::{sleep, timeout};

use crate::support::Peer;

/// A client of one of the four. It asks again where an answer ends.
pub(crate) struct Follower<'a> {
    row: Row,
    peer: &'a Peer,
    client: Box<dyn Client>,
    heard: Heard,
    body: Option<RecvStream>,
}

impl<'a> Follower<'a> {
    /// Asks for what comes after `after`.
    pub(crate) fn new(row: &Row, peer: &'a Peer, after: Option<&str>) -> Self {
        let heard = Heard { next: after.map(str::to_owned), ..Heard::default() };

        Self { row: *row, peer, client: (row.client)(), heard, body: None }
    }

    /// What comes next.
    pub(crate) async fn next(&mut self) -> Event {
        loop {
            match self.heard.events.pop_front() {
                Some(Event::End(End::Reopen)) => self.body = None, // the next read asks anew
                Some(event) => return event,
                None => timeout(LIMIT, self.read()).await.expect("something comes"),
            }
            assert_eq!(self.heard.wrong, None);
        }
    }

    /// What comes next but for place, heartbeats and empty answers.
    pub(crate) async fn event(&mut self) -> Event {
        loop {
            match self.next().await {
                Event::Place { .. } | Event::Heartbeat | Event::Nothing => {}
                event => return event,
            }
        }
    }

    /// So many messages, and nothing else.
    pub(crate) async fn messages(&mut self, count: usize) -> Vec<Received> {
        let mut received = Vec::new();
        while received.len() < count {
            match self.event().await {
                Event::Message(message) => received.push(message),
                other => panic!("{}: {other:?} after {received:?}", self.row.transport.name),
            }
        }

        received
    }

    /// Their texts.
    pub(crate) async fn texts(&mut self, count: usize) -> Vec<String> {
        self.messages(count).await.into_iter().map(|message| message.text).collect()
    }

    async fn read(&mut self) {
        let Some(body) = &mut self.body else {
            return self.ask().await;
        };
        match body.data().await {
            Some(Ok(bytes)) => {
                body.flow_control().release_capacity(bytes.len()).expect("it is so much");
                self.client.hear(&bytes, &mut self.heard);
            }
            Some(Err(_broken)) => self.heard.events.push_back(Event::End(End::Cut)),
            None => {
                self.body = None;
                let end = self.client.ended(&mut self.heard);
                let is_told = self.heard.events.iter().any(|event| matches!(event, Event::End(_)));
                self.heard.events.extend(end.filter(|_| !is_told).map(Event::End));
            }
        }
    }

    async fn ask(&mut self) {
        sleep(Duration::from_millis(5)).await; // a poll's interval
        let query = self.heard.next.as_ref().map(|after| format!("?after={after}")).unwrap_or_default();
        let request = self.peer.request("GET", &format!("/messages{query}"), &[]);
        self.client = (self.row.client)();
        let event = match self.peer.head(request, b"").await {
            Err(_broken) => Event::End(End::Cut),
            Ok((answer, body)) if answer.status == 200 => {
                self.body = Some(body);
                return;
            }
            Ok((answer, _)) if answer.status == 204 => Event::Nothing,
            Ok((answer, _)) => {
                let seconds = answer.header("retry-after").and_then(|seconds| seconds.parse().ok());
                Event::End(End::Refused(answer.status, seconds))
            }
        };
        self.heard.events.push_back(event);
    }
}
