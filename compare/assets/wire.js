// The wire view: what the connections of one way carry, as text, the newest last.

import { choices, make, part, put, watch } from "./dom.js";
import { Lines } from "./lines.js";
import { clock, count } from "./numbers.js";

const KEPT = 400; // lines
const WAITING = 2_000; // parts: what came while it was paused, or too fast to be drawn
const PACE = 250;
const NEAR = 40; // pixels from the end that still count as the end
const CONTROLS = [
  "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "HT", "LF", "VT", "FF", "CR", "SO", "SI", "DLE",
  "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS", "US", "SP", "DEL",
];
const ARROWS = { up: "↑ up", down: "↓ down" };

/**
 * Shows the wire of `chosen`; `another` hears which of `ways` is chosen then. Gives what takes the parts, and what
 * hears that they begin again.
 * @param {{ name: string, title: string }[]} ways
 * @param {string} chosen
 * @param {(name: string) => void} another
 */
export function wire(ways, chosen, another) {
  const view = part("wire-view");
  const isSeen = watch(view);
  let [lines, newest, group, line, paused, anew] = [new Lines(), 0, make("div"), make("div"), false, false];
  /** @type {import("./lines.js").Part[]} */
  let waiting = [];

  choices(part("wire-choice"), "wire", ways.map(({ name, title }) => [name, title]), choose);
  for (const choice of part("wire-choice").querySelectorAll("input")) choice.checked = choice.value === chosen;
  part("wire-pause").addEventListener("click", pause);
  part("wire-copy").addEventListener("click", copy);
  setInterval(() => isSeen() && !paused && draw(), PACE);
  color(chosen);
  return { take, begin: again, open };

  function color(/** @type {string} */ name) {
    part("wire").style.setProperty("--way", `var(--${name})`);
  }

  function choose(/** @type {string} */ name) {
    color(name);
    again();
    clear();
    another(name);
  }

  /**
   * Lays another open, as if the reader had chosen it.
   * @param {string} name
   */
  function open(name) {
    for (const choice of part("wire-choice").querySelectorAll("input")) {
      if (choice.value === name && !choice.checked) choice.click();
    }
  }

  /** The stream begins again, and with it what is recent. What is shown stays until there is more: it may be read. */
  function again() {
    [waiting, newest, anew] = [[], 0, true];
  }

  function clear() {
    [lines, anew] = [new Lines(), false];
    view.replaceChildren();
  }

  function take(/** @type {import("./lines.js").Part[]} */ parts) {
    waiting.push(...parts.filter(({ n }) => n > newest));
    newest = parts.at(-1)?.n ?? newest;
    if (waiting.length > WAITING) waiting.splice(0, waiting.length - WAITING);
  }

  function draw() {
    if (waiting.length === 0) return;
    if (anew) clear();
    const following = view.scrollHeight - view.scrollTop - view.clientHeight < NEAR;
    lines.read(waiting, begin, add);
    waiting = [];
    for (let old = view.getElementsByClassName("line").length - KEPT; old > 0; old--) forget();
    if (following) view.scrollTop = view.scrollHeight;
  }

  /**
   * @param {import("./lines.js").Part} first
   * @param {boolean} isNewGroup
   */
  function begin(first, isNewGroup) {
    const isCut = !group.isConnected; // all of it was forgotten
    if (isNewGroup || isCut) {
      const time = `${clock(first.at)}.${`${first.at % 1_000}`.padStart(3, "0")}`;
      const head = make("p", {}, `${ARROWS[first.dir]} · connection ${first.connection} · ${time}`);
      group = view.appendChild(make("div", { class: "group", "data-dir": first.dir }, head));
    }
    line = group.appendChild(make("div", { class: "line" }));
  }

  /**
   * Adds a part to the line; notes stand at its end.
   * @param {import("./lines.js").Part} part
   */
  function add({ text, weight, kind, clipped, note }) {
    const span = make("span", { "data-weight": weight, "data-kind": kind }, ...withControls(text));
    if (kind === "frame" || kind === "record") span.append(" "); // its bytes are in hexadecimal, what follows is not
    if (clipped) span.append(make("small", {}, ` … ${count(clipped)} bytes more`));
    line.insertBefore(span, line.querySelector(":scope > small"));
    if (note) line.append(make("small", {}, ` ${note}`));
  }

  function forget() {
    const oldest = view.firstElementChild;
    oldest?.querySelector(".line")?.remove();
    if (!oldest?.querySelector(".line")) oldest?.remove();
  }

  function pause() {
    paused = !paused;
    part("wire-pause").setAttribute("aria-pressed", `${paused}`);
    if (!paused) draw();
  }

  async function copy() {
    const text = [...view.querySelectorAll(".group > *")].map((line) => line.textContent).join("\n");
    put(part("wire-copied"), (await toClipboard(text)) ? "Copied" : "The browser did not let it");
    setTimeout(() => put(part("wire-copied"), ""), 2_000);
  }
}

/**
 * A text in which the pictures of control characters stand out, by their names: few fonts have them.
 * @param {string} text
 */
function withControls(text) {
  return text.split(/([\u2400-\u2421])/).map((piece, at) => (at % 2 === 0 ? piece : control(piece)));
}

/** @param {string} picture */
function control(picture) {
  return make("i", { "data-control": CONTROLS[picture.charCodeAt(0) - 0x2400] }, picture);
}

/**
 * Whether it is there now. By a name other than localhost, without TLS, a page may not write it, but can copy.
 * @param {string} text
 */
async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const box = document.body.appendChild(make("textarea", { class: "hidden", "aria-hidden": "true" }));
    const focused = /** @type {HTMLElement | null} */ (document.activeElement);
    box.value = text;
    box.select();
    const done = document.execCommand("copy");
    box.remove();
    focused?.focus();
    return done;
  }
}
