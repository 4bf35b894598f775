// All that is known of one way: what its panel reports, and what /events says of it. It draws nothing. Its times are
// steady.

import { cost } from "./cost.js";
import { Delays } from "./delays.js";
import { Ledger, place } from "./ledger.js";
import { Recovery } from "./recovery.js";
import { steady, steadyAt } from "./steady.js";
import { Dots } from "./trail.js";

const HEALTHY = ["live", "waiting"];
const BROKEN = ["reconnecting", "refused", "stopped"]; // the panel knows, and says so
const POLLS = 1_000; // the interval of a panel that polls, in ms
const SETTLED = 500; // so long after a connection stands, in ms, all that it took to open it has been counted

/**
 * What a panel's page reports: a message, a gap, or a state.
 * @typedef {{ id: string, at: number, seen: number }} Shown
 * @typedef {Partial<Shown & { gap: boolean, state: string, wait: number }>} Report
 *
 * @typedef {ReturnType<Account["figures"]>} Figures All that is shown of a way.
 */

export class Account {
  name;
  dots = new Dots();
  recovery = new Recovery();
  state = "connecting";
  heard = false; // the panel has reported since it was loaded
  /** @type {string | undefined} */
  #epoch;
  #ledger = new Ledger();
  #delays = new Delays();
  /** @type {{ at: number, why: string, healthy?: number }} */
  #since; // when the counts began, and why
  /** @type {{ way: import("./state.js").Transport, published: number, at: number } | undefined} */
  #base; // the counters when the panel went live
  #shown = 0; // messages that were published after that
  #last = 0; // when the panel last showed a message, or began
  /** @type {import("./state.js").Feed & { way: import("./state.js").Transport, at: number, shown: number } | undefined} */
  #latest; // the newest of /events
  /** @type {{ at: number, median?: number, late?: number, largest?: number }} */
  #summary = { at: 0 };

  /**
   * @param {string} name
   * @param {number} now
   */
  constructor(name, now) {
    this.name = name;
    this.#since = { at: now, why: "" };
    this.#last = now;
  }

  /**
   * Everything is counted from here on.
   * @param {string} why
   * @param {number} now
   */
  restart(why, now) {
    this.#ledger = new Ledger();
    this.#delays = new Delays();
    this.#since = { at: now, why };
    this.#base = undefined;
    this.#shown = 0;
    this.#last = now;
    this.#summary = { at: 0 };
  }

  /**
   * The panel was loaded again: what it reports begins again.
   * @param {number} now
   */
  reloaded(now) {
    this.#turn("connecting");
    this.heard = false;
    this.restart("when the panel was loaded again", now);
  }

  /**
   * The panel says something: when a message was published by the server's clock, and when it was seen by ours.
   * @param {Report} report
   * @param {import("./clocks.js").Clocks} clocks
   */
  hear(report, clocks) {
    const { id, at, seen } = report;
    if (!id || !at || !seen) return this.report(report, 0);
    const arrived = steadyAt(seen);
    this.report({ ...report, seen: arrived }, arrived - clocks.delay(at, seen, place(id)) - at);
  }

  /**
   * The panel says something. `ahead` is how far our clock is ahead of the server's; NaN where that is not known, and
   * then neither is how late a message is.
   * @param {Report} report
   * @param {number} ahead
   */
  report({ id, at, seen, gap, state }, ahead) {
    this.heard = true;
    if (state && !this.isHealthy) this.#since.healthy = steady();
    if (state) this.#turn(state);
    if (gap) this.#ledger.gap();
    if (id && at && seen) this.#message(place(id), at + ahead, seen);
  }

  #turn(/** @type {string} */ state) {
    this.state = state;
    this.recovery.waits(state === "reconnecting", steady());
  }

  /**
   * @param {{ epoch: string, seq: number }} place
   * @param {number} at
   * @param {number} seen
   */
  #message({ epoch, seq }, at, seen) {
    if (this.#epoch !== undefined && epoch !== this.#epoch) this.restart("when another feed began", seen);
    this.#epoch = epoch;
    this.#ledger.deliver(seq);
    this.#last = seen;
    if (this.#base && seq > this.#base.published) this.#shown++;
    if (at >= this.#since.at) this.#late(seen, seen - at);
    this.recovery.message(at, seen, this.isHealthy, this.#ledger.behind(this.#newest), this.#latest?.rate ?? 0);
  }

  /**
   * What was published before the count began is late for reasons of its own.
   * @param {number} seen
   * @param {number} delay
   */
  #late(seen, delay) {
    this.#delays.add(seen, delay);
    this.dots.add(seen, delay);
  }

  /**
   * /events has the feed's figures and this way's.
   * @param {import("./state.js").Feed} feed
   * @param {import("./state.js").Transport} way
   * @param {number} now
   */
  update(feed, way, now) {
    if (feed.epoch !== (this.#epoch ?? feed.epoch)) this.restart("when another feed began", now);
    this.#epoch = feed.epoch;
    this.#latest = { ...feed, way, at: now, shown: this.#shown };
    this.recovery.update(way.faults, now, way.ago);
    const settled = this.isHealthy && now - (this.#since.healthy ?? 0) > SETTLED;
    if (!this.#base && settled) this.#base = { way, published: feed.published, at: now };
  }

  get isHealthy() {
    return HEALTHY.includes(this.state);
  }

  /**
   * For how long nothing has come, in ms, where that is strange: three intervals, though something was published, and
   * the panel does not say that its line is broken.
   * @param {number} now
   */
  #quiet(now) {
    const span = now - this.#last;
    const interval = Math.max(POLLS, 1_000 / (this.#latest?.rate || 1));
    const { first } = this.#ledger;
    const isBehind = first === undefined ? this.#newest > (this.#base?.published ?? Infinity) : this.#ledger.behind(this.#newest) > 0;
    return this.heard && span > 3 * interval && isBehind && !BROKEN.includes(this.state) ? span : 0;
  }

  get #newest() {
    return this.#latest?.published ?? 0;
  }

  /**
   * All figures, as they are shown.
   * @param {number} now
   */
  figures(now) {
    const [ledger, base, latest] = [this.#ledger, this.#base, this.#latest];
    const way = latest?.way;
    const { at, why } = this.#since;
    const lastAt = latest?.at ?? now;
    if (now - this.#summary.at > 900) this.#summary = { at: now, ...this.#delays.summary(now) };
    return {
      state: this.state, quiet: this.#quiet(now), isLive: Boolean(base), since: base?.at ?? at, why,
      published: ledger.published(this.#newest), delivered: ledger.delivered, lost: ledger.lost,
      repeated: ledger.repeated, outOfOrder: ledger.outOfOrder, gaps: ledger.gaps, behind: ledger.behind(this.#newest),
      delay: this.#summary,
      cost: base && latest && cost(base.way, latest.way, latest.shown),
      connections: way?.connections, readers: way?.readers, answered: way?.answered, others: way?.others ?? false, process: way?.process,
      faults: (latest?.way.faults ?? []).map(({ name, left }) => ({ name, left: left && left - (now - lastAt) })),
    };
  }
}
