// Server-Sent Events, the browser's half: EventSource reads the stream and comes back by itself.

import { Reconnect } from "../shared/backoff.js";

const STATES = ["0 CONNECTING", "1 OPEN", "2 CLOSED"];

/** Follows the feed from `cursor` on, until `close` is called. A heartbeat comes after `heartbeat` ms of silence. */
export function connect({ cursor, heartbeat, on }) {
  const line = new Reconnect(heartbeat, on, open, shut);
  let source, again;

  function open() {
    source = new EventSource(`/messages?after=${cursor}`);
    for (const name of ["open", "message", "clock", "gap", "heartbeat"]) source.addEventListener(name, take);
    source.onerror = error;
    again = false;
    line.asked("GET", `after=${cursor}`, "opens");
    fact();
  }

  function take({ type, data = "", lastEventId }) {
    if (again) on.up("GET", `again, from ${cursor}`, "opens");
    again = false;
    line.heard(type, data);
    fact();
    cursor = lastEventId || cursor;
    if (type === "gap") on.gap();
    if (type === "message" || type === "clock") on.message(JSON.parse(data));
  }

  function error() {
    fact();
    if (source.readyState === EventSource.CLOSED) return line.failed(); // it gave up: any answer but 200
    if (!again) on.down("error", "", "breaks");
    again = true; // it comes back by itself, and says where it was by Last-Event-ID
    on.state("reconnecting");
  }

  function shut() {
    source.close();
    fact();
  }

  const fact = () => on.fact("readyState", STATES[source.readyState]);

  open();
  return { close: () => line.stop() };
}
