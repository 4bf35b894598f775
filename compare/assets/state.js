// The page's own connections: Server-Sent Events, which no fault reaches. The browser brings them back by itself; where
// it gives up, or nothing is heard for too long, the rule of all five applies.

import { address, listener, Reconnect } from "../shared/backoff.js";

/**
 * What /events says, some times a second.
 * @typedef {{ payload: number, overhead: number }} Bytes
 * @typedef {{ up: Bytes, down: Bytes, messages: number, requests: number, opened: number, cpu: number | null }} Counts
 * @typedef {{ name: string, left?: number | null }} Lasting A fault that lasts, for `left` ms where that is known.
 * @typedef {{ name: string, connections: number, readers: number, others: boolean, faults: Lasting[] }} Gauges
 * @typedef {Counts & Gauges} Transport
 * @typedef {{ epoch: string, published: number, rate: number }} Feed
 * @typedef {{ at: number, held: number, size: number, memory: number | null, transports: Transport[] }} Rest
 * @typedef {Feed & Rest} State
 */

/**
 * Follows `path`. `on.data` gets each event's JSON, `on.open` hears that the stream begins again, `on.state` of its
 * state. Where something must come every `beat` ms, a silence is noticed. Gives a function that ends it.
 * @template Data
 * @param {string} path
 * @param {{ data: (data: Data) => void, open?: () => void, state?: (name: string, wait?: number) => void }} on
 */
export function follow(path, on, beat = 0) {
  const hears = listener({ message: () => {}, state: on.state });
  const connection = new Reconnect(beat, hears, open, shut, () => address(path));
  const gone = new AbortController();
  /** @type {EventSource} */
  let source;

  function open() {
    source = new EventSource(address(path));
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
