// Which way for whom: four questions, an answer, and its reasons. Each reason leads to what shows it on this page.

import { choices, make, part, put } from "./dom.js";
import { bytes, time } from "./numbers.js";

/**
 * @typedef {{ sends: string, late: string, between: string, missed: string }} Needs
 *
 * A reason: its text, with the figures in which they stand, and the id of what shows it.
 * @typedef {{ text: (figures: import("./account.js").Figures) => string, shows: string }} Reason
 * @typedef {{ way: string, reasons: Reason[] }} Advice
 */

/** @type {{ name: keyof Needs, ask: string, options: [value: string, label: string][] }[]} */
export const QUESTIONS = [
  { name: "sends", ask: "Who sends?", options: [["server", "server"], ["mostly", "mostly server"], ["both", "both"]] },
  { name: "late", ask: "How late?", options: [["seconds", "seconds"], ["once", "at once"]] },
  { name: "between", ask: "In between?", options: [["known", "what I set up"], ["any", "any proxy"]] },
  { name: "missed", ask: "If one is missed?", options: [["newest", "next will do"], ["none", "none may be"]] },
];

/** What most who ask have. @type {Needs} */
export const USUAL = { sends: "server", late: "once", between: "known", missed: "none" };

/**
 * The way for these needs.
 *
 * Where both send a lot, a request for each text up costs more than all else: only a proxy that refuses sockets, and time
 * enough for polls, speak against one. In one direction, seconds are time enough for polls; else it depends on whether an
 * endless answer gets through.
 * @param {Needs} needs
 */
export function wayFor({ sends, late, between }) {
  if (sends === "both" && (late === "once" || between === "known")) return "websocket";
  if (late === "seconds") return "polling";
  return between === "any" ? "long-polling" : "sse";
}

/**
 * The way for these needs, and why.
 * @param {Needs} needs
 * @returns {Advice}
 */
export function advise(needs) {
  const way = wayFor(needs);
  return { way, reasons: [passes(way, needs), price(way), sending(way, needs), missing(way, needs)].filter((reason) => reason !== undefined) };
}

/**
 * What it gets through, or why no other is needed.
 * @param {string} way
 * @param {Needs} needs
 * @returns {Reason}
 */
function passes(way, { between }) {
  const texts = /** @type {Record<string, string>} */ ({
    polling: "Each answer ends at once: any proxy passes it on.",
    "long-polling": "Each answer ends: a proxy that holds back endless ones lets it go.",
    sse: "Nothing holds an endless answer back, where you set up what is between.",
    websocket: between === "any"
      ? "Over TLS most proxies pass it on. Where one does not: long polling, with a POST for each text up."
      : "What you set up passes its Upgrade on.",
  });
  return { text: () => texts[way], shows: "row-proxies" };
}

/**
 * How late it is and what a message costs, as this page has it now.
 * @param {string} way
 * @returns {Reason}
 */
function price(way) {
  const why = way === "polling" ? ": it asks once a second" : "";
  return {
    text: ({ delay, cost }) => delay.median === undefined || !cost?.each
      ? "What it costs here is shown when its panel is live."
      : `Here and now: ${bytes(cost.each)} a message, ${time(delay.median)} late${why}.`,
    shows: way === "polling" ? "delay" : "cost",
  };
}

/**
 * @param {string} way
 * @param {Needs} needs
 * @returns {Reason | undefined}
 */
function sending(way, { sends }) {
  if (way === "websocket") return { text: () => "What goes up is a frame on the same line, and no request.", shows: "row-direction" };
  if (sends === "server") return undefined;
  const much = "Each text up is a POST, a request of its own: a few seconds are time enough for it.";
  return { text: () => (sends === "both" ? much : "What goes up, now and then, is a POST."), shows: "row-direction" };
}

/**
 * @param {string} way
 * @param {Needs} needs
 * @returns {Reason}
 */
function missing(way, { missed }) {
  if (missed === "newest") return { text: () => "Without a cursor it begins with the newest message.", shows: "row-resume" };
  const by = way === "sse" ? "the browser itself says which id it had last" : "the page's script says which id it had last";
  return { text: () => `None is lost in a cut: ${by}.`, shows: "row-resume" };
}

/**
 * Puts the questions on the page; what it gives shows the answer with the figures of now.
 * @param {{ name: string, title: string }[]} ways
 */
export function chooser(ways) {
  const needs = { ...USUAL };
  const answer = laid();
  /** @type {import("./account.js").Figures[]} */
  let latest = [];
  let { way, reasons } = advise(needs);

  for (const { name, ask, options } of QUESTIONS) {
    const fieldset = make("fieldset", { class: "choice", id: `ask-${name}` }, make("legend", {}, ask));
    choices(fieldset, name, options, (value) => {
      needs[name] = value;
      ({ way, reasons } = advise(needs));
      answer.lead(way, titleOf(way), reasons);
      show(latest);
    });
    for (const input of fieldset.querySelectorAll("input")) input.checked = input.value === needs[name];
    part("questions").append(fieldset);
  }
  part("questions").addEventListener("submit", (event) => event.preventDefault());
  answer.lead(way, titleOf(way), reasons);
  return show;

  function titleOf(/** @type {string} */ way) {
    return ways.find(({ name }) => name === way)?.title ?? way;
  }

  function show(/** @type {import("./account.js").Figures[]} */ figures) {
    latest = figures;
    const of = figures[ways.findIndex(({ name }) => name === way)];
    if (of) answer.say(reasons.map(({ text }) => text(of)));
  }
}

/** The elements of the answer: what leads it to a way, and what says its reasons. Only the way is read out when it changes. */
function laid() {
  const [title, live, chapter, list] = [make("b", { role: "status" }), make("a", {}, "live"), make("a", {}, "chapter"), make("ul")];
  /** @type {Node[]} */
  let texts = [];
  part("answer").append(make("p", { class: "way" }, title, make("span", { class: "links" }, live, " ", chapter)), list);

  function lead(/** @type {string} */ way, /** @type {string} */ name, /** @type {Reason[]} */ reasons) {
    part("answer").style.setProperty("--way", `var(--${way})`);
    part("answer").dataset.way = way;
    put(title, name);
    live.setAttribute("href", `#panel-${way}`);
    chapter.setAttribute("href", `/chapters/${way}`);
    texts = reasons.map(() => document.createTextNode(""));
    const shown = reasons.map(({ shows }) => make("a", { href: `#${shows}` }, "see"));
    list.replaceChildren(...texts.map((text, at) => make("li", {}, text, " ", shown[at])));
  }

  function say(/** @type {string[]} */ said) {
    texts.forEach((text, at) => put(text, said[at]));
  }

  return { lead, say };
}
