// What the words of this page mean, where they stand: for a mouse that rests on one, a finger that taps it, and by keyboard.

import { make, put } from "./dom.js";

/** The words that are explained, and how. @type {Record<string, string>} */
export const MEANINGS = {
  published: "Messages since the feed began. There is one feed: all five read it.",
  held: "Messages that the feed still has. Who was away for longer than these reach back is told of a gap.",
  memory: "Of the whole process: five servers, what breaks their lines, and this page.",
  memories: "Of all processes together, this page's included. What they have in common, as the program itself, is counted in each.",
  five: "Each of the five servers is a process of its own, as if on five machines, and this page is one more. All have one feed, in Redis. A process that ends, whoever ends it, is started again; its clients come back and go on where they were, for all that there is to know of a client is the id that it had last.",
  one: "All five servers are one process, apart from this page, for only one process may have the file. Where it is restarted or killed, it is all five that end. The next one goes on with what is in the file: the same feed, the same ids, and no gap.",
  kept: "Where the feed is kept. While it takes nothing, nothing can be published, and what is held can still be read.",
  process: "The id of the process in which this server runs (PID); each start gives another. In a terminal, kill -9 and this number do what the button Kill does.",
  clocks: "The clock of the server, and that of this browser. The delays are corrected by the difference.",
  own: "How this page gets its own figures: by Server-Sent Events, on a line that no button here breaks.",
  spoken: "How the browser and these servers speak. By HTTP/1.1 it opens six connections to an address for all its tabs, and what needs a seventh waits. By HTTP/2, which it speaks only over TLS, all tabs share one connection, and a hundred requests fit; the next waits without a word. A WebSocket has a connection of its own in both.",
  line: "The TCP connections between the browser and this way's server. They pass through a relay, which breaks them on command.",
  between: "Between a browser and a server there is most often another program, which takes the browser's requests and asks the server itself: for TLS, to share the load, to keep a log. Here it is a real one, started on this machine for each of the five. The relay that counts stays on the browser's side of it: what is on the wire below is what the browser sees.",
  form: "As it comes: the shortest that forwards everything. Right: the fewest lines more with which all five ways work, as far as it can be brought to that.",
  lost: "Published and never shown here, though later ones were. Ids count up by one, so none can go missing unseen.",
  delivered: "Messages that this panel has shown, of those that were published since its first.",
  behind: "Published and not shown yet: on the way, or waiting for the next poll. Not lost.",
  repeated: "Messages that were shown twice.",
  order: "Messages that were shown after one that was published later.",
  gaps: "How often the server has admitted that it no longer holds some of what comes next. What it no longer holds is also counted as lost.",
  each: "All bytes of the channel, up and down, divided by the messages shown. The page itself and its files do not count.",
  payload: "The message itself: its id, its time and its text.",
  overhead: "What it takes to bring the message: heads of requests and answers, lengths of chunks, frames, answers without a message.",
  sealed: "Bytes of TLS, encrypted, as they pass. They are the messages and all that it takes to bring them, 22 bytes or so for each record besides, and whatever the browser asks for on the same connection.",
  median: "Half of the messages were here sooner after they were published, half later.",
  late: "95 of 100 messages were here so soon after they were published.",
  largest: "The latest of all messages of the last minute.",
  requests: "What this page has asked of the channel: polls, streams, handshakes, and posts of a text.",
  connections: "TCP connections: how many were opened anew since the count began, and how many are open now. A browser keeps some for later, also where no request is under way.",
  bytes: "All that passed on the channel, up to the server (↑) and down to the browser (↓).",
  cpu: "Time of a processor that the server of this way has used.",
  readers: "Whom the server keeps waiting or feeds now: held requests, streams and sockets. Who only polls is none.",
  back: "From the end of the fault (of a cut and a restart: from its beginning) until the first message that was published after it is here. The wait until it tries again is random, so that not all come back at once; the wait for a message is the feed's; the rest is the way's own, with polling's interval.",
  direction: "Whether both sides can send on the same line.",
  binary: "Whether it carries bytes as they are, such as a picture. Where not, they are written as text, which takes a third more.",
  resume: "Whether a client that was cut off gets what it missed. A cursor is the id of the last message that it has.",
  reconnects: "Whether the browser opens the line again without a line of script.",
  proxies: "A proxy stands between browser and server, often unseen: in a company, in a data center, in a telephone network. Some pass an answer on only when it has ended; some do not know WebSocket's Upgrade.",
  loading: "Whether the tab shows that it is loading for as long as the line stands. With an iframe Chromium's does; Firefox's only where the iframe is there before the page has loaded, as in the article; WebKit's never.",
  six: "By HTTP/1.1 a browser opens six connections to one address, for all its tabs together. What needs a seventh waits.",
  http2: "By HTTP/2 all requests to an address share one connection, as streams of it, whichever tab they come from. A hundred fit: Chromium has the 101st wait, and says so nowhere.",
  hidden: "A tab that is not in front. Browsers call its timers once a second, or once a minute.",
  headers: "What a page can say of its user when it asks, such as a token in the header Authorization. A subprotocol is a word in the WebSocket's handshake.",
  origins: "Whether a page of another site can read your messages with your user's cookies. CORS is the rule by which browsers keep it out; for a WebSocket they do not.",
  silent: "What the server keeps for each client to which nothing is sent. What the kernel keeps for its socket, some kB, comes on top.",
  cut: "After the button Cut: what was lost, and when it was back.",
};

