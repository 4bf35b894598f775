// A tour of five presses: each breaks something or sends something, and there is one thing to see.

import { make, part, put } from "./dom.js";
import { isSealed } from "./faults.js";

const KNOWN = "five-ways.tour"; // in this browser: it began by itself once, or was asked for

/**
 * A step: what its button says; why to press it, and what is to be seen then, and where.
 * @typedef {{ press: string, before: string, after: string, look: string }} Step
 */

/** @type {Step[]} */
export const STEPS = [
  {
    press: "cut", look: "#panels .lost",
    before: "Press Cut: every connection is reset, as when the Wi-Fi changes.",
    after: "Each comes back by itself and says where it was: Lost stays 0.",
  },
  {
    press: "silence", look: "#panels .behind",
    before: "Press Silence: for 10 s nothing passes, and nothing is closed.",
    after: "Nobody is told, so all wait: Behind grows, and then all of it comes.",
  },
  {
    press: "buffer", look: "#panel-iframe-stream .frame, #panel-sse .frame",
    before: "Press Buffer: what is between passes an answer on when it has ended.",
    after: "The iframe's and SSE's never end: these two stand still, the others go on.",
  },
  {
    press: "restart", look: "#panels .lost",
    before: "Press Restart: each server stops, and starts again.",
    after: "Who waits is told. All five come back at their place: Lost stays 0.",
  },
  {
    press: "say", look: "#wire-view",
    before: "Press Say: a text goes to all five, and the wire shows its bytes.",
    after: "Colored is the message, plain what brings it: compare the ways above it.",
  },
];

const LENGTHS = "Only its length is to be seen: the relay has no key. The panels have it.";

/**
 * The steps; over TLS there is no buffer, and the wire shows no message.
 * @param {boolean} sealed
 */
export function steps(sealed) {
  if (!sealed) return STEPS;
  const rest = STEPS.filter(({ press }) => press !== "buffer");
  return rest.map((step) => (step.press === "say" ? { ...step, before: "Press Say: a text goes to all five, sealed by TLS.", after: LENGTHS } : step));
}

/**
 * What is to be seen after a press, if what was pressed before may still last.
 * @param {Step} step
 * @param {string[]} lasting The faults that last.
 */
export function seen({ press, after }, lasting) {
  const others = lasting.filter((name) => name !== press).map((name) => name[0].toUpperCase() + name.slice(1));
  return press === "say" || others.length === 0 ? after : `After the end of ${others.join(" and ")}: ${after}`;
}

/**
 * Makes the tour; `press` does what the button of a step says, and gives whether it was done; `lasting` gives the faults that
 * last. It begins when it is asked for; and by itself once, when the panels are in sight for the first time in this browser.
 * @param {(what: string) => Promise<boolean>} press
 * @param {() => string[]} lasting
 */
export function tour(press, lasting) {
  const [title, text] = [make("b"), make("span", { role: "status" })];
  const [act, next, leave] = ["", "Next", "Leave"].map((name) => make("button", { type: "button" }, name));
  const bar = make("aside", { id: "tour", "aria-label": "Tour", hidden: "" });
  bar.append(make("p", {}, title, " ", text), make("div", {}, act, next, leave));
  document.body.append(bar);
  const all = steps(isSealed());
  let at = 0;
  let isPressed = false; // and not answered yet

  part("tour-begin").addEventListener("click", () => {
    begin();
    act.focus({ preventScroll: true });
  });
  act.addEventListener("click", pressed);
  next.addEventListener("click", () => {
    step(at + 1);
    act.focus({ preventScroll: true });
  });
  leave.addEventListener("click", end);
  document.addEventListener("keydown", ({ key, defaultPrevented }) => key === "Escape" && !defaultPrevented && end());
  if (!isKnown()) beginOnce();

  function beginOnce() {
    const sight = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      sight.disconnect();
      if (!isKnown()) begin();
    }, { rootMargin: "-25% 0%" }); // well in the window: who is still choosing is left alone
    sight.observe(part("panels"));
  }

  function begin() {
    know();
    bar.hidden = false;
    document.documentElement.classList.add("toured");
    step(0);
  }

  /** What was not done is not to be seen: the page says above why, and the bar says it, too. */
  async function pressed() {
    if (isPressed) return;
    isPressed = true;
    const [now, others] = [all[at], lasting()];
    const done = await press(now.press);
    isPressed = false;
    if (bar.hidden || now !== all[at]) return; // it was left meanwhile, or began again
    if (!done) return put(text, part("problem").textContent ?? "");
    put(text, seen(now, others));
    act.hidden = true;
    next.hidden = at === all.length - 1;
    (next.hidden ? leave : next).focus({ preventScroll: true });
    show(now.look);
  }

  function step(/** @type {number} */ to) {
    at = to;
    const { press, before } = all[at];
    put(title, `Tour, ${at + 1} of ${all.length}`);
    put(text, before);
    put(act, press);
    [act.hidden, next.hidden] = [false, true];
    unmark();
  }

  function end() {
    if (bar.contains(document.activeElement)) part("tour-begin").focus({ preventScroll: true });
    bar.hidden = true;
    document.documentElement.classList.remove("toured");
    unmark();
  }
}

/**
 * Marks what is to be seen, and brings it into sight.
 * @param {string} what
 */
function show(what) {
  const all = document.querySelectorAll(what);
  for (const element of all) element.classList.add("look");
  all[0]?.scrollIntoView({ block: "center" });
}

function unmark() {
  for (const element of document.querySelectorAll(".look")) element.classList.remove("look");
}

/** Whether it has begun in this browser before. Where nothing may be kept, it never begins by itself. */
function isKnown() {
  try {
    return localStorage.getItem(KNOWN) !== null;
  } catch {
    return true;
  }
}

function know() {
  try {
    localStorage.setItem(KNOWN, "begun");
  } catch {
    // it was asked for, or would not have begun
  }
}
