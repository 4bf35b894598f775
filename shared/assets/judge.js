// Whether a way gets through what stands between: opens it, and says when it works, and why it does not.

import { later } from "./backoff.js";

const PATIENCE = 5_000; // so long the first that comes may take, besides the time that a request is held
const LATE = 1_000;
const DRIFT = 0.001; // so much may two clocks go apart
const MOST_LATE = 3; // messages in a row that came late after a silence
const MOST_SHORT = 2; // connections in a row that brought no more than their beginning

/**
 * A way to follow the feed: its name, its `connect`, and what this is given besides what all are.
 * @typedef {{ name: string, connect: import("./backoff.js").Connect, url: string } & Partial<import("./backoff.js").Options>} Way
 *
 * What is found. `works`: something has come, so many ms after it was asked for. `fails`: nothing does, or not for long; which a
 * server that is down would do as well. `unfit`: the way is at fault, whatever the server does.
 * @typedef {{ works: (ms: number) => void, fails: Blame, unfit: Blame }} Verdict
 *
 * @callback Blame
 * @param {string} why
 * @param {number} ms
 * @returns {void}
 */

/**
 * Opens a way, and judges it. What it says once it is closed is dropped.
 * @param {Way} way
 * @param {Partial<import("./backoff.js").Options>} options
 * @param {Required<import("./backoff.js").Listener>} on
 * @param {Verdict} verdict
 */
export function judge(way, options, on, verdict) {
  const patience = PATIENCE + (way.hold ?? 0);
  let [over, through] = [false, false]; // closed; something has come on this connection
  let [asked, born, alive, short] = [performance.now(), 0, 0, 0];
  let [heard, least, late] = [0, Infinity, 0];
  /** @type {import("./backoff.js").Connection} */
  let connection = { close() {} };
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  try {
    connection = way.connect({ ...options, ...way, on: { ...on, message, place, gap, state } });
  } catch {
    later(() => state("refused"), 0); // this browser does not have it
  }

  function message(/** @type {import("./backoff.js").Message} */ given) {
    if (over) return;
    sign();
    on.message(given);
    if (isLate(given.at) && !over) verdict.unfit("brought its messages late", LATE);
  }

  function place(/** @type {string} */ cursor, /** @type {boolean} */ more) {
    if (over) return;
    sign();
    on.place(cursor, more);
  }

  function gap() {
    if (!over) on.gap();
  }

  /** Something has come. That a head has, or a handshake, says nothing: what follows it may be held back. */
  function sign() {
    if (through) return;
    clearTimeout(timer);
    through = true;
    born = performance.now();
    verdict.works(born - asked);
  }

  /**
   * @param {import("./backoff.js").State} name
   * @param {number} [wait]
   */
  function state(name, wait) {
    if (over) return;
    const now = performance.now();
    on.state(name, wait);
    if (name === "live" || name === "waiting") alive = now;
    else if (name === "refused") verdict.unfit("was refused", now - asked);
    else {
      if (name === "reconnecting") broken(now);
      through = false;
      asked = now + (wait ?? 0);
      if (!over) watch((wait ?? 0) + patience);
    }
  }

  /** A connection that brings its beginning, and no more, gets as little through as one that is refused. */
  function broken(/** @type {number} */ now) {
    short = through && alive - born < LATE ? short + 1 : 0;
    if (!through) verdict.fails("did not get through", now - asked);
    else if (short >= MOST_SHORT) verdict.fails("broke off again and again", now - asked);
  }

  /** A timer that fires late was held up, as what came may be: it waits anew. */
  function watch(/** @type {number} */ wait) {
    const due = performance.now() + wait;
    clearTimeout(timer);
    timer = later(() => {
      if (performance.now() - due < LATE) verdict.fails("brought nothing", patience);
      else watch(patience);
    }, wait);
  }

  /**
   * Whether messages come in heaps: the first after a silence has waited, by our own clock, longer than another did. How the clocks
   * of both sides differ does not matter; and a machine that slept makes one such message, not several in a row.
   * @param {number} at
   */
  function isLate(at) {
    const now = performance.now();
    const took = now - at;
    least += (now - heard) * DRIFT;
    if (now - heard > LATE) late = took - least > LATE ? late + 1 : 0;
    heard = now;
    least = Math.min(least, took);
    return late === MOST_LATE;
  }

  return {
    close() {
      over = true;
      clearTimeout(timer);
      connection.close();
    },
    send: connection.send,
    isThrough: () => through,
  };
}
