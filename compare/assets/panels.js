// A panel: the real page of one way in a frame, and under it what it costs, how late it is, and what it lost.

import { met, metLine } from "./between.js";
import { make, mark, put } from "./dom.js";
import { faultButtons, isSealed, left } from "./faults.js";
import { bytes, clock, count, time } from "./numbers.js";
import { steady, wall } from "./steady.js";
import { oneStop, word } from "./words.js";

const TRY_AGAIN = 6_000; // a page that said nothing for so long after it was asked for is asked for again
const MUTE = "no answer: this browser may have no connection left for it. Close other tabs";

/**
 * Puts a panel on the page; `command` breaks its connections. Gives what shows its account's figures.
 * @param {import("./charts.js").Transport & { port: string, command: (fault: string) => void }} way
 */
export function panel({ name, title, port, account, command }) {
  const origin = `${location.protocol}//${location.hostname}:${port}`;
  const frame = make("iframe", { title: `${title}: its page`, src: `${origin}/?compact` });
  const face = furnish({ name, title, origin, frame, reload, faults: faultButtons(title, command) });
  const attributes = { id: `panel-${name}`, class: "panel", "aria-labelledby": `title-${name}` };
  const section = make("section", attributes, ...face.parts);
  face.title.id = `title-${name}`;
  section.style.setProperty("--way", `var(--${name})`);
  let [asked, loads, isMute, told] = [steady(), 0, false, 0];

  frame.addEventListener("load", () => {
    asked = steady();
    if (loads++ > 0) account.reloaded(asked);
  });

  function reload() {
    account.reloaded(steady());
    asked = steady();
    frame.src = `${origin}/?compact`;
  }

  /** Whether a message to this page came from the panel. */
  const isFrom = (/** @type {MessageEvent} */ event) => event.source === frame.contentWindow && event.origin === origin;

  function show(/** @type {number} */ now) {
    const isLate = !account.heard && now - asked > TRY_AGAIN;
    isMute = isLate || (isMute && !account.heard);
    if (isLate) reload();
    const figures = account.figures(now);
    mark(section, hooks(figures, account.recovery));
    face.show(figures, account.recovery, isMute);
    tell(Math.floor(figures.quiet / 1_000));
    return figures;
  }

  /**
   * The page in the frame is told for how many seconds nothing has come. One that has not reported may be none, but what
   * the browser shows where it could not load it: each message to that would be an error.
   * @param {number} quiet
   */
  function tell(quiet) {
    if (account.heard && (quiet > 0 || told > 0)) frame.contentWindow?.postMessage({ quiet }, origin);
    told = account.heard ? quiet : 0;
  }

  return { section, isFrom, show };
}

/**
 * Every figure, for those who read the page by program.
 * @param {import("./account.js").Figures} figures
 * @param {import("./recovery.js").Recovery} recovery
 */
function hooks({ state, quiet, isLive, delay, cost, faults, why, since, connections, ...figures }, recovery) {
  const { published, delivered, lost, repeated, outOfOrder, gaps, behind, others, readers } = figures;
  const took = (/** @type {string} */ name) => {
    const record = recovery.latest(name);
    return record && (record.took === undefined ? "pending" : Math.round(record.took));
  };
  return {
    state: quiet > 0 ? "quiet" : state, live: isLive, published, delivered, lost, repeated, outOfOrder, gaps, behind, others, readers, connections,
    faults: faults.map(({ name }) => name).join(" "), why,
    median: delay.median, late: delay.late, largest: delay.largest,
    payload: cost?.payload?.toFixed(1), overhead: cost?.overhead?.toFixed(1), each: cost?.each?.toFixed(1),
    requests: cost?.requests, opened: cost?.opened, up: cost?.up, down: cost?.down, cpu: cost?.cpu?.toFixed(3),
    tookCut: took("cut"), tookSilence: took("silence"), tookRefuse: took("refuse"),
    tookSlow: took("slow"), tookBuffer: took("buffer"), tookRestart: took("restart"), tookKill: took("kill"), process: figures.process,
  };
}

/** @typedef {ReturnType<typeof faultButtons>} Faults */

/**
 * The elements of a panel, and what shows its figures in them.
 * @param {{ name: string, title: string, origin: string, frame: Node, faults: Faults, reload: () => void }} panel
 */
