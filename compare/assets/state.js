// The page's own connection: Server-Sent Events, which no fault reaches. The browser brings it back by itself; where it
// gives up, or nothing is heard for too long, the rule of all five applies.

import { address, listener, Reconnect } from "../shared/backoff.js";

/**
 * What /events says, some times a second.
 * @typedef {{ payload: number, overhead: number, sealed: number }} Bytes
 * @typedef {{ up: Bytes, down: Bytes, messages: number, requests: number, opened: number, cpu: number | null }} Counts
 * @typedef {{ name: string, left?: number | null }} Lasting A fault that lasts, for `left` ms where that is known.
 * @typedef {import("./recovery.js").Ago} Ago
 * @typedef {{ name: string, connections: number, readers: number, others: boolean, faults: Lasting[], ago: Ago }} Gauge
 * @typedef {Gauge & { process?: number, answered?: Answered }} Gauges The id of the server's process, where it has one of its own.
 * @typedef {Counts & Gauges} Transport
 * @typedef {import("./between.js").Answered} Answered What is answered through the proxy that stands between.
 * @typedef {{ epoch: string, published: number, rate: number }} Feed
 * @typedef {{ at: number, held: number, size: number, memory: number | null, transports: Transport[] }} Rest
 * @typedef {Feed & Rest & { reachable?: boolean, between: import("./between.js").Between }} State Whether what keeps the feed, a file or Redis, takes messages.
 */

/**
 * What a page hears by its one stream: the state, and what passed on the wire. `open` hears that the stream begins
 * again; `own` how it is itself, and whether nothing at all was answered, not even by a refusal.
 * @typedef {{ state: (state: State) => void, wire: (parts: import("./lines.js").Part[]) => void }} Data
 * @typedef {{ open: () => void, own: (name: string, wait: number | undefined, isMute: boolean) => void }} Line
 */

/**
 * Follows the state and the wire of `way`: by one stream, for a browser has six connections to an address, and all its
 * tabs share them. A hidden tab has none. Where nothing comes for two and a half times `beat` ms, it is noticed. Gives
 * what lays open another way.
 * @param {string} way
 * @param {Data & Line} on
 * @param {number} beat
 */
export function follow(way, on, beat) {
  const hears = listener({ message: () => {}, state: (name, wait) => on.own(name, wait, isMute) });
  const where = () => address(`/events?wire=${encodeURIComponent(way)}`);
  const connection = new Reconnect(beat, hears, open, shut, where);
  /** @type {EventSource | undefined} */
  let source;
  let isMute = true;

  function open() {
    isMute = true;
    source = new EventSource(where());
    source.addEventListener("open", on.open);
    source.addEventListener("message", ({ data }) => on.state(heard(data)));
    source.addEventListener("wire", ({ data }) => on.wire(heard(data)));
    source.onerror = error;
    connection.asked("GET");
  }

  function heard(/** @type {string} */ data) {
    isMute = false;
    connection.heard("event");
    return JSON.parse(data);
  }

  function error() {
    isMute = false;
    if (source?.readyState === EventSource.CLOSED) connection.failed();
    else hears.state("reconnecting");
  }

  function shut() {
    if (!source) return;
    source.close();
    source.onerror = function () { this.close(); }; // WebKit's comes alive again with a page that comes back
  }

  function begin() {
    connection.stop();
    if (!document.hidden) open();
  }

  begin();
  document.addEventListener("visibilitychange", begin);
  addEventListener("pagehide", () => connection.stop());
  addEventListener("pageshow", ({ persisted }) => persisted && begin());

  return function layOpen(/** @type {string} */ another) {
    way = another;
    begin();
  };
}
