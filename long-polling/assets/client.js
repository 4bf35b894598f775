// Long polling, the browser's half: ask, and when the answer comes, ask again at once.

import { address, Backoff, listener, retryAfter, sleep } from "../shared/backoff.js";

const GRACE = 10_000;
const AT_LEAST = 1_000;

/** Follows the feed from `cursor` on, until `close` is called: asks, and gives up where `hold` is long over.
 *  @type {import("../shared/backoff.js").Connect} */
export function connect({ on: given, url, cursor, hold = 25_000 }) {
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
      const limit = AbortSignal.any([stop.signal, AbortSignal.timeout(hold + GRACE)]);
      const asked = performance.now();
      on.up("GET", channel.search.slice(1), "opens");
      const answer = await fetch(channel, { signal: limit, cache: "no-store" });
      const body = await answer.text();
      on.down(`${answer.status}`, body, "closes");
      if (!answer.ok) return failed(retryAfter(answer));
      backoff.up();
      on.state("waiting"); // it asks again at once, and that request is held
      const { gap, more = false, next = cursor, messages } = body ? JSON.parse(body) : { messages: [] };
      if (gap) on.gap();
      for (const message of messages) on.message(message);
      const wait = next === cursor ? AT_LEAST - (performance.now() - asked) : 0; // without news, not without a pause
      cursor = next;
      on.place(next, more);
      return wait;
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
