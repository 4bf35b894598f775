// How late messages are: median, 95 % and largest of the last minute.

export const SPAN = 60_000;
const KEPT = 8_192; // more than 100 a second make in a minute; where bursts add more, the oldest go first

export class Delays {
  #seen = new Float64Array(KEPT);
  #delays = new Float64Array(KEPT);
  #next = 0;
  #size = 0;

  /**
   * A message arrived at `seen`, so many ms after it was published.
   * @param {number} seen
   * @param {number} delay
   */
  add(seen, delay) {
    this.#seen[this.#next] = seen;
    this.#delays[this.#next] = delay;
    this.#next = (this.#next + 1) % KEPT;
    this.#size = Math.min(this.#size + 1, KEPT);
  }

  /**
   * Of those that arrived in the last minute; of none, nothing.
   * @param {number} now
   * @returns {{ median?: number, late?: number, largest?: number }}
   */
  summary(now) {
    const recent = this.#delays.filter((_, at) => at < this.#size && this.#seen[at] > now - SPAN).sort();
    if (recent.length === 0) return {};
    const rank = (/** @type {number} */ share) => recent[Math.max(0, Math.ceil(share * recent.length) - 1)];
    return { median: rank(0.5), late: rank(0.95), largest: rank(1) };
  }
}
