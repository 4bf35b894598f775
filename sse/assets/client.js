// Server-Sent Events, the browser's half: EventSource reads the stream and comes back by itself.

import { address, listener, Reconnect } from "../shared/backoff.js";

const STATES = ["0 CONNECTING", "1 OPEN", "2 CLOSED"];

/** Follows the feed from `cursor` on, until `close` is called. A heartbeat comes after `heartbeat` ms of silence.
 *  @type {import("../shared/backoff.js").Connect} */
export function connect({ on: given, url, cursor, heartbeat = 15_000, events = ["clock"] }) {
  const on = listener(given);
  const connection = new Reconnect(heartbeat, on, open, shut, () => address(url, cursor));
  /** @type {EventSource} */
  let source;
  let again = false;

  function open() {
    const channel = address(url, cursor);
    source = new EventSource(channel);
    for (const name of ["open", "message", "gap", "heartbeat", ...events]) source.addEventListener(name, take);
    source.onerror = error;
    again = false;
    connection.asked("GET", channel.search.slice(1), "opens");
    fact();
  }

  /** @param {Event & Partial<MessageEvent<string>>} event */
  function take({ type, data = "", lastEventId }) {
    if (again) on.up("GET", `again, from ${cursor ?? "the newest"}`, "opens");
    again = false;
    connection.heard(type, data);
    fact();
    cursor = lastEventId || cursor;
    if (type === "gap") on.gap();
    if (type === "heartbeat" && cursor) on.place(cursor, JSON.parse(data).more ?? false);
    if (type === "message" || events.includes(type)) on.message(JSON.parse(data));
  }

  function error() {
    fact();
    if (source.readyState === EventSource.CLOSED) return connection.failed(); // it gave up: any answer but 200
    if (!again) on.down("error", "", "breaks");
    again = true; // it comes back by itself, and says where it was by Last-Event-ID
    on.state("reconnecting");
  }

  function shut() {
    source.close();
    source.onerror = function () { this.close(); }; // WebKit's comes alive again with a page that comes back
    fact();
  }

  const fact = () => on.fact("readyState", STATES[source.readyState]);

  open();
  return { close: () => connection.stop() };
}
