// A clock that goes on evenly. This machine's own may be set, by a person or by the network: a duration by it may be
// an hour too long, or less than nothing.

/** @type {number | undefined} */
let begun;

/** The time in Unix milliseconds, by this machine's clock when it was first asked for, and evenly since. */
export function steady() {
  begun ??= Date.now() - performance.now();
  return Math.floor(begun + performance.now());
}

/**
 * What was `then` by this machine's clock, a moment ago, in steady time.
 * @param {number} then
 */
export function steadyAt(then) {
  return steady() - (Date.now() - then);
}

/**
 * What this machine's clock, as it is set now, would have said at this steady time.
 * @param {number} time
 */
export function wall(time) {
  return time + Date.now() - steady();
}
