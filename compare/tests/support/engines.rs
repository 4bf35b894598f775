//! The three engines, and what the tests ask in each: the one table of docs/BROWSERS.md.

use std::env;

/// In which browser a test runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Chromium,
    Firefox,
    WebKit,
}

/// What a test asks in each engine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    /// Its name, which is in a module `every_engine` of `compare/tests/browser`.
    pub(crate) test: &'static str,
    /// What is so, in words.
    pub(crate) what: &'static str,
    /// What an engine does instead, or its number. A test asks for it by [`but`].
    pub(crate) but: &'static [(Engine, &'static str)],
}

/// All that is asked in each.
pub(crate) const ASKED: &[Asked] = &[
    so("the_clock_ticks", "The page shows each tick, and is live"),
    so("a_message_sent_in_one_tab_shows_in_another", "What is sent in one tab shows in another"),
    so("a_hostile_text_shows_as_text", "A hostile text shows as text, and nothing of it runs"),
    so("the_diagram_draws_the_exchange", "The diagram draws the exchange, and is used by keys"),
    so("the_diagram_stands_still_while_it_is_paused", "It stands still while it is paused"),
    so("a_connection_is_closed_and_opened_by_hand", "Disconnect and Reconnect: what came meanwhile is there, once"),
    so("a_page_comes_back_when_the_server_does", "The server stops and starts: the page is back, and tells of a gap"),
    so("a_silent_line_is_noticed_and_mended", "A line on which nothing passes, as of a stopped process, is given up"),
    so("a_reset_is_noticed_at_once", "A reset is noticed, and nothing is lost"),
    so("a_text_sent_into_the_silence_arrives_once", "A text that is sent into the silence arrives once"),
    so(
        "a_message_that_could_not_be_sent_is_sent_when_the_server_is_back",
        "Texts wait while there is no server, in their order",
    ),
    so("a_text_whose_answer_is_lost_is_published_once", "A text whose answer is lost is published once"),
    so("texts_that_are_refused_are_given_back_and_no_others", "A text that is refused is given back"),
    so("a_text_that_is_too_long_is_said_in_its_field", "A text that is too long is said in its field"),
    so("a_setting_is_taken_by_enter", "A setting is taken by Enter"),
    so("a_name_and_a_password_in_the_address_change_nothing", "A name and a password in the address change nothing"),
    so("a_page_that_is_let_in_no_more_says_so_and_waits_for_its_user", "A page that is let in no more says so"),
    so("a_page_that_was_refused_tries_again", "A page for which there was no seat tries again"),
    so("a_page_reports_to_an_allowed_parent_and_to_no_other", "A page reports to an allowed parent, and to no other"),
    so(
        "an_iframe_that_is_there_before_keeps_the_page_from_loading",
        "An iframe that is there before keeps the page from loading",
    ),
    so("each_tab_has_a_line_of_its_own", "Each tab has a line of its own"),
    so("ten_thousand_messages_do_not_make_the_page_grow", "Ten thousand messages do not make the page grow"),
    so("an_iframe_gives_each_message_of_a_full_minute", "A minute of the iframe at 100 a second: 6,000 of 6,000"),
    so("an_iframe_that_is_there_before_gives_each_message_of_a_full_minute", "The same with its switch"),
    so(
        "a_page_that_was_away_has_one_line_and_each_message_once",
        "Away and back, four times: one line, each message once",
    ),
    Asked {
        test: "a_page_that_was_kept_has_one_line_and_each_message_once",
        what: "The same where the browser may keep the page: it does, with all that it knew",
        but: &[(Engine::Firefox, "loads it anew, but for polling: it keeps none that waits for an answer")],
    },
    so(
        "six_streams_are_all_that_a_browser_opens_to_an_address",
        "Six streams to an address are open, and a seventh waits for one to close",
    ),
    Asked {
        test: "a_text_that_no_connection_is_left_for_says_so_and_is_sent_once",
        what: "A text that no connection is left for says so, and is sent once",
        but: &[(Engine::Firefox, "sends it at once: for what a user does, it opens a seventh")],
    },
    so(
        "a_page_that_no_connection_is_left_for_says_so_until_it_has_one",
        "A page that no connection is left for says so until it has one",
    ),
    Asked {
        test: "sockets_beyond_the_limit_of_a_browser_are_an_error",
        what: "WebSockets that are open at once; each beyond them gets `error`, then `close`",
        but: &[
            (Engine::Chromium, "255"),
            (Engine::Firefox, "200"),
            (Engine::WebKit, "199; beyond them only `error` comes, and `close` never does"),
        ],
    },
    so("a_message_typed_in_one_panel_shows_in_the_other_four", "Side by side: what is sent in one panel shows in all"),
    so(
        "whatever_happens_to_the_connections_every_ledger_ends_clean",
        "Side by side: after each fault all five are back within 15 s, and none lost or repeated",
    ),
    so("what_the_ring_dropped_meanwhile_is_reported_and_counted", "Side by side: what the ring dropped is counted"),
    so(
        "the_wire_shows_the_bytes_of_a_message_that_was_just_sent",
        "Side by side: the wire shows a message that was just sent",
    ),
    so(
        "each_page_is_a_link_to_the_next_as_long_as_that_answers",
        "Each page links to the next as long as that answers",
    ),
    so(
        "an_eighth_tab_side_by_side_loads_and_its_commands_are_done",
        "Side by side: an eighth tab loads, and its commands are done",
    ),
    so(
        "where_the_browser_has_no_connection_left_the_page_says_so",
        "Side by side: where no connection is left, the page says so",
    ),
    so("where_the_browser_has_no_connection_left_for_a_panel_the_panel_says_so", "Side by side: so does the panel"),
];

const fn so(test: &'static str, what: &'static str) -> Asked {
    Asked { test, what, but: &[] }
}

/// What this engine does instead of what a test says.
pub(crate) fn but(test: &str, engine: Engine) -> Option<&'static str> {
    let row = ASKED.iter().find(|row| row.test == test).expect("the test is in the table");

    row.but.iter().find(|(of, _)| *of == engine).map(|(_, what)| *what)
}

impl Engine {
    pub(crate) const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::WebKit];

    /// The one that is asked for in the environment: for a test that holds in all three.
    pub(crate) fn chosen() -> Self {
        let name = env::var("FIVE_WAYS_ENGINE").unwrap_or_else(|_| Self::Chromium.name().to_owned());
        let chosen = Self::ALL.into_iter().find(|engine| engine.name() == name);

        chosen.unwrap_or_else(|| panic!("FIVE_WAYS_ENGINE is chromium, firefox or webkit, not {name}"))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::WebKit => "webkit",
        }
    }
}
