// The server's clock and this browser's. Where the page is opened from another machine they differ, and the delays with
// them.

const SAME = 100; // so little, in ms, is the way of the event, and no difference

export class Clocks {
  #least = Infinity;

  /**
   * The server said at `at`, by its clock, what is heard at `now`, by ours.
   * @param {number} at
   * @param {number} now
   */
  update(at, now) {
    const difference = now - at;
    this.#least = Math.abs(difference - this.#least) > 5_000 ? difference : Math.min(this.#least, difference);
  }

  /** How far ours is ahead. */
  get ahead() {
    return Number.isFinite(this.#least) && Math.abs(this.#least) >= SAME ? this.#least : 0;
  }
}
