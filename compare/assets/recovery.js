// How long a way takes to recover from a fault.
//
// The time begins when the fault ends; for a cut and a restart when it begins, since they are over at once and what
// lasts is their effect. It ends when a message arrives in the panel that was published after that, while the panel
// says that its connection is healthy and what it is still behind is less than what is published in 1.5 s. (A poll is
// always that far behind.) So all that was published during the fault is there, or lost. It cannot be shorter than the
// wait for the next message: 100 a second measure it best, and where nothing is published it stays open.

const AT_ONCE = ["cut", "restart"];
const KEPT = 120_000;
const ECHO = 2_000; // so soon after it was commanded here, a fault that is reported is the same one

/**
 * It began; `end` is from when the time counts, `over` when it no longer lasts.
 * @typedef {{ name: string, began: number, end?: number, over?: number, took?: number }} Fault
 */

export class Recovery {
  /** @type {Fault[]} */
  records = [];
  /** @type {Map<string, number>} */
  #lasting = new Map(); // the faults that lasted at the last update, and when each would end

  /**
   * It was commanded at `at`, which may have been reported by now.
   * @param {string} name
   * @param {number} at
   */
  commanded(name, at) {
    if (!this.#began(name, at)) this.#begin(name, at);
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
  #begin(name, at) {
    const end = AT_ONCE.includes(name) ? at : undefined;
    this.records.push({ name, began: at, end, over: name === "cut" ? at : undefined, took: undefined });
    this.records = this.records.filter((record) => record.began > at - KEPT || record === this.latest(record.name));
  }

  /**
   * The newest of this kind.
   * @param {string} name
   */
  latest(name) {
    return this.records.findLast((record) => record.name === name);
  }

  /**
   * These faults last now.
   * @param {import("./state.js").Lasting[]} faults
   * @param {number} at
   */
  update(faults, at) {
    const now = new Map(faults.map(({ name, left }) => /** @type {const} */ ([name, at + (left ?? 0)])));
    for (const name of now.keys()) {
      const known = this.#lasting.has(name) || this.#began(name, at - ECHO);
      if (!known) this.#begin(name, at);
    }
    for (const record of this.records) {
      const { name, began, over } = record;
      if (over !== undefined || now.has(name) || (!this.#lasting.has(name) && began > at - ECHO)) continue;
      record.over = Math.max(began, Math.min(at, this.#lasting.get(name) ?? began));
      record.end ??= record.over;
    }
    this.#lasting = now;
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
    for (const record of this.records) {
      const { end, took } = record;
      if (took === undefined && end !== undefined && at >= end) record.took = Math.max(0, seen - end);
    }
  }
}
