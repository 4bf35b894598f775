// The page around every demo: shows what the transport's client hears, draws it, and sends what is typed.

import * as client from "../assets/client.js";
import { form } from "./form.js";
import { next } from "./next.js";
import { sequence } from "./sequence.js";
import { noAnswer, spoken } from "./spoken.js";

const SHOWN = 50;
const PATIENCE = 5_000;
const HOLDING = ["long-polling", "iframe-stream", "sse"]; // a tab of these holds one of the lines that all tabs share
const { heartbeat, hold, embed = "", ...start } = document.documentElement.dataset;
const above = location.ancestorOrigins?.[0]; // where the browser tells, only this one can hear
const parents = embed.split(" ").filter((origin) => origin && parent !== window && origin === (above ?? origin));
const part = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const options = new URLSearchParams(location.search);
const diagram = part("sequence") && sequence(part("sequence"), opened);
/** @type {import("./backoff.js").Arrow} */
const up = (label, content = "", connection, steps) => diagram?.add({ up: true, label, content, connection, steps });
/** @type {import("./backoff.js").Arrow} */
const down = (label, content = "", connection, steps) => diagram?.add({ up: false, label, content, connection, steps });
/** @type {import("./backoff.js").Listener} */
const on = { state, message, gap, place, published: (key) => texts.published(key), problem: (...refusal) => texts.refused(...refusal), fact, up, down };

let { cursor = "" } = start;
const texts = form({ cursor, connection: () => connection, up, down });
/** @type {import("./backoff.js").Connection} */
let connection;
/** @type {ReturnType<typeof setInterval>} */
let countdown;
/** @type {ReturnType<typeof setTimeout>} */
let waiting;
/** @type {Date | undefined} */
let heard;

if (diagram) furnish();
connect();
addEventListener("message", ({ origin, source, data }) => source === parent && parents.includes(origin) && quiet(data?.quiet));
addEventListener("pagehide", () => connection.close());
addEventListener("pageshow", ({ persisted }) => persisted && !isOver() && connect());
addEventListener("error", ({ message }) => mistake(message));
addEventListener("unhandledrejection", ({ reason }) => mistake(reason));

function connect() {
  const set = Object.fromEntries((client.settings ?? []).map((setting) => [setting.name, valueOf(setting)]));
  connection = client.connect({ cursor, heartbeat: Number(heartbeat), hold: hold === undefined ? hold : Number(hold), keyed: true, ...set, on });
}

/** Whether nobody tries any more. */
function isOver() {
  return ["refused", "stopped"].includes(part("state").dataset.state ?? "");
}

/**
 * What went wrong in our own code is no dead network, and does not get better by trying again.
 * @param {unknown} what
 */
function mistake(what) {
  texts.say(`This page has made a mistake, or this browser lacks what it needs: ${what}`);
}

function disconnect() {
  connection.close();
  down("closed by the reader", "", "breaks");
  state("stopped");
}

/**
 * The connection is connecting, live, waiting (a request is held), reconnecting in so many ms, or stopped.
 * @param {import("./backoff.js").State | "stopped"} name
 * @param {number} [wait]
 */
function state(name, wait) {
  clearInterval(countdown);
  const until = performance.now() + (wait ?? 0);
  const show = () => {
    const left = wait === undefined ? "" : ` in ${Math.max(0, Math.ceil((until - performance.now()) / 1_000))} s`;
    const since = name === "reconnecting" && heard ? `, last heard ${heard.toLocaleTimeString("en-GB")}` : "";
    if (part("since").textContent !== left + since) part("since").textContent = left + since;
  };
  show();
  if (wait !== undefined) countdown = setInterval(show, 200);
  if (name === "live" || name === "waiting") heard = new Date();
  if (["reconnecting", "refused", "stopped"].includes(name)) texts.disconnected();
  if (name === "refused") texts.say(`The server lets this page in no more: sign in again, then ${part("toggle") ? "press Reconnect" : "reload"}.`);
  mute(name);
  if (part("state").dataset.state === name && wait === undefined) return;
  part("state").dataset.state = name;
  if (part("state").textContent !== name) part("state").textContent = name;
  if (part("toggle")) part("toggle").textContent = isOver() ? "Reconnect" : "Disconnect";
  report({ state: name, wait });
}

/**
 * Says why it may be that nothing at all is answered. A socket does not need one of the connections for requests.
 * @param {string} name of the state
 */
function mute(name) {
  clearTimeout(waiting);
  if (!diagram || start.name === "websocket") return; // who embeds this page says it
  if (name === "connecting") waiting = setTimeout(() => texts.say(noAnswer()), PATIENCE);
  else if (name !== "reconnecting" && part("problem").textContent === noAnswer()) texts.say("");
}

/**
 * Who embeds this page knows that something was published, and that nothing has come for so many seconds: the connection
 * may be dead, and nobody has noticed yet.
 * @param {unknown} seconds
 */
