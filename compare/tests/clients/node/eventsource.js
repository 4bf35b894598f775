// The loop for `eventsource`, a browser's EventSource for Node.js. Which of its versions is the first argument.

import { show, url } from "./program.js";

const { EventSource } = await import(process.argv[2]);

let cursor = "";

function follow() {
  const address = new URL(url);
  if (cursor) address.searchParams.set("after", cursor);
  const source = new EventSource(address);
  for (const type of ["message", "clock", "gap", "heartbeat"]) source.addEventListener(type, take);
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, 1_000 + 1_000 * Math.random()); // an answer but 200
  };
}

function take({ type, data, lastEventId }) {
  cursor = lastEventId || cursor;
  if (type === "gap") show("gap");
  if (type === "message" || type === "clock") show(JSON.parse(data).id);
}

follow();
setInterval(() => {}, 60_000); // version 5 lets a process end that does nothing but wait for it to come back
