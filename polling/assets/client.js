// Polling, the browser's half: ask, wait, ask again. One request at a time, however slow the server is.

import { Backoff, retryAfter, sleep } from "/shared/backoff.js";

const INTERVAL = 1_000;
const HIDDEN = 10_000;
const TIMEOUT = 10_000;

/** Follows the feed from `cursor` on, until `close` is called. */
export function connect({ cursor, on }) {
  const stop = new AbortController();
  const backoff = new Backoff();
  const close = () => stop.abort();

  async function run() {
    on.state("connecting");
    while (!stop.signal.aborted) await sleep(await poll(), stop.signal);
  }

  /** Asks once, and gives how long to wait before the next time. */
  async function poll() {
    try {
      const limit = AbortSignal.any([stop.signal, AbortSignal.timeout(TIMEOUT)]);
      const answer = await fetch(`/messages?after=${cursor}`, { signal: limit });
      if (!answer.ok) return failed(retryAfter(answer));
      const { gap, more, next, messages } = answer.status === 204 ? { messages: [] } : await answer.json();
      if (stop.signal.aborted) return 0;
      backoff.up();
      on.state("live");
      if (gap) on.gap();
      for (const message of messages) on.message(message);
      cursor = next ?? cursor;
      return more ? 0 : document.hidden ? HIDDEN : INTERVAL;
    } catch {
      return failed(0);
    }
  }

  function failed(seconds) {
    const wait = backoff.down(seconds);
    if (!stop.signal.aborted) on.state("reconnecting", wait);
    return wait;
  }

  run();
  return { close };
}
