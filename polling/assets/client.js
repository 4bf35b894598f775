// Polling, the browser's half: ask, wait, ask again. One request at a time, however slow the server is.

import { address, Backoff, listener, retryAfter, sleep } from "../shared/backoff.js";

const HIDDEN = 10_000;
const TIMEOUT = 10_000;

/** What the page lets the reader set. */
export const settings = [{ name: "interval", label: "Interval in ms", value: 1_000, min: 100, max: 10_000, step: 100 }];

/** Follows the feed from `cursor` on, until `close` is called: asks, waits for `interval` ms, and asks again.
 *  @type {import("../shared/backoff.js").Connect} */
export function connect({ on: given, url, cursor, interval = 1_000 }) {
  const on = listener(given);
  const stop = new AbortController();
  const backoff = new Backoff();

  async function run() {
    while (!stop.signal.aborted) await sleep(await poll(), stop.signal, backoff.isUp);
  }

  /** Asks once, and gives how long to wait before the next time. */
  async function poll() {
    if (!backoff.isUp) on.state("connecting");
    try {
      const channel = address(url, cursor);
      const limit = AbortSignal.any([stop.signal, AbortSignal.timeout(TIMEOUT)]);
      on.up("GET", channel.search.slice(1), "opens");
      const answer = await fetch(channel, { signal: limit, cache: "no-store" });
      const body = await answer.text();
      on.down(`${answer.status}`, body, "closes");
      if (!answer.ok) return failed(retryAfter(answer));
      backoff.up();
      on.state("live");
      const { gap, more, next, messages } = body ? JSON.parse(body) : { messages: [] };
      if (gap) on.gap();
      for (const message of messages) on.message(message);
      cursor = next ?? cursor;
      if (cursor) on.place(cursor, more ?? false);
      return more ? 0 : document.hidden ? HIDDEN : interval;
    } catch {
      if (stop.signal.aborted) return 0;
      on.down("no answer", "", "breaks");
      return failed(0);
    }
  }

  /** @param {number} seconds */
  function failed(seconds) {
    const wait = backoff.down(seconds);
    on.state("reconnecting", wait);
    return wait;
  }

  run();
  return { close: () => stop.abort() };
}
