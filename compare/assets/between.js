// The control that puts a real proxy between browser and servers, and what each of the five meets there.

import { make, mark, part, put } from "./dom.js";
import { time } from "./numbers.js";

const LATE = 100; // ms: what is later than this behind a proxy was held back there
const COMES = 8_000; // ms: within this a stream stands, or is held back
const STREAMS = ["iframe-stream", "sse"]; // their answer never ends

/**
 * A proxy and one of its configurations: what is wanted, and what stands; and why what was wanted last does not.
 * @typedef {{ name: string, form: string, version?: string }} Chosen
 * @typedef {{ wanted: Chosen | null, stands: Chosen | null, problem?: string }} Between
 *
 * The status of the answer to a text, or to a handshake, of a page; none where there was no answer.
 * @typedef {{ post?: number, handshake?: number }} Answered
 */

const select = () => /** @type {HTMLSelectElement | null} */ (document.getElementById("proxy"));
const form = () => /** @type {HTMLFieldSetElement} */ (part("form"));
/** What each proxy lacks as it comes. */
const all = () => /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("#between .lines"));
const titleOf = (/** @type {string} */ name) =>
  [...(select()?.options ?? [])].find(({ value }) => value === name)?.textContent ?? name;

/**
 * Makes the control work; `choose` is called with what is wanted. Gives what shows what stands.
 * @param {(command: { name: string | null, form: string | null }) => Promise<unknown>} choose
 */
export function between(choose) {
  const [proxy, radios] = [select(), [...document.querySelectorAll("#form input")].map((radio) => /** @type {HTMLInputElement} */ (radio))];
  let [shown, isSending] = ["", false];
  for (const control of [proxy, ...radios]) control?.addEventListener("change", send);

  /** Who goes through the list by keyboard chooses again and again: one is sent after the other, and the last at last. */
  async function send() {
    form().disabled = !proxy?.value;
    if (isSending) return;
    isSending = true;
    for (let sent = ""; sent !== JSON.stringify(chosen());) {
      sent = JSON.stringify(chosen());
      await choose(chosen());
    }
    isSending = false;
    shown = ""; // the next state says what is so
  }

  function chosen() {
    const name = proxy?.value || null;
    return { name, form: name && (radios.find(({ checked }) => checked)?.value ?? null) };
  }

  /**
   * Shows what is wanted and what stands, when it changes: what is being chosen stays.
   * @param {Between} state
   */
  return function show(state) {
    const now = JSON.stringify(state);
    if (!proxy || isSending || now === shown) return;
    shown = now;
    const { wanted, stands, problem } = state;
    proxy.value = wanted?.name ?? "";
    form().disabled = !wanted;
    for (const radio of radios) if (wanted) radio.checked = radio.value === wanted.form;
    put(part("between-news"), news(state, titleOf));
    mark(part("between"), { state: problem ? "failed" : differ(wanted, stands) ? "coming" : stands ? "stands" : "nothing" });
    for (const lines of all()) {
      lines.hidden = lines.dataset.proxy !== stands?.name;
      const head = lines.querySelector("summary");
      if (head && stands) put(head, stands.form === "right" ? "The lines that make it right, and why" : "The lines that are missing, and why");
    }
  };
}

/**
 * @param {Chosen | null} one
 * @param {Chosen | null} other
 */
function differ(one, other) {
  return one?.name !== other?.name || one?.form !== other?.form;
}

/**
 * What stands, in words.
 * @param {Chosen | null} chosen
 * @param {(name: string) => string} title
 */
export function called(chosen, title) {
  if (!chosen) return "nothing";
  const form = chosen.form === "right" ? "(right)" : "(as it comes)";
  return [title(chosen.name), chosen.version, form].filter(Boolean).join(" ");
}

/**
 * What the control says.
 * @param {Between} state
 * @param {(name: string) => string} title
 */
export function news({ wanted, stands, problem }, title) {
  const now = stands ? `Between: browser → ${called(stands, title)} → server.` : "Nothing stands between.";
  if (problem) return `${now} Not done: ${problem}`;
  return differ(wanted, stands) && wanted ? `${now} ${called(wanted, title)} is being started.` : now;
}

/** What stands, in words, with the titles of the page. @param {Between} state */
export const standing = ({ stands }) => called(stands, titleOf);

/**
 * What a way meets at the proxy that stands between: what its page is answered, and what its figures say.
 * @param {string} name
 * @param {Pick<import("./account.js").Figures, "answered" | "connections" | "readers" | "delay" | "quiet" | "state" | "since" | "faults">} figures
 * @param {number} now
 */
export function met(name, { answered, connections = 0, readers = 0, delay: { median = 0 }, quiet, state, since, faults }, now) {
  if (!answered) return [];
  const says = [];
  if (name === "websocket") {
    const status = answered.handshake;
    if (status === 403) says.push("The socket is refused (403): Host was replaced, so its page seems foreign.");
    else if (status !== 101) says.push(`The socket is refused (${status ?? "no answer"}): its upgrade is not passed on.`);
  } else if (answered.post === 403) {
    says.push("A text sent here is refused (403): Host was replaced, so this page seems foreign.");
  }
  const isStill = quiet > 0 || (state !== "live" && now - since > COMES);
  if (STREAMS.includes(name) && faults.length === 0 && isStill) says.push("Nothing arrives: its answer is held back until it ends.");
  if (name !== "polling" && median > LATE) says.push(`Each message is held back: ${time(median)}.`);
  const left = readers - connections;
  if (left > 0) says.push(`The server still keeps ${left === 1 ? "one who has left" : `${left} who have left`}: nobody told it.`);
  return says;
}

/** What says in a panel what its way meets. */
export function metLine() {
  const [text, link] = [make("span"), make("a", { href: "#between" }, "Which line helps")];
  const element = make("p", { class: "met", hidden: "" }, text, " ", link);
  link.addEventListener("click", () => {
    for (const lines of all()) if (lines instanceof HTMLDetailsElement) lines.open = true;
  });

  function show(/** @type {string[]} */ says) {
    element.hidden = says.length === 0;
    put(text, says.join(" "));
  }

  return { element, show };
}
