// What each way can and cannot do, in the order of the article, and how we know: a test of this project that shows it,
// a standard that says it, or the figures of this page. A cell is what it is worth (2 good, 1 with an if, 0 bad) and a
// text.

import { bytes, count, seconds, time } from "./numbers.js";

const BY_CURSOR = /** @type {Cell} */ ([1, "by our cursor, in script"]);
const BY_SCRIPT = /** @type {Cell} */ ([0, "no: the page's script does"]);
const BY_FETCH = /** @type {Cell} */ ([2, "any header, by fetch"]);
const ONE_OF_SIX = /** @type {Cell} */ ([1, "1 of six"]);
const STREAM = /** @type {Cell} */ ([2, "all tabs share one"]);
const ANY_BODY = /** @type {Cell} */ ([2, "a body of any type"]);
const POSTS = /** @type {Cell} */ ([1, "down; up by a POST"]);
const UNBUFFERED = /** @type {Cell} */ ([1, "unless the proxy holds the answer back"]);
const LATE = /** @type {Cell} */ ([2, "yes; a retry may be late"]);

/**
 * A row: its name, and the word that explains it; a cell for each way, or what gives its figure; and how we know.
 * @typedef {[worth: number, text: string]} Cell
 * @typedef {(figures: import("./account.js").Figures, recovery: import("./recovery.js").Recovery) => string} Figure
 * @typedef {{ name: string, word: string, cells?: Cell[], live?: Figure, here?: string, tests?: string[], sources?: string[] }} Fact
 */

/** @type {Fact[]} */
export const FACTS = [
  {
    name: "Direction",
    word: "direction",
    cells: [POSTS, POSTS, POSTS, POSTS, [2, "both, on one line"]],
    tests: ["contract::a_text_is_published", "websocket::a_text_frame_publishes"],
  },
  {
    name: "Binary",
    word: "binary",
    cells: [ANY_BODY, ANY_BODY, [0, "no: text in scripts"], [0, "no: UTF-8 only"], [2, "frames of bytes"]],
    tests: ["websocket::a_binary_frame_comes_back"],
    sources: ["RFC 9110 §8.3", "HTML standard, #parsing-an-event-stream", "RFC 6455 §5.6"],
  },
  {
    name: "Resume",
    word: "resume",
    cells: [BY_CURSOR, BY_CURSOR, BY_CURSOR, [2, "built in: Last-Event-ID"], BY_CURSOR],
    tests: ["contract::a_client_that_was_cut_off_loses_and_repeats_nothing"],
    sources: ["HTML standard, #the-last-event-id-header"],
  },
  {
    name: "Reconnects by itself",
    word: "reconnects",
    cells: [
      [1, "the next poll is a new try"], BY_SCRIPT, BY_SCRIPT, [2, "yes, unless it was refused"], BY_SCRIPT,
    ],
    tests: ["browser::a_line_that_breaks_is_not_opened_again", "browser::a_refusal_ends_it_for_good"],
    sources: ["HTML standard, #sse-processing-model"],
  },
  {
    name: "Passes proxies",
    word: "proxies",
    cells: [
      [2, "as any request"], [1, "held under 30 s"], UNBUFFERED, UNBUFFERED,
      [1, "if Upgrade is passed on, or with TLS"],
    ],
    here: "put a real one between, or break it: buffer",
    sources: ["RFC 6202 §3.2 and §5.5", "RFC 9110 §7.8"],
  },
  {
    name: "Tab keeps loading",
    word: "loading",
    cells: [[2, "no"], [2, "no"], [0, "yes, in Chromium"], [2, "no"], [2, "no"]],
    tests: ["browser::only_a_page_with_an_endless_iframe_goes_on_loading"],
  },
  {
    name: "Connections a tab holds, HTTP/1.1",
    word: "six",
    cells: [[2, "none between polls"], ONE_OF_SIX, ONE_OF_SIX, ONE_OF_SIX, [2, "1, not of the six"]],
    tests: ["browser::the_seventh_tab_waits_over_http_1", "browser::six_streams_are_all_that_a_browser_opens_to_an_address"],
    sources: ["RFC 9112 §9.4: the number is the browser's", "Chromium, Firefox, WebKitGTK: 6 an address", "RFC 6455 §4.1"],
  },
  {
    name: "Connections, HTTP/2",
    word: "http2",
    cells: [STREAM, STREAM, STREAM, STREAM, [1, "one of its own: RFC 8441 is not offered"]],
    tests: ["browser::ten_tabs_are_live_over_http_2", "browser::the_hundred_and_first_request_waits_without_a_word", "browser::a_websocket_has_a_connection_of_its_own"],
    sources: ["RFC 9113 §5", "RFC 8441"],
  },
  {
    name: "Works when hidden",
    word: "hidden",
    cells: [[1, "every 10 s, and when shown"], LATE, LATE, [2, "yes"], LATE],
    tests: ["browser::a_hidden_tab_polls_slowly_and_catches_up_when_it_is_shown"],
    sources: ["HTML standard, #timers", "how late is the browser's: seen in Chromium"],
  },
  {
    name: "Headers and authentication",
    word: "headers",
    cells: [BY_FETCH, BY_FETCH, [0, "cookies only"], [0, "cookies only"], [1, "cookies, and a subprotocol"]],
    sources: ["Fetch standard, #fetch-method", "HTML standard, #the-iframe-element and #the-eventsource-interface", "WebSockets standard, #the-websocket-interface"],
  },
  {
    name: "Pages of other sites",
    word: "origins",
    cells: [
      [2, "cannot read it (CORS)"], [2, "cannot read it (CORS)"], [1, "kept out by frame-ancestors"],
      [2, "cannot read it (CORS)"], [0, "may connect, unless the server checks Origin"],
    ],
    tests: [
      "faults::a_page_of_any_origin_may_connect", "contract::a_foreign_origin_is_403",
      "iframe_stream::only_its_own_page_and_allowed_origins_embed_it",
    ],
    sources: ["RFC 6455 §10.2"],
  },
  {
    name: "Overhead a message",
    word: "overhead",
    live: ({ cost }) => bytes(cost?.overhead),
  },
  {
    name: "Delay, median",
    word: "median",
    live: ({ delay }) => time(delay.median),
  },
  {
    name: "Lost after a cut",
    word: "cut",
    live: ({ lost }, recovery) => {
      const cut = recovery.latest("cut");
      if (!cut) return "not cut yet";
      return cut.took === undefined ? "coming back" : `${count(lost)} lost, back in ${seconds(cut.took)} (${seconds(cut.waited ?? 0)} waiting to try)`;
    },
  },
  {
    name: "Memory for a silent client",
    word: "silent",
    cells: [[2, "12 KiB"], [1, "20 KiB"], [1, "14 KiB"], [2, "12 KiB"], [1, "16 KiB"]],
    here: "28 November 2026, Linux 6.18 on two processors: resident memory of the server, with 1,000 silent clients as bench --clients 1000 has them, --release, without the kernel's sockets",
  },
];
