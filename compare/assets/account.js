// All that is known of one way: what its panel reports, and what /events says of it. It draws nothing.

import { cost } from "./cost.js";
import { Delays } from "./delays.js";
import { Ledger, place } from "./ledger.js";
import { Recovery } from "./recovery.js";
import { Dots } from "./trail.js";

const HEALTHY = ["live", "waiting"];
const SETTLED = 500; // so long after a connection stands, in ms, all that it took to open it has been counted

export class Account {
  name;
  dots = new Dots();
  recovery = new Recovery();
  state = "connecting";
  heard = false; // the panel has reported since it was loaded
  #epoch;
  #ledger;
  #delays;
  #since; // when the counts began, and why
  #base; // the counters when the panel went live
  #shown = 0; // messages that were published after that
  #latest; // the newest of /events
  #summary = { at: 0 };

  constructor(name, now) {
    this.name = name;
    this.restart("", now);
  }

  /** Everything is counted from here on. */
  restart(why, now) {
    this.#ledger = new Ledger();
    this.#delays = new Delays();
    this.#since = { at: now, why };
    this.#base = undefined;
    this.#shown = 0;
    this.#summary = { at: 0 };
  }

  /** The panel was loaded again: what it reports begins again. */
  reloaded(now) {
    this.state = "connecting";
    this.heard = false;
    this.restart("when the panel was loaded anew", now);
  }

  /** The panel says something. `ahead` is how far our clock is ahead of the server's. */
  report({ id, at, seen, gap, state }, ahead) {
    this.heard = true;
    if (state && !this.isHealthy) this.#since.healthy = Date.now();
    if (state) this.state = state;
    if (gap) this.#ledger.gap();
    if (id) this.#message(place(id), at + ahead, seen);
  }

  #message({ epoch, seq }, at, seen) {
    if (this.#epoch !== undefined && epoch !== this.#epoch) this.restart("when the feed began anew", seen);
    this.#epoch = epoch;
    this.#ledger.deliver(seq);
    if (seq > this.#base?.published) this.#shown++;
    if (at >= this.#since.at) this.#late(seen, seen - at);
    this.recovery.message(at, seen, this.isHealthy, this.#ledger.behind(this.#newest), this.#latest?.rate ?? 0);
  }

  /** What was published before the count began is late for reasons of its own. */
  #late(seen, delay) {
    this.#delays.add(seen, delay);
    this.dots.add(seen, delay);
  }

  /** /events has the feed's figures and this way's. */
  update(feed, way, now) {
    if (feed.epoch !== (this.#epoch ?? feed.epoch)) this.restart("when the feed began anew", now);
    this.#epoch = feed.epoch;
    this.#latest = { published: feed.published, rate: feed.rate, way, at: now, shown: this.#shown };
    this.recovery.update(way.faults, now);
    const settled = this.isHealthy && now - (this.#since.healthy ?? 0) > SETTLED;
    if (!this.#base && settled) this.#base = { way, published: feed.published, at: now };
  }

  get isHealthy() {
    return HEALTHY.includes(this.state);
  }

  get #newest() {
    return this.#latest?.published ?? 0;
  }

  /** All figures, as they are shown. */
  figures(now) {
    const ledger = this.#ledger;
    const way = this.#latest?.way;
    const { at, why } = this.#since;
    if (now - this.#summary.at > 900) this.#summary = { at: now, ...this.#delays.summary(now) };
    return {
      state: this.state, isLive: Boolean(this.#base), since: this.#base?.at ?? at, why,
      published: ledger.published(this.#newest), delivered: ledger.delivered, lost: ledger.lost,
      repeated: ledger.repeated, outOfOrder: ledger.outOfOrder, gaps: ledger.gaps, behind: ledger.behind(this.#newest),
      delay: this.#summary,
      cost: this.#base && cost(this.#base.way, way, this.#latest.shown),
      connections: way?.connections, readers: way?.readers, others: way?.others ?? false,
      faults: (way?.faults ?? []).map(({ name, left }) => ({ name, left: left && left - (now - this.#latest.at) })),
    };
  }
}
