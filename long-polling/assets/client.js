// Long polling, the browser's half: ask, and when the answer comes, ask again at once.

import { Backoff, retryAfter, sleep } from "../shared/backoff.js";

const GRACE = 10_000;
const AT_LEAST = 1_000;

/** Follows the feed from `cursor` on, until `close` is called. `hold` is how long the server waits at most, in ms. */
export function connect({ cursor, hold, on }) {
  const stop = new AbortController();
  const backoff = new Backoff();
  const close = () => stop.abort();

  async function run() {
    while (!stop.signal.aborted) await sleep(await poll(), stop.signal, backoff.isUp);
  }

  /** Asks once, and gives how long to wait before the next time. */
  async function poll() {
    if (!backoff.isUp) on.state("connecting");
    try {
      const limit = AbortSignal.any([stop.signal, AbortSignal.timeout(hold + GRACE)]);
      const asked = performance.now();
      on.up("GET", `after=${cursor}`, "opens");
      const answer = await fetch(`/messages?after=${cursor}`, { signal: limit, cache: "no-store" });
      const body = await answer.text();
      on.down(`${answer.status}`, body, "closes");
      if (!answer.ok) return failed(retryAfter(answer));
      backoff.up();
      on.state("waiting"); // it asks again at once, and that request is held
      const { gap, next = cursor, messages } = body ? JSON.parse(body) : { messages: [] };
      if (gap) on.gap();
      messages.forEach(on.message);
      const wait = next === cursor ? AT_LEAST - (performance.now() - asked) : 0; // without news, not without a pause
      cursor = next;
      return wait;
    } catch {
      if (stop.signal.aborted) return 0;
      on.down("no answer", "", "breaks");
      return failed(0);
    }
  }

  function failed(seconds) {
    const wait = backoff.down(seconds);
    on.state("reconnecting", wait);
    return wait;
  }

  run();
  return { close };
}
