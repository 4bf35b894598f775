//! What a library does by itself, without a loop, as docs/CLIENTS.md says it: shown against a server that is not ours. Where a
//! library does better some day, its row fails, and the loop can be shorter.

use tokio::join;

use crate::{
    foreign::{Foreign, stream},
    program::{Language, Program},
};

/// A library, and what it makes of streams that end.
struct Row {
    program: [&'static str; 2],
    language: Language,
    /// It asks again after a body that ended as it should.
    after_an_end: bool,
    /// It asks again after a body that was cut within the second event, and names this event as the last it has seen.
    after_a_cut: Option<&'static str>,
    /// It asks again after an answer of 503.
    after_a_refusal: bool,
    /// So many events without data it hands on: of a `retry` that stands alone, a comment before the first id, and one after it.
    empty_events: usize,
}

const ROWS: [Row; 8] = [
    Row { after_a_refusal: false, ..like_a_browser(Language::Node, ["alone.js", "eventsource-4"]) },
    Row { after_a_refusal: false, ..like_a_browser(Language::Node, ["alone.js", "eventsource-5"]) },
    Row {
        after_an_end: false,
        after_a_cut: Some("2"), // whose id had come, and nothing more
        empty_events: 3,
        ..like_a_browser(Language::Node, ["alone.js", "fetch-event-source"])
    },
    Row { empty_events: 2, ..never_again(["alone.py", "httpx-sse"]) },
    never_again(["alone.py", "sseclient-py"]),
    Row { after_an_end: true, ..never_again(["alone.py", "aiohttp-sse-client"]) },
    like_a_browser(Language::Rust, ["alone", "eventsource-client"]),
    Row { after_a_refusal: false, ..like_a_browser(Language::Rust, ["alone", "reqwest-eventsource"]) },
];

/// And better: it comes back after everything.
const fn like_a_browser(language: Language, program: [&'static str; 2]) -> Row {
    let after_a_cut = Some("1");

    Row { program, language, after_an_end: true, after_a_cut, after_a_refusal: true, empty_events: 0 }
}

const fn never_again(program: [&'static str; 2]) -> Row {
    let language = Language::Python;

    Row { program, language, after_an_end: false, after_a_cut: None, after_a_refusal: false, empty_events: 0 }
}

#[tokio::test]
#[ignore = "needs Node.js and Python: run by ./test --long"]
async fn a_library_without_a_loop_gives_up_as_the_page_says() {
    for row in &ROWS {
        let name = row.program[1];
        let [ended, cut, refused] = [
            stream("id: 1\ndata: one\n\n", true),
            stream("id: 1\ndata: one\n\nid: 2\ndata: tw", false),
            "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned(),
        ];
        let (ended, cut, refused) = join!(row.asks_again(ended), row.asks_again(cut), row.asks_again(refused));

        assert_eq!(ended.is_some(), row.after_an_end, "{name} after an end");
        assert_eq!(cut.as_deref(), row.after_a_cut, "{name} after a cut");
        assert_eq!(refused.is_some(), row.after_a_refusal, "{name} after a refusal");
    }
}

#[tokio::test]
#[ignore = "needs Node.js and Python: run by ./test --long"]
async fn an_event_without_data_is_handed_on_as_the_page_says() {
    let events = "retry: 1000\n\n: comment\n\nid: 1\ndata: one\n\n: comment\n\nid: 2\ndata: two\n\n";
    for row in &ROWS {
        let foreign = Foreign::serve(stream(events, false), true).await;
        let mut program = row.run(&foreign);

        program.until(2 + row.empty_events).await;

        let seen = program.seen();
        let empty = seen.iter().filter(|line| line.ends_with("\"\"]")).count();
        assert_eq!(empty, row.empty_events, "{}: {seen:?}", row.program[1]);
        assert!(seen.last().unwrap().contains("two"), "{}: {seen:?}", row.program[1]);
    }
}

impl Row {
    fn run(&self, foreign: &Foreign) -> Program {
        Program::start(self.language, &self.program, &format!("http://{}/", foreign.address), 0)
    }

    /// Where it says that it was when it asks again, or nothing when it has given up instead.
    async fn asks_again(&self, answer: String) -> Option<String> {
        let mut foreign = Foreign::serve(answer, false).await;
        let mut program = self.run(&foreign);
        foreign.asked.recv().await.unwrap();

        tokio::select! {
            again = foreign.asked.recv() => again,
            () = program.end() => None,
        }
    }
}
