// A library without a loop, by the name of the first argument: it prints each event that it hands on, and ends when the library
// has given up.

import { url } from "./program.js";

const show = (id, data) => console.log(JSON.stringify([id, data]));
const library = process.argv[2];

if (library === "fetch-event-source") {
  globalThis.window = globalThis;
  globalThis.document = { removeEventListener() {} };
  const { fetchEventSource } = await import("@microsoft/fetch-event-source");
  await fetchEventSource(url, { openWhenHidden: true, onmessage: ({ id, data }) => show(id, data) });
} else {
  const { EventSource } = await import(library);
  const source = new EventSource(url);
  source.onmessage = ({ lastEventId, data }) => show(lastEventId, data);
  source.onerror = () => source.readyState === EventSource.CLOSED && process.exit();
  setInterval(() => {}, 60_000); // version 5 would let the process end while it waits
}
