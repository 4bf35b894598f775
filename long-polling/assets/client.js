// Long polling, the browser's half: ask, and when the answer comes, ask again at once.

import { address, ask, Backoff, isRefusal, listener, parse, retryAfter, sleep, unlike } from "../shared/backoff.js";

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
    const channel = unlike(address(url, cursor));
    const since = performance.now();
    on.up("GET", channel.search.slice(1), "opens");
    const asked = await ask(channel, hold + GRACE, { signal: stop.signal });
    if (stop.signal.aborted) return 0;
    on.down(`${asked?.answer.status ?? "no answer"}`, asked?.body, asked ? "closes" : "breaks");
    if (!asked) return failed(0);
    if (isRefusal(asked.answer.status)) return refused();
    const news = asked.answer.ok ? parse(asked.body) : undefined;
    if (!news) return failed(retryAfter(asked.answer));
    backoff.up();
    on.state("waiting"); // it asks again at once, and that request is held
    const { gap, more = false, next = cursor, messages } = news;
    if (gap) on.gap();
    for (const message of messages) on.message(message);
    const wait = next === cursor ? AT_LEAST - (performance.now() - since) : 0; // without news, not without a pause
    cursor = next;
    on.place(next, more);
    return wait;
  }

  /** @param {number} seconds */
  function failed(seconds) {
    const wait = backoff.down(seconds);
    on.state("reconnecting", wait);
    return wait;
  }

  function refused() {
    stop.abort();
    on.state("refused");
    return 0;
  }

  run();
  return { close: () => stop.abort() };
}
