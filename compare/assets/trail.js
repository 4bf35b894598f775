// What the charts draw of one way: the last two minutes, bounded however much comes.

export const WINDOW = 120_000;
const CELL = 100; // dots that fall into the same 100 ms…
const STEPS = 24; // …and the same 24th of a decade are one dot: nobody could see two
const FLOOR = 1;

/** The delay of each message, as dots over time. Also where nobody draws them, they are those of two minutes. */
export class Dots {
  /** @type {number[]} */
  times = [];
  /** @type {number[]} */
  delays = [];
  #cell = NaN;
  #taken = new Set();

  /**
   * @param {number} seen
   * @param {number} delay
   */
  add(seen, delay) {
    const shown = Math.max(delay, FLOOR);
    const cell = Math.floor(seen / CELL);
    if (cell !== this.#cell) this.#taken.clear();
    this.#cell = cell;
    const step = Math.round(Math.log10(shown) * STEPS);
    if (this.#taken.has(step)) return;
    this.#taken.add(step);
    if (this.times[0] * 1_000 <= seen - WINDOW) this.forget(seen, WINDOW / 2); // half of it at once, not one by one
    this.times.push(seen / 1_000);
    this.delays.push(shown);
  }

  /**
   * Forgets what is older than so many ms.
   * @param {number} now
   * @param {number} span
   */
  forget(now, span) {
    const first = this.times.findIndex((time) => time * 1_000 > now - span);
    const old = first < 0 ? this.times.length : first;
    this.times.splice(0, old);
    this.delays.splice(0, old);
  }
}

/** The bytes of all ways over time, each counted from where the window begins. */
export class Sums {
  /** @type {number[]} */
  #times = [];
  /** @type {number[][]} */
  #columns = [];

  /**
   * `totals` has the bytes of each way so far.
   * @param {number} at
   * @param {number[]} totals
   */
  add(at, totals) {
    this.#times.push(at / 1_000);
    totals.forEach((total, way) => (this.#columns[way] ??= []).push(total));
    const old = Math.max(0, this.#times.findIndex((time) => time * 1_000 > at - WINDOW) - 1);
    for (const column of [this.#times, ...this.#columns]) column.splice(0, old);
  }

  clear() {
    this.#times = [];
    this.#columns = [];
  }

  /** For uPlot: times, then a column for each way. */
  get columns() {
    return [this.#times, ...this.#columns.map((column) => column.map((total) => Math.max(0, total - column[0])))];
  }
}
