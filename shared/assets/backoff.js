// When to try again: one rule for all five, so that a server that comes back is not run over by its clients.

const FIRST = 1_000;
const LONGEST = 30_000;
const HEALTH = 10_000;

/** Waits that double, with jitter, until the line has been healthy for 10 s. All times are in milliseconds. */
export class Backoff {
  #span = FIRST;
  #since = Infinity;

  /** The line is up. */
  up() {
    this.#since = Math.min(this.#since, performance.now());
  }

  /** The line is down: how long to wait. What the server asked for, in seconds, is added to the random part. */
  down(retryAfter = 0) {
    if (performance.now() - this.#since >= HEALTH) this.#span = FIRST;
    const wait = retryAfter * 1_000 + Math.random() * this.#span;
    this.#span = Math.min(this.#span * 2, LONGEST);
    this.#since = Infinity;
    return wait;
  }
}

/** The `Retry-After` of an answer, in seconds. */
export function retryAfter(answer) {
  return Number(answer.headers.get("Retry-After")) || 0;
}

/** Waits; ends early, without an error, when the signal is aborted or the tab is shown again. */
export function sleep(ms, signal) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      document.removeEventListener("visibilitychange", shown);
      resolve();
    };
    const shown = () => document.hidden || done();
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
    document.addEventListener("visibilitychange", shown);
    if (signal.aborted) done();
  });
}

/**
 * A dead network gives no event. Calls `bark` when nothing was heard for two heartbeats and a half, given in ms; never,
 * where heartbeats are off. Each call of `heard` begins anew.
 */
export function watchdog(heartbeat, bark) {
  let timer;
  const stop = () => clearTimeout(timer);
  const heard = () => {
    stop();
    if (heartbeat) timer = setTimeout(bark, heartbeat * 2.5);
  };
  return { heard, stop };
}
