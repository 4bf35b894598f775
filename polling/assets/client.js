// Polling, the browser's half: ask, wait, ask again. One request at a time, however slow the server is.

import { address, ask, Backoff, isRefusal, later, listener, parse, retryAfter, sleep } from "../shared/backoff.js";

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
    const channel = address(url, cursor);
    const doubt = later(() => on.state("connecting"), 3 * interval);
    on.up("GET", channel.search.slice(1), "opens");
    const asked = await ask(channel, TIMEOUT, { signal: stop.signal }).finally(() => clearTimeout(doubt));
    if (stop.signal.aborted) return 0;
    on.down(`${asked?.answer.status ?? "no answer"}`, asked?.body, asked ? "closes" : "breaks");
    if (!asked) return failed(0);
    if (isRefusal(asked.answer.status)) return refused();
    const news = asked.answer.ok ? parse(asked.body) : undefined;
    if (!news) return failed(retryAfter(asked.answer));
    backoff.up();
    on.state("live");
    const { gap, more, next, messages } = news;
    if (gap) on.gap();
    for (const message of messages) on.message(message);
    cursor = next ?? cursor;
    if (cursor) on.place(cursor, more ?? false);
    return more ? 0 : document.hidden ? HIDDEN : interval;
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
