// When to try again: one rule for all five, so that a server that comes back is not run over by its clients.

const FIRST = 1_000;
const LONGEST = 30_000;
const HEALTH = 10_000;

/** Waits that double, with jitter, until the line has been healthy for 10 s. All times are in milliseconds. */
export class Backoff {
  #span = FIRST;
  #since = Infinity;

  /** Whether the line is up. */
  get isUp() {
    return this.#since < Infinity;
  }

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

/** Waits; ends early, without an error, when the signal is aborted, and if `wakes` also when the tab is shown again. */
export function sleep(ms, signal, wakes) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      document.removeEventListener("visibilitychange", shown);
      resolve();
    };
    const shown = () => wakes && !document.hidden && done();
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
    document.addEventListener("visibilitychange", shown);
    if (signal.aborted) done();
  });
}

/**
 * Keeps a stream or a socket going: watches over it, and opens it again when it is down. A dead network gives no event;
 * so where nothing is heard for two heartbeats and a half, given in ms, it is down too.
 */
export class Reconnect {
  #backoff = new Backoff();
  #parts;
  #watchdog;
  #retry;

  /** `open` asks for the line anew, `shut` gives up what was open. Without a heartbeat nobody watches. */
  constructor(heartbeat, on, open, shut) {
    this.#parts = { heartbeat, on, open, shut };
  }

  /** The line was asked for. */
  asked(...arrow) {
    this.#parts.on.state("connecting");
    this.#parts.on.up(...arrow);
    this.#watch();
  }

  /** Something came: the line is up. */
  heard(...arrow) {
    this.#watch();
    this.#backoff.up();
    this.#parts.on.state("live");
    this.#parts.on.down(...arrow);
  }

  /** The line is down: shuts it, and opens it again when it is time. */
  failed() {
    this.stop();
    const wait = this.#backoff.down();
    this.#parts.on.down("the line is down", "", "breaks");
    this.#parts.on.state("reconnecting", wait);
    this.#retry = setTimeout(this.#parts.open, wait);
  }

  /** Shuts the line for good. */
  stop() {
    clearTimeout(this.#watchdog);
    clearTimeout(this.#retry);
    this.#parts.shut();
  }

  #watch() {
    const { heartbeat } = this.#parts;
    clearTimeout(this.#watchdog);
    if (heartbeat) this.#watchdog = setTimeout(() => this.failed(), heartbeat * 2.5);
  }
}
