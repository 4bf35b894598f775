// Server-Sent Events, the browser's half: EventSource reads the stream and comes back by itself.

import { Reconnect } from "/shared/backoff.js";

const STATES = ["0 CONNECTING", "1 OPEN", "2 CLOSED"];

/** Follows the feed from `cursor` on, until `close` is called. A heartbeat comes after `heartbeat` ms of silence. */
export function connect({ cursor, heartbeat, on }) {
  const line = new Reconnect(heartbeat, on, open, shut);
  let source;

  function open() {
    source = new EventSource(`/messages?after=${cursor}`);
    for (const name of ["open", "message", "clock", "gap", "heartbeat"]) source.addEventListener(name, take);
    source.onerror = error;
    line.asked("GET", `after=${cursor}`, "opens");
    fact();
  }

  function take({ type, data = "", lastEventId }) {
    line.heard(type, data);
    fact();
    cursor = lastEventId || cursor;
    if (type === "gap") on.gap();
    if (type === "message" || type === "clock") on.message(JSON.parse(data));
  }

  function error() {
    fact();
    if (source.readyState === EventSource.CLOSED) return line.failed(); // it gave up: any answer but 200
    on.down("error", "", "closes");
    on.state("reconnecting"); // it comes back by itself, and says where it was
    on.up("GET", `Last-Event-ID: ${cursor}`, "opens");
  }

  function shut() {
    source.close();
    fact();
  }

  const fact = () => on.fact("readyState", STATES[source.readyState]);

  on.state("connecting");
  open();
  return { close: () => line.stop() };
}
