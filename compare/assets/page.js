// The side-by-side page: five panels, what breaks their connections, and what is measured of each.

import { noAnswer, spoken } from "../shared/spoken.js";
import { Account } from "./account.js";
import { bars } from "./bars.js";
import { standing } from "./between.js";
import { chooser } from "./choose.js";
import { charts } from "./charts.js";
import { Clocks } from "./clocks.js";
import { controls } from "./controls.js";
import { ofChannel } from "./cost.js";
import { mark, part, put } from "./dom.js";
import { ENDS, isSealed } from "./faults.js";
import { bytes, count, time } from "./numbers.js";
import { panel } from "./panels.js";
import { follow } from "./state.js";
import { steady } from "./steady.js";
import { tour } from "./tour.js";
import { Sums } from "./trail.js";
import { verdicts } from "./verdicts.js";
import { wire } from "./wire.js";
import { explain, oneStop } from "./words.js";

const BEAT = 2_000; // /events says something about 4 times a second: after 5 s of silence its connection is dead
const CHOSEN = "sse"; // on the wire
const { ports = "", names = "", titles = "", home } = document.documentElement.dataset;
const clocks = new Clocks();
const sums = new Sums();
const control = controls({ broken, burst, restart });
const ways = names.split(" ").map((name, at) => {
  const [title, port] = [titles.split("|")[at], ports.split(" ")[at]];
  const way = { name, title, port, account: new Account(name, steady()) };
  return { ...way, panel: panel({ ...way, command: (fault) => control.fault(fault, name) }) };
});
part("panels").append(...ways.map(({ panel }) => panel.section));
const showChoice = chooser(ways);
const showBars = bars(ways);
const drawCharts = charts(ways, sums);
const showVerdicts = verdicts(ways);
const log = wire(ways, CHOSEN, (name) => layOpen(name));

put(part("spoken"), spoken()?.split(":")[0] ?? "–");
explain();
for (const group of ["facts", "verdicts-view"]) oneStop(part(group));

addEventListener("message", (event) => {
  const way = ways.find(({ panel }) => panel.isFrom(event));
  if (way) way.account.hear(event.data, clocks);
});
tour(press, lasting);
const layOpen = follow(CHOSEN, { state: update, wire: log.take, open: log.begin, own: ownState }, BEAT);
setInterval(show, 1_000); // also while nothing comes

/** @type {string | undefined} */
let epoch;
let newest = 0; // message
/** @type {(number | undefined)[]} */
const before = []; // had passed of each way when its panel was live for the first time
/** @type {string | undefined} */
let stood; // between browser and servers
/** @type {{ count: number, last?: number } | undefined} */
let burstOf; // the burst that is not everywhere yet

/**
 * The whole state has come.
 * @param {import("./state.js").State} state
 */
function update(state) {
  const now = steady();
  clocks.update(state.at, Date.now());
  if (state.epoch !== epoch) sums.clear();
  epoch = state.epoch;
  behind(standing(state.between), now);
  ways.forEach(({ account }, at) => account.update(state, state.transports[at], now));
  sums.add(now, passed(state.transports, now));
  control.show(state);
  newest = state.published;
  put(part("published"), count(newest));
  put(part("held"), count(state.held));
  put(part("memory"), bytes(state.memory ?? undefined));
  if (home) kept(state.reachable !== false);
  put(part("clocks"), time(Math.abs(clocks.ahead)));
  /** @type {HTMLElement} */ (part("clocks").parentElement).hidden = clocks.ahead === 0;
  show();
}

/**
 * What stands between, in words: where that is another thing than before, all counts begin here.
 * @param {string} stands
 * @param {number} now
 */
function behind(stands, now) {
  const why = stands === "nothing" ? "with nothing between" : `behind ${stands}`;
  if (stood !== undefined && stands !== stood) for (const { account } of ways) account.restart(why, now);
  stood = stands;
}

function show() {
  const figures = ways.map(({ panel }) => panel.show(steady()));
  showChoice(figures);
  control.hint(Math.min(...figures.map(({ cost }) => cost?.each ?? Infinity)));
  if (burstOf) showBurst(burstOf, figures.map(({ behind }) => newest - behind));
  showBars(figures.map(({ cost }) => cost));
  showVerdicts(figures);
  drawCharts();
}

/**
 * What has passed of each way. Over TLS nobody on the line can tell a page and its files from the channel: what passed before the panel
 * was live does not count.
 * @param {import("./state.js").Transport[]} transports
 * @param {number} now
 */
function passed(transports, now) {
  return transports.map(({ up, down }, at) => {
    const sum = ofChannel(up) + ofChannel(down);
    if (isSealed() && !ways[at].account.figures(now).isLive && before[at] === undefined) return 0;
    before[at] ??= isSealed() ? sum : 0;
    return sum - before[at];
  });
}

/** What keeps the feed takes messages, or takes none. */
function kept(/** @type {boolean} */ isThere) {
  mark(part("kept"), { state: isThere ? "live" : "refused" });
  put(part("kept"), isThere ? "takes messages" : "takes nothing now");
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
  if (name !== "connecting") put(part("mute"), isMute && name === "reconnecting" ? noAnswer() : refused);
  put(part("own"), wait === undefined ? name : `${name} in ${Math.ceil(wait / 1_000)} s`);
}

/**
 * A fault was commanded here, of one way or of all.
 * @param {string} fault
 * @param {string | null} name
 * @param {number} at
 */
function broken(fault, name, at) {
  const isOfAll = name === null || (home === "file" && ENDS.includes(fault)); // there the five are one process
  const struck = ways.filter((way) => isOfAll || way.name === name);
  for (const { account } of struck) account.recovery.commanded(fault, at);
  burstOf = undefined;
  put(part("news"), `${fault}: ${isOfAll ? "all five" : struck[0].title}`);
}

/** All counts begin here. */
function restart() {
  for (const { account } of ways) account.restart("at your wish", steady());
}

/**
 * So many messages were published at once.
 * @param {number} count
 */
function burst(count) {
  burstOf = { count };
}

/**
 * Where the burst is by now.
 * @param {{ count: number, last?: number }} burst
 * @param {number[]} shown The newest message of each way.
 */
function showBurst(burst, shown) {
  burst.last ??= newest;
  const last = burst.last;
  const here = ways.filter((_, at) => shown[at] >= last).map(({ title }) => title);
  const where = here.length === ways.length ? "all five" : here.join(", ") || "none yet";
  put(part("news"), `Burst: ${count(burst.count)} published. Here in: ${where}.`);
  if (here.length === ways.length) burstOf = undefined;
}

/** The faults that last somewhere, and for a while. */
function lasting() {
  const all = ways.flatMap(({ account }) => account.figures(steady()).faults);
  return [...new Set(all.filter(({ left }) => left && left > 0).map(({ name }) => name))];
}

/**
 * What the button of a step of the tour does; whether it was done.
 * @param {string} what
 */
function press(what) {
  if (what !== "say") return control.fault(what, null);
  log.open("websocket");
  return control.say("hello from the tour");
}
