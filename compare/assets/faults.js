// The six faults: what each is called, and what it does to a connection. Buttons for all five, and for one.

import { make, mark, part, put } from "./dom.js";
import { seconds } from "./numbers.js";

export const FAULTS = [
  ["cut", "resets every connection"],
  ["silence", "nothing passes for 10 s, and nothing is closed"],
  ["refuse", "resets every connection, and new ones for 5 s"],
  ["slow", "KB a second come down, for 20 s"],
  ["buffer", "holds back 4 KiB or 10 s, as some proxies do"],
  ["restart", "stops the server, and starts it again"],
];

/**
 * Buttons that break the connections of one way. Each also says how long the way took to recover from its fault.
 * @param {string} title
 * @param {(name: string) => void} command
 */
export function faultButtons(title, command) {
  const buttons = FAULTS.map(([name, what]) => {
    const took = make("small", {}, "–");
    const button = make("button", { type: "button", title: `${title}: ${what}`, "data-fault": name }, name, took);
    button.addEventListener("click", () => command(name));
    return { name, button, took };
  });

  /**
   * Shows what lasts, what is not over, and what it took.
   * @param {import("./state.js").Lasting[]} faults
   * @param {import("./recovery.js").Recovery} recovery
   */
  function show(faults, recovery) {
    for (const { name, button, took } of buttons) {
      const active = faults.find((fault) => fault.name === name);
      const record = recovery.latest(name);
      const [state, text] = active ? ["active", left(active)] : past(record);
      mark(button, { state });
      put(took, text);
    }
  }

  const group = { class: "faults", role: "group", "aria-label": `Break the line: ${title}` };
  return { element: make("div", group, ...buttons.map(({ button }) => button)), show };
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
  for (const [name, what] of FAULTS) {
    const button = make("button", { type: "button", "data-fault": name }, name);
    const box = make("div", { class: "fault" }, button, name === "slow" ? slowRate(what) : make("p", {}, what));
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
  return make("label", {}, input, ` ${what}`);
}

/**
 * `7 s left`, where it is known.
 * @param {import("./state.js").Lasting} fault
 */
export function left(fault) {
  return fault.left ? `${Math.max(0, Math.ceil(fault.left / 1_000))} s left` : "now";
}