function furnish({ name, title, origin, frame, reload, faults }) {
  const heading = make("h2", {}, make("a", { href: `${origin}/`, target: "_blank", rel: "noopener" }, title));
  const badge = make("p", { class: "badge" });
  const again = make("button", { type: "button", class: "reload", title: "Load the panel anew" }, "↻");
  again.setAttribute("aria-label", `Load anew: ${title}`);
  again.addEventListener("click", reload);
  const [lost, delivered, behind] = [row("lost", "Lost", "big lost"), row("delivered", "Delivered"), row("behind", "Behind", "quiet behind")];
  const [repeated, order, gaps] = [row("repeated", "Repeated"), row("order", "Out of order"), row("gaps", "Gaps told")];
  const [each, median] = [row("each", "Bytes a message", "big"), row("median", "Median delay", "big")];
  const [late, largest] = [row("late", "95 %"), row("largest", "Largest")];
  const [requests, connections, passed] = [row("requests", "Requests"), row("connections", "Connections"), row("bytes", "Bytes")];
  const [cpu, readers] = [row("cpu", "CPU"), row("readers", "Readers")];
  const process = document.documentElement.dataset.home ? [row("process", "Process")] : [];
  const [payload, overhead] = [make("span", {}, "–"), make("span", {}, "–")];
  const told = [payload, " ", word("payload", "payload"), ", ", overhead, " ", word("overhead", "overhead")];
  const split = make("p", { class: "under" }, ...(isSealed() ? [word("sealed", "sealed")] : told));
  const share = make("i");
  const bar = make("div", { class: "bar", "aria-hidden": "true" }, share, make("i"));
  const since = make("p", { class: "since" });
  const between = metLine();
  /** @param {{ element: Node }[]} rows */
  const list = (...rows) => make("dl", {}, ...rows.map(({ element }) => element));

  const counted = make("div", { class: "figures" },
    since, list(lost, delivered, behind, repeated, order, gaps), list(each), bar, split,
    list(requests, connections, passed, cpu, readers, ...process), make("p", { class: "since" }, "In the last minute"), list(median, late, largest));
  const parts = [
    make("div", { class: "top" }, heading, again), make("div", { class: "frame" }, frame, badge),
    between.element, make("h3", {}, "Break this line"), faults.element, counted,
  ];
  oneStop(counted);

  /**
   * @param {import("./account.js").Figures} figures
   * @param {import("./recovery.js").Recovery} recovery
   * @param {boolean} isMute
   */
  function show(figures, recovery, isMute) {
    const { cost, delay } = figures;
    const lasting = figures.faults.map((fault) => `${fault.name}, ${left(fault)}`);
    const quiet = figures.quiet > 0 ? [`nothing for ${Math.floor(figures.quiet / 1_000)} s`] : [];
    put(badge, [...(isMute ? [MUTE] : []), ...lasting, ...quiet].join(" · "));
    faults.show(figures.faults, recovery);
    between.show(met(name, figures, steady()));
    lost.say(count(figures.lost), figures.lost > 0);
    delivered.say(`${count(figures.delivered)} of ${count(figures.published)}`);
    behind.say(count(figures.behind));
    repeated.say(count(figures.repeated), figures.repeated > 0);
    order.say(count(figures.outOfOrder), figures.outOfOrder > 0);
    gaps.say(count(figures.gaps), figures.gaps > 0);
    each.say(bytes(cost?.each));
    share.style.width = `${cost?.each ? (100 * (cost.payload ?? 0)) / cost.each : 0}%`;
    put(payload, bytes(cost?.payload));
    put(overhead, bytes(cost?.overhead));
    median.say(time(delay.median));
    late.say(time(delay.late));
    largest.say(time(delay.largest));
    requests.say(count(cost?.requests));
    connections.say(`${count(cost?.opened)} new, ${count(figures.connections)} open`);
    passed.say(`↑ ${bytes(cost?.up)}  ↓ ${bytes(cost?.down)}`);
    cpu.say(time((cost?.cpu ?? NaN) * 1_000));
    readers.say(count(figures.readers));
    for (const id of process) id.say(`${figures.process ?? "starts"}`);
    const others = figures.others ? " Others are connected: their bytes are counted too." : "";
    put(since, `Counted since ${clock(wall(figures.since))}${figures.why && `, ${figures.why}`}.${others}`);
  }

  return { parts, title: heading, show };
}

/**
 * A word and its figure; in alarm it stands out.
 * @param {string} key
 * @param {string} name
 */
function row(key, name, kind = "quiet") {
  const value = make("dd", {}, "–");
  const element = make("div", { class: kind }, make("dt", {}, word(key, name)), value);
  const say = (/** @type {string} */ text, alarm = false) => {
    put(value, text);
    mark(element, { alarm: alarm || undefined });
  };
  return { element, say };
}
