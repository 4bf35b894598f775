// The page's own connections: Server-Sent Events, which no fault reaches. The browser brings them back by itself; where
// it gives up, or nothing is heard for too long, the rule of all five applies.

import { listener, Reconnect } from "../shared/backoff.js";

/**
 * Follows `path`. `on.data` gets each event's JSON, `on.open` hears that the stream begins again, `on.state` of its
 * state. Where something must come every `beat` ms, a silence is noticed. Gives a function that ends it.
 */
export function follow(path, on, beat = 0) {
  const hears = listener({ message: () => {}, state: on.state });
  const connection = new Reconnect(beat, hears, open, shut);
  const gone = new AbortController();
  let source;

  function open() {
    source = new EventSource(path);
    source.onopen = () => on.open?.();
    source.onmessage = ({ data }) => {
      connection.heard("event");
      on.data(JSON.parse(data));
    };
    source.onerror = error;
    connection.asked("GET");
  }

  function error() {
    if (source.readyState === EventSource.CLOSED) connection.failed();
    else hears.state("reconnecting");
  }

  function shut() {
    source.onerror = source.onmessage = source.onopen = null;
    source.close();
  }

  function end() {
    gone.abort();
    connection.stop();
  }

  open();
  addEventListener("pagehide", () => connection.stop(), { signal: gone.signal });
  addEventListener("pageshow", ({ persisted }) => persisted && open(), { signal: gone.signal });
  return end;
}
