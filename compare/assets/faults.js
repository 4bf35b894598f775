// The faults: what each is called, and what it does to a connection. Buttons for all five, and for one.

import { input, make, mark, part, put } from "./dom.js";
import { seconds } from "./numbers.js";
import { word } from "./words.js";

const RATES = [1, 10, 100]; // that the feed has

export const FAULTS = [
  ["cut", "resets every connection"],
  ["silence", "nothing passes for 10 s, and nothing is closed"],
  ["refuse", "resets every connection, and new ones for 5 s"],
  ["slow", "KB a second come down, for 20 s"],
  ["buffer", "for 30 s, holds answers until they end or 4 KiB gather"],
  ["restart", "stops the server, and starts it again"],
];

/** The faults that end a server, which starts again. */
export const ENDS = ["restart", "kill"];

/** What these do where the servers are no part of the page's own process. @type {Record<string, [name: string, what: string][]>} */
const OF_PROCESSES = {
  redis: [
    ["restart", "stops the process of the server, and starts it again"],
    ["kill", "ends the process by force (kill -9); it is started again"],
  ],
  file: [
    ["restart", "stops the process of all five, and starts it again"],
    ["kill", "ends the process of all five by force (kill -9); it is started again"],
  ],
};

/** The faults of this page. */
function faults() {
  const { home = "" } = document.documentElement.dataset;
  const ends = OF_PROCESSES[home];
  return ends ? [...FAULTS.filter(([name]) => !ENDS.includes(name)), ...ends] : FAULTS;
}

/** Whether the servers speak TLS: then who stands on the line cannot read what passes. */
export const isSealed = () => document.documentElement.dataset.tls !== undefined;

/**
 * Why there is no such fault here.
 * @param {string} name
 */
const lack = (name) => (name === "buffer" && isSealed() ? "not over TLS: who has no key cannot see where an answer ends" : undefined);

/**
 * Buttons that break the connections of one way. Each also says how long the way took to recover from its fault.
 * @param {string} title
 * @param {(name: string) => void} command
 */
export function faultButtons(title, command) {
  const buttons = faults().map(([name, what]) => {
    const took = make("small", {}, "–");
    const button = make("button", { type: "button", title: `${title}: ${lack(name) ?? what}`, "data-fault": name }, name, took);
    button.disabled = Boolean(lack(name));
    button.addEventListener("click", () => command(name));
    return { name, what, button, took };
  });

  const told = make("span");
  const how = make("p", { class: "how", hidden: "" }, word("back", "Back"), told);

  /**
   * Shows what lasts, what is not over, and what it took.
   * @param {import("./state.js").Lasting[]} faults
   * @param {import("./recovery.js").Recovery} recovery
   */
  function show(faults, recovery) {
    const latest = recovery.records.filter(({ took }) => took !== undefined).pop();
    how.hidden = !latest;
    if (latest) put(told, ` ${seconds(latest.took ?? 0)} after ${latest.name}: ${parts(latest)}.`);
    for (const { name, what, button, took } of buttons) {
      if (name === "slow") button.title = `${title}: ${input("slow-rate").value} ${what}`;
      const active = faults.find((fault) => fault.name === name);
      const record = recovery.latest(name);
      const [state, text] = active ? ["active", left(active)] : past(record);
      mark(button, { state });
      put(took, text);
    }
  }

  const group = { class: "faults", role: "group", "aria-label": `Break the line: ${title}` };
  return { element: make("div", {}, make("div", group, ...buttons.map(({ button }) => button)), how), show };
}

/**
 * What of the time was waiting: for the next try, and for a message to be published; the rest is the way's own.
 * @param {import("./recovery.js").Fault} record
 */
function parts({ took = 0, waited = 0, quiet = 0 }) {
  return `${seconds(waited)} until it tried, ${seconds(quiet)} for a message, ${seconds(Math.max(0, took - waited - quiet))} the way`;
}

/**
 * What became of a fault that no longer lasts, if there was one.
 * @param {import("./recovery.js").Fault | undefined} record
 */
function past(record) {
  if (!record) return ["none", "–"];
  return record.took === undefined ? ["open", "not back"] : ["over", `back ${seconds(record.took)}`];
}

/**
 * The buttons that break all connections, with what each fault does.
 * @param {(name: string) => void} command
 */
export function faultsOfAll(command) {
  for (const [name, what] of faults()) {
    const button = make("button", { type: "button", "data-fault": name }, name);
    button.disabled = Boolean(lack(name));
    const box = make("div", { class: "fault" }, button, name === "slow" ? slowRate(what) : make("p", {}, lack(name) ?? what));
    button.addEventListener("click", () => command(name));
    part("break-all").append(box);
  }
}

/**
 * What slow does; how slow can be set in it.
 * @param {string} what
 */
function slowRate(what) {
  const input = make("input", { type: "number", id: "slow-rate", min: 1, max: 1_000, step: 1, value: 4, required: "" });
  return make("div", {}, make("label", {}, input, ` ${what}`), make("p", { id: "slow-hint" }));
}

/**
 * Whether so many KB a second are less than what comes.
 * @param {number} limit
 * @param {number} each the bytes of a message
 * @param {number} rate messages a second
 */
export function slowHint(limit, each, rate) {
  const comes = (each * rate) / 1_000;
  if (comes > limit) return `${comes.toFixed(1)} KB a second come now: they fall behind`;
  const from = RATES.find((rate) => each * rate > limit * 1_000);
  return from ? `to be seen from ${from} messages a second` : "to be seen with longer texts, or fewer KB";
}

/**
 * `7 s left`, where it is known.
 * @param {import("./state.js").Lasting} fault
 */
export function left(fault) {
  return fault.left ? `${Math.max(0, Math.ceil(fault.left / 1_000))} s left` : "now";
}
