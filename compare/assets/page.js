// The side-by-side page: five panels, what breaks their connections, and what is measured of each.

import { Account } from "./account.js";
import { bars } from "./bars.js";
import { charts } from "./charts.js";
import { Clocks } from "./clocks.js";
import { controls, NO_ANSWER } from "./controls.js";
import { mark, part, put } from "./dom.js";
import { bytes, count, time } from "./numbers.js";
import { panel } from "./panels.js";
import { follow } from "./state.js";
import { steady } from "./steady.js";
import { Sums } from "./trail.js";
import { verdicts } from "./verdicts.js";
import { wire } from "./wire.js";

const BEAT = 2_000; // /events says something about 4 times a second: after 5 s of silence its connection is dead
const CHOSEN = "sse"; // on the wire
const { ports = "", names = "", titles = "" } = document.documentElement.dataset;
const clocks = new Clocks();
const sums = new Sums();
const control = controls({ broken, restart });
const ways = names.split(" ").map((name, at) => {
  const [title, port] = [titles.split("|")[at], ports.split(" ")[at]];
  const way = { name, title, port, account: new Account(name, steady()) };
  return { ...way, panel: panel({ ...way, command: (fault) => control.fault(fault, name) }) };
});
part("panels").append(...ways.map(({ panel }) => panel.section));
const showBars = bars(ways);
const drawCharts = charts(ways, sums);
const showVerdicts = verdicts(ways);
const log = wire(ways, CHOSEN, (name) => layOpen(name));

addEventListener("message", (event) => {
  const way = ways.find(({ panel }) => panel.isFrom(event));
  if (way) way.account.hear(event.data, clocks);
});
const layOpen = follow(CHOSEN, { state: update, wire: log.take, open: log.begin, own: ownState }, BEAT);
setInterval(show, 1_000); // also while nothing comes

/** @type {string | undefined} */
let epoch;

/**
 * The whole state has come.
 * @param {import("./state.js").State} state
 */
function update(state) {
  const now = steady();
  clocks.update(state.at, Date.now());
  if (state.epoch !== epoch) sums.clear();
  epoch = state.epoch;
  ways.forEach(({ account }, at) => account.update(state, state.transports[at], now));
  sums.add(now, state.transports.map(({ up, down }) => up.payload + up.overhead + down.payload + down.overhead));
  control.show(state);
  put(part("published"), count(state.published));
  put(part("held"), count(state.held));
  put(part("memory"), bytes(state.memory ?? undefined));
  put(part("clocks"), time(Math.abs(clocks.ahead)));
  /** @type {HTMLElement} */ (part("clocks").parentElement).hidden = clocks.ahead === 0;
  show();
}

function show() {
  const figures = ways.map(({ panel }) => panel.show(steady()));
  showBars(figures.map(({ cost }) => cost));
  showVerdicts(figures);
  drawCharts();
}

/**
 * This page's own connection is connecting, live, or reconnecting in so many ms.
 * @param {string} name
 * @param {number | undefined} wait
 * @param {boolean} isMute
 */
function ownState(name, wait, isMute) {
  mark(part("own"), { state: name });
  const refused = name === "refused" ? "The server lets this page in no more: sign in again, then reload." : "";
  if (name !== "connecting") put(part("mute"), isMute && name === "reconnecting" ? NO_ANSWER : refused);
  put(part("own"), wait === undefined ? name : `${name} in ${Math.ceil(wait / 1_000)} s`);
}

/**
 * A fault was commanded here, of one way or of all.
 * @param {string} fault
 * @param {string | null} name
 * @param {number} at
 */
function broken(fault, name, at) {
  const struck = ways.filter((way) => name === null || way.name === name);
  for (const { account } of struck) account.recovery.commanded(fault, at);
  put(part("news"), `${fault}: ${name === null ? "all five" : struck[0].title}`);
}

/** All counts begin here. */
function restart() {
  for (const { account } of ways) account.restart("at your wish", steady());
}