function quiet(seconds) {
  const isQuiet = typeof seconds === "number" && seconds > 0;
  part("state").classList.toggle("quiet", isQuiet);
  const text = isQuiet ? "quiet" : part("state").dataset.state ?? "";
  if (part("state").textContent !== text) part("state").textContent = text;
}

/** @param {import("./backoff.js").Message} message */
function message({ id, at, kind, text }) {
  cursor = id;
  if (kind === "clock") part("clock").textContent = text.split(" ").pop() ?? text;
  else show(text, new Date(at), id);
  report({ id, at, seen: Date.now() });
}

/**
 * The server says where we are.
 * @param {string} at
 */
function place(at) {
  cursor = at;
  texts.connected(at);
}

function gap() {
  show("Some messages were missed here.").classList.add("gap");
  report({ gap: true });
}

/**
 * Puts a text on the list: the newest is the first.
 * @param {string} text
 * @param {Date} [at]
 */
function show(text, at, id = "") {
  const item = document.createElement("li");
  if (at) {
    const time = item.appendChild(document.createElement("time"));
    time.dateTime = at.toISOString();
    time.textContent = at.toLocaleTimeString("en-GB");
  }
  item.appendChild(document.createElement("span")).textContent = text;
  item.appendChild(document.createElement("small")).textContent = id;
  part("messages").prepend(item);
  while (part("messages").children.length > SHOWN) part("messages").lastElementChild?.remove();
  return item;
}

/**
 * Something that only this transport knows of its connection.
 * @param {string} name
 * @param {string | number} value
 */
function fact(name, value) {
  if (!part("facts")) return;
  part("facts").hidden = false;
  const known = [...part("facts").querySelectorAll("dt")].find((head) => head.textContent === name);
  const cell = known?.nextElementSibling ?? row(name);
  if (cell.textContent !== `${value}`) cell.textContent = `${value}`;
}

/**
 * A new row for a fact: gives the cell of its value.
 * @param {string} name
 */
function row(name) {
  const row = part("facts").appendChild(document.createElement("div"));
  row.appendChild(document.createElement("dt")).textContent = name;
  return row.appendChild(document.createElement("dd"));
}

/** What only the whole page has: buttons, settings, the link to the next way. */
function furnish() {
  const lines = HOLDING.includes(start.name ?? "") && spoken();
  if (lines) fact("to this server", lines);
  part("toggle").onclick = () => (isOver() ? connect() : disconnect());
  part("pause").onclick = () => {
    const paused = part("pause").getAttribute("aria-pressed") !== "true";
    part("pause").setAttribute("aria-pressed", `${paused}`);
    diagram?.pause(paused);
  };
  if (part("next")) next(part("next"));
  for (const setting of client.settings ?? []) part("settings").append(control(setting));
  part("settings").hidden = !client.settings;
  part("settings").addEventListener("submit", (event) => event.preventDefault()); // Enter: it would cancel the reload
}

/**
 * A setting's value: from the address, or its own.
 * @param {import("./backoff.js").Setting} setting
 */
function valueOf({ name, value, min = -Infinity, max = Infinity }) {
  const given = options.get(name);
  if (typeof value === "boolean") return given === "true" || value;
  return Math.min(Math.max(Number(given) || value, min), max);
}

/**
 * A setting as the reader sees it; changed, it becomes a part of the address.
 * @param {import("./backoff.js").Setting} setting
 */
function control(setting) {
  const { name, label, value, ...limits } = setting;
  const labeled = document.createElement("label");
  const input = document.createElement("input");
  const isSwitch = typeof value === "boolean";
  Object.assign(input, { type: isSwitch ? "checkbox" : "number", name, ...limits });
  input.checked = valueOf(setting) === true;
  if (!isSwitch) input.value = `${valueOf(setting)}`;
  input.onchange = () => {
    if (!input.checkValidity()) return input.reportValidity();
    options.set(name, isSwitch ? `${input.checked}` : input.value);
    location.search = `${options}`;
  };
  labeled.append(label, input);
  return labeled;
}

/**
 * Shows what an arrow carried.
 * @param {import("./sequence.js").Drawn} arrow
 * @param {boolean} aloud
 */
function opened({ number, up, label, content }, aloud) {
  const title = document.createElement("h3");
  title.textContent = `${number}  ${up ? "Browser to server" : "Server to browser"}: ${label}`;
  const body = document.createElement("pre");
  body.tabIndex = 0;
  body.textContent = content || "Nothing but its head.";
  part("opened").setAttribute("aria-live", aloud ? "polite" : "off");
  part("opened").replaceChildren(title, body);
}

/**
 * Tells an allowed parent what happened; to any other, the browser does not deliver it.
 * @param {object} what
 */
function report(what) {
  for (const origin of parents) parent.postMessage(what, origin);
}
