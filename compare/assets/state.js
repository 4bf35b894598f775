// The page's own lines: Server-Sent Events, which no fault reaches. The browser brings them back by itself; where it
// gives up, or nothing is heard for too long, the rule of all five applies.

import { Reconnect } from "../shared/backoff.js";

/**
 * Follows `path`. `on.data` gets each event's JSON, `on.open` hears that the stream begins anew, `on.state` of its
 * state. Where something must come every `beat` ms, a silence is noticed. Gives a function that ends it.
 */
export function follow(path, on, beat = 0) {
  const nothing = () => {};
  const state = on.state ?? nothing;
  const line = new Reconnect(beat, { state, up: nothing, down: nothing }, open, shut);
  const gone = new AbortController();
  let source;

  function open() {
    source = new EventSource(path);
    source.onopen = () => on.open?.();
    source.onmessage = ({ data }) => {
      line.heard();
      on.data(JSON.parse(data));
    };
    source.onerror = () => (source.readyState === EventSource.CLOSED ? line.failed() : state("reconnecting"));
    line.asked();
  }

  function shut() {
    source.onerror = source.onmessage = source.onopen = null;
    source.close();
  }

  function end() {
    gone.abort();
    line.stop();
  }

  open();
  addEventListener("pagehide", () => line.stop(), { signal: gone.signal });
  addEventListener("pageshow", ({ persisted }) => persisted && open(), { signal: gone.signal });
  return end;
}
