// The page that falls back: shows which way it is on and why, what was tried, and that none of the numbers is missing.

import { connect as longPolling } from "../long-polling/client.js";
import { connect as polling } from "../polling/client.js";
import { fallback } from "../shared/fallback.js";
import { form } from "../shared/form.js";
import { connect as sse } from "../sse/client.js";
import { connect as websocket } from "../websocket/client.js";

const AGAIN = 15_000;
const SHOWN = 50;
const ROOM = "/notes/blue";
const STANDS_BY = "stands by";
const part = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const switches = /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("#between input"));
/** @type {import("../shared/judge.js").Way[]} */
const ways = [
  { name: "WebSocket", connect: websocket, url: `${ROOM}/socket`, keyed: true },
  { name: "Server-Sent Events", connect: sse, url: `${ROOM}/events` },
  { name: "Long polling", connect: longPolling, url: `${ROOM}/long-poll`, hold: 25_000 },
  { name: "Polling", connect: polling, url: `${ROOM}/poll` },
];
const rows = ways.map(({ name }) => rung(name));

let { cursor = "" } = document.documentElement.dataset;
const texts = form({ cursor, connection: () => connection, up() {}, down() {}, url: `${ROOM}/poll` });
/** @type {import("../shared/backoff.js").Connection} */
let connection;
let [numbers, missing, twice, next] = [0, 0, 0, 0];

connect();
for (const one of switches) one.addEventListener("change", () => obstruct(one));
for (const one of switches) one.checked = false; // a browser that reloads keeps them
addEventListener("pagehide", () => connection.close());
addEventListener("pageshow", ({ persisted }) => persisted && connect());

/** Follows from where it was. */
function connect() {
  if (connection) state("reconnecting");
  connection?.close();
  connection = fallback({
    ways, cursor, again: AGAIN, step,
    on: { message, place, gap, state, published: (key) => texts.published(key), problem: (...refusal) => texts.refused(...refusal) },
  });
}

/** Something stands in the way from now on, or does no more: who is on that way is cut off. @param {HTMLInputElement} change */
function obstruct({ name, value, checked }) {
  const at = ways.findIndex(({ url }) => url.split("?")[0] === `${ROOM}${name}`);
  ways[at].url = `${ROOM}${name}${checked ? `?between=${value}` : ""}`;
  if (checked && rows[at].hasAttribute("aria-current")) connect();
}

/** @param {import("../shared/fallback.js").Step} step */
function step({ way, is, why = "", ms = 0 }) {
  const took = ms < 1_000 ? `${Math.round(ms)}\u00a0ms` : `${(ms / 1_000).toFixed(1)}\u00a0s`;
  const said = {
    tried: "is tried", works: `works, after ${took}`, left: `${why}, after ${took}`,
    kept: `is kept, since no other would help: ${why}`, vain: `was tried again, and ${why}, after ${took}`,
  }[is];
  const row = rows[ways.findIndex(({ name }) => name === way)];
  mark(row, is, said);
  if (is !== "left" && is !== "vain") explain(row);
  const item = line(`${way} ${said}.`);
  if (part("steps").firstElementChild?.lastElementChild?.textContent !== item.lastElementChild?.textContent) {
    part("steps").prepend(item);
  }
  while (part("steps").children.length > SHOWN) part("steps").lastElementChild?.remove();
}

/** Says which way this is, and why: what was wrong with those before it. @param {HTMLElement} row */
function explain(row) {
  for (const other of rows) {
    other.removeAttribute("aria-current");
    if (other !== row && other.dataset.is === "works") mark(other, "", STANDS_BY);
  }
  row.setAttribute("aria-current", "true");
  const before = rows.slice(0, rows.indexOf(row));
  const reasons = before.map((other) => other.dataset.why && `${other.dataset.name} ${other.dataset.why}`).filter(Boolean);
  const why = reasons.length > 0 ? `${reasons.join("; ")}.` : before.length > 0 ? "It is what worked last in this tab." : "It is the best of the four.";
  put("way", row.dataset.name ?? "");
  put("why", why);
}

/**
 * A way on the ladder.
 * @param {string} name
 * @returns {HTMLElement}
 */
function rung(name) {
  const row = document.createElement("li");
  row.dataset.name = name;
  row.appendChild(document.createElement("span")).textContent = name;
  row.appendChild(document.createElement("small")).textContent = STANDS_BY;
  part("ladder").append(row);
  return row;
}

/**
 * @param {HTMLElement} row
 * @param {string} is
 * @param {string} said
 */
function mark(row, is, said) {
  row.dataset.is = is;
  row.dataset.why = is === "left" || is === "vain" ? said : "";
  /** @type {HTMLElement} */ (row.lastElementChild).textContent = said;
}

/** @param {import("../shared/backoff.js").Message} message */
function message({ id, at, kind, text, number }) {
  cursor = id;
  if (kind !== "number") return show(text, at, id);
  numbers += 1;
  if (next && number > next) missing += number - next;
  if (next && number < next) twice += 1;
  next = Math.max(next, number + 1);
  const [total] = part("count").children;
  const said = ` ${numbers === 1 ? "number" : "numbers"}, ${missing || "none"} missing, ${twice || "none"} twice`;
  total.textContent = numbers.toLocaleString("en-US");
  /** @type {ChildNode} */ (total.nextSibling).textContent = said;
  part("count").classList.toggle("broken", missing + twice > 0);
}

/** @param {string} at */
function place(at) {
  cursor = at;
  texts.connected(at);
}

/** The server began anew, or this page was away for longer than its history is: then it says so, and the count begins anew, too. */
function gap() {
  next = 0;
  show("Some messages were missed here.").classList.add("gap");
}

/**
 * @param {import("../shared/backoff.js").State} name
 * @param {number} [wait]
 */
function state(name, wait) {
  part("state").dataset.state = name;
  put("state", name);
  put("since", wait === undefined ? "" : ` in ${Math.ceil(wait / 1_000)} s`);
  if (name === "reconnecting" || name === "refused") texts.disconnected();
  if (name === "refused") texts.say("The server lets this page in no more: sign in again, then reload.");
}

/**
 * Puts a text on the list: the newest is the first.
 * @param {string} text
 * @param {number} [at]
 */
function show(text, at, id = "") {
  const item = line(text, at === undefined ? undefined : new Date(at));
  item.appendChild(document.createElement("small")).textContent = id;
  part("messages").prepend(item);
  while (part("messages").children.length > SHOWN) part("messages").lastElementChild?.remove();
  return item;
}

/** @param {string} text */
function line(text, at = new Date()) {
  const item = document.createElement("li");
  const time = item.appendChild(document.createElement("time"));
  time.dateTime = at.toISOString();
  time.textContent = at.toLocaleTimeString("en-GB");
  item.appendChild(document.createElement("span")).textContent = text;
  return item;
}

/**
 * @param {string} id
 * @param {string} text
 */
function put(id, text) {
  if (part(id).textContent !== text) part(id).textContent = text;
}
