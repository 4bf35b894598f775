// The server's clock and this browser's. Where the page is opened from another machine they differ, and the delays with
// them. Either may be set while the page is open.

import { steady } from "./steady.js";

const SAME = 100; // so little, in ms, is the way of the event, and no difference
const SET = 5_000; // no event is so late: one of the clocks was set
const SPAN = 10_000; // the least difference is that of the last ten to twenty seconds

export class Clocks {
  #least = [Infinity, Infinity]; // of this span, and of the one before
  #begun = -Infinity; // this span
  #since = -Infinity; // since then, in steady time, nobody has set a clock
  #own = NaN; // our clock, against the steady one
  /** @type {{ epoch?: string, seq: number, at: number }} */
  #newest = { seq: 0, at: 0 };

  /**
   * The server said at `at`, by its clock, what is heard at `now`, by ours.
   * @param {number} at
   * @param {number} now
   */
  update(at, now) {
    this.#notice();
    const difference = now - at;
    if (Math.abs(difference - Math.min(...this.#least)) > SET) this.#forget();
    const time = steady();
    if (time - this.#begun >= SPAN) [this.#least, this.#begun] = [[Infinity, this.#least[0]], time];
    this.#least[0] = Math.min(this.#least[0], difference);
  }

  /** How far ours is ahead. */
  get ahead() {
    const least = Math.min(...this.#least);
    return Number.isFinite(least) && Math.abs(least) >= SAME ? least : 0;
  }

  /**
   * How late a message is that was published at `at`, by the server's clock, and seen at `seen`, by ours; NaN where
   * that cannot be known, since a clock was set in between.
   * @param {number} at
   * @param {number} seen
   * @param {{ epoch: string, seq: number }} place
   */
  delay(at, seen, { epoch, seq }) {
    this.#notice();
    if (epoch !== this.#newest.epoch || seq > this.#newest.seq) {
      if (epoch === this.#newest.epoch && at < this.#newest.at - SAME) this.#forget(); // later, at an earlier time
      this.#newest = { epoch, seq, at };
    }
    const delay = seen - at - this.ahead;
    const isKnown = Number.isFinite(Math.min(...this.#least)) && delay >= -SAME && delay <= steady() - this.#since;
    return isKnown ? Math.max(0, delay) : NaN;
  }

  /** Whether ours was set. */
  #notice() {
    const own = Date.now() - steady();
    if (Math.abs(own - this.#own) > SAME) this.#forget();
    this.#own = own;
  }

  /** A clock was set: how far they are apart is known when the server says something. */
  #forget() {
    this.#least = [Infinity, Infinity];
    this.#since = steady();
    this.#newest.at = -Infinity; // by the clock of before
  }
}
