// Long polling, the browser's half: ask, and when the answer comes, ask again at once.

import { Backoff, retryAfter, sleep } from "/shared/backoff.js";

const GRACE = 10_000;

/** Follows the feed from `cursor` on, until `close` is called. `hold` is how long the server waits at most, in ms. */
export function connect({ cursor, hold, on }) {
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
      const limit = AbortSignal.any([stop.signal, AbortSignal.timeout(hold + GRACE)]);
      const answer = await fetch(`/messages?after=${cursor}`, { signal: limit });
      if (!answer.ok) return failed(retryAfter(answer));
      const { gap, next, messages } = answer.status === 204 ? { messages: [] } : await answer.json();
      if (stop.signal.aborted) return 0;
      backoff.up();
      on.state("live");
      if (gap) on.gap();
      for (const message of messages) on.message(message);
      cursor = next ?? cursor;
      return 0;
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