/**
 * A word that explains itself.
 * @param {string} key
 * @param {string} text
 */
export function word(key, text) {
  return make("button", { type: "button", class: "word", "data-word": key }, text);
}

/**
 * Explains the words on the page, now and later. Those that the page came with are marked with `data-word`.
 */
export function explain() {
  const meaning = make("p", { id: "meaning", role: "tooltip", hidden: "" });
  (document.querySelector("main") ?? document.body).append(meaning); // where its words are, too
  for (const element of document.querySelectorAll("[data-word]:not(button)")) {
    element.replaceChildren(word(element.getAttribute("data-word") ?? "", element.textContent ?? ""));
  }
  /** @type {Element | undefined} */
  let shown;

  document.addEventListener("pointerover", ({ target, pointerType }) => pointerType === "mouse" && show(wordOf(target)));
  document.addEventListener("pointerout", ({ relatedTarget }) => {
    if (shown && shown !== document.activeElement && !stays(relatedTarget)) hide();
  });
  document.addEventListener("focusin", ({ target }) => (wordOf(target) ? show(wordOf(target)) : hide()));
  document.addEventListener("focusout", hide);
  document.addEventListener("click", ({ target }) => (wordOf(target) ? show(wordOf(target)) : !stays(target) && hide()));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !shown) return;
    event.preventDefault(); // it closes this, and nothing else
    hide();
  });
  addEventListener("resize", hide);

  const stays = (/** @type {EventTarget | null} */ target) => target === meaning || (shown && wordOf(target) === shown);

  function show(/** @type {HTMLElement | undefined} */ element) {
    const text = MEANINGS[element?.dataset.word ?? ""];
    if (!element || !text || element === shown) return;
    hide();
    shown = element;
    element.setAttribute("aria-describedby", meaning.id);
    put(meaning, text);
    meaning.hidden = false;
    const [at, size] = [element.getBoundingClientRect(), meaning.getBoundingClientRect()];
    const left = Math.max(8, Math.min(at.left, document.documentElement.clientWidth - size.width - 8));
    const isLow = at.bottom + size.height + 8 > innerHeight && at.top > size.height + 8;
    meaning.style.left = `${left + scrollX}px`;
    meaning.style.top = `${(isLow ? at.top - size.height - 4 : at.bottom + 4) + scrollY}px`;
  }

  function hide() {
    shown?.removeAttribute("aria-describedby");
    shown = undefined;
    meaning.hidden = true;
  }
}

/** @param {EventTarget | null} target */
function wordOf(target) {
  return target instanceof Element ? /** @type {HTMLElement | undefined} */ (target.closest(".word") ?? undefined) : undefined;
}

const STEPS = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 });

/**
 * One stop for the Tab key for all words in it; the arrow keys, Home and End go from word to word.
 * @param {HTMLElement} group
 */
export function oneStop(group) {
  const words = () => /** @type {HTMLElement[]} */ ([...group.querySelectorAll(".word")]);
  words().forEach((word, at) => (word.tabIndex = at === 0 ? 0 : -1));
  group.addEventListener("focusin", ({ target }) => {
    const chosen = wordOf(target);
    if (chosen) for (const word of words()) word.tabIndex = word === chosen ? 0 : -1;
  });
  group.addEventListener("keydown", (event) => {
    const from = wordOf(event.target);
    if (!from) return;
    const all = words().filter((word) => word.offsetParent);
    const ends = /** @type {Record<string, number>} */ ({ Home: 0, End: all.length - 1 });
    const to = ends[event.key] ?? all.indexOf(from) + (STEPS[event.key] ?? NaN);
    if (!all[to]) return;
    event.preventDefault();
    all[to].focus();
  });
}
