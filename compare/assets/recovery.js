// How long a way takes to recover from a fault, and what of it was waiting.
//
// The time begins when the fault ends; for a cut, a restart and a kill when it begins, as the server says, since what lasts is
// their effect. It ends when a message arrives in the panel that was published after the fault, while the panel says that
// its connection is healthy and what it is still behind is less than what is published in 1.5 s. (A poll is always that far
// behind.) So all that was published during the fault is there, or lost. After the fault is after its end; for a cut after
// the moment at which the connections were reset, for a restart and a kill after that at which the new server stood: the
// server says when. What was published before may have come on the old line.
//
// Of this time, one part was waiting for the next try, the next waiting for a message to be published (100 a second
// measure best, and where nothing is published it stays open), and the rest is the way's own.

const ENDS = ["restart", "kill"]; // the server, which starts again
const AT_ONCE = ["cut", "restart", "kill"];
const KEPT = 120_000;
const ECHO = 2_000; // so soon after it was commanded here, a fault that is reported is the same one
const ROUNDED = 2; // ms
const MOST_HEARD = 1_000; // messages that may prove it, before the server has said when it was

/**
 * It began; `end` is from when the time counts, `over` when it no longer lasts, `after` what must be older than a message
 * that proves that the way is back. `heard` are those that came before that was known. It `isReported` where somebody
 * else commanded it: it may have begun a moment before.
 * @typedef {{ name: string, began: number, end?: number, over?: number, after?: number, heard: Message[] } & Took & { isReported: boolean }} Fault
 *
 * What it took until it was back, in ms; of that the waiting for the next try, and for the message.
 * @typedef {{ took?: number, waited?: number, quiet?: number }} Took
 * @typedef {{ at: number, seen: number }} Message
 *
 * How long ago, in ms, the server's connections were last cut, it was last told to stop, and it stood again after that;
 * its process last died, and another stood.
 * @typedef {{ cut?: number | null, stop?: number | null, restart?: number | null, death?: number, kill?: number }} Ago
 */

export class Recovery {
  /** @type {Fault[]} */
  records = [];
  /** @type {Map<string, number>} */
  #lasting = new Map(); // the faults that lasted at the last update, and when each would end
  /** @type {[from: number, to: number][]} */
  #waits = []; // for a next try; the last may go on

  /**
   * It was commanded at `at`, which may have been reported by now.
   * @param {string} name
   * @param {number} at
   */
  commanded(name, at) {
    if (!this.#began(name, at) && !this.#lasts(name)) this.#begin(name, at);
  }

  /**
   * Whether it ends the server, and the one before is not over as far as is known: then nothing is done.
   * @param {string} name
   */
  #lasts(name) {
    const latest = this.latest(name);
    return ENDS.includes(name) && latest !== undefined && latest.over === undefined && latest.after === undefined;
  }

  /**
   * Whether one of this kind began at that time, or later.
   * @param {string} name
   * @param {number} at
   */
  #began(name, at) {
    const latest = this.latest(name);
    return latest !== undefined && latest.began >= at;
  }

  /**
   * @param {string} name
   * @param {number} at
   */
  #begin(name, at, isReported = false) {
    this.records.push({ name, began: at, over: name === "cut" ? at : undefined, heard: [], isReported });
    this.records = this.records.filter((record) => record.began > at - KEPT || record === this.latest(record.name));
  }

  /**
   * The newest of this kind.
   * @param {string} name
   */
  latest(name) {
    return this.records.filter((record) => record.name === name).pop();
  }

  /**
   * These faults last now; and so long ago others were over.
   * @param {import("./state.js").Lasting[]} faults
   * @param {number} at
   * @param {Ago} ago
   */
  update(faults, at, ago = {}) {
    const now = new Map(faults.map(({ name, left }) => /** @type {const} */ ([name, at + (left ?? 0)])));
    for (const name of now.keys()) {
      const known = this.#lasting.has(name) || this.#began(name, at - ECHO);
      if (!known) this.#begin(name, at, true);
    }
    for (const record of this.records) {
      const { name, began, over } = record;
      if (over !== undefined || now.has(name) || (!this.#lasting.has(name) && began > at - ECHO)) continue;
      record.over = Math.max(began, Math.min(at, this.#lasting.get(name) ?? began));
      if (!AT_ONCE.includes(name)) record.after = record.end = record.over;
    }
    this.#settle("cut", ago.cut, ago.cut, at);
    this.#settle("restart", ago.stop, ago.restart, at);
    this.#settle("kill", ago.death, ago.kill, at);
    this.#lasting = now;
  }

  /**
   * The server says how long ago it began, and how long ago it was done.
   * @param {string} name
   * @param {number | null | undefined} begun
   * @param {number | null | undefined} done
   * @param {number} at
   */
  #settle(name, begun, done, at) {
    const record = this.latest(name);
    if (!record || record.after !== undefined || typeof begun !== "number" || typeof done !== "number") return;
    if (done > begun || at - begun < record.began - (record.isReported ? ECHO : ROUNDED)) return; // that was one before
    [record.end, record.after] = [at - begun, at - done];
    for (const { at, seen } of record.heard.splice(0)) this.#prove(record, at, seen);
  }

  /**
   * A message that was published at `at` is here, at `seen`.
   * @param {number} at
   * @param {number} seen
   * @param {boolean} healthy
   * @param {number} behind
   * @param {number} rate
   */
  message(at, seen, healthy, behind, rate) {
    if (!healthy || behind > Math.max(1, 1.5 * rate)) return;
    for (const record of this.records) this.#prove(record, at, seen);
  }

  /**
   * Whether the message proves that the way is back.
   * @param {Fault} record
   * @param {number} at
   * @param {number} seen
   */
  #prove(record, at, seen) {
    const { end, took, after, heard } = record;
    if (took !== undefined) return;
    if (after === undefined && AT_ONCE.includes(record.name) && heard.length < MOST_HEARD) heard.push({ at, seen });
    if (end === undefined || after === undefined || at < after) return;
    record.took = Math.max(0, seen - end);
    record.waited = this.#waited(end, seen);
    record.quiet = Math.max(0, at - end) - this.#waited(end, at);
  }

  /**
   * The panel waits for its next try from now on, or no longer.
   * @param {boolean} waits
   * @param {number} at
   */
  waits(waits, at) {
    const last = this.#waits[this.#waits.length - 1];
    const goesOn = last?.[1] === Infinity;
    if (waits && !goesOn) this.#waits.push([at, Infinity]);
    else if (!waits && goesOn) last[1] = at;
    this.#waits = this.#waits.filter(([, to]) => to > at - KEPT);
  }

  /**
   * For how much of this time it waited for a next try.
   * @param {number} from
   * @param {number} to
   */
  #waited(from, to) {
    return this.#waits.reduce((sum, [begun, over]) => sum + Math.max(0, Math.min(over, to) - Math.max(begun, from)), 0);
  }
}
