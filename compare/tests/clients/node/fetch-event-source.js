// The loop for `@microsoft/fetch-event-source`. It is made for browsers, so it gets what it looks for there.

import { show, url } from "./program.js";

globalThis.window = globalThis;
globalThis.document = { removeEventListener() {} };
const { fetchEventSource } = await import("@microsoft/fetch-event-source");

let cursor = "";

await fetchEventSource(url, {
  openWhenHidden: true, // there is no tab here; left out, a hidden tab gives up its stream until it is shown
  fetch: (address, init) => {
    // Its own header names an event as soon as the line with the id is there, also when the rest of it never came.
    const { "last-event-id": _, ...headers } = init.headers;
    return fetch(address, { ...init, headers: cursor ? { ...headers, "Last-Event-ID": cursor } : headers });
  },
  onmessage({ id, event, data }) {
    cursor = id || cursor;
    if (event === "gap") show("gap");
    if (event === "" || event === "clock") show(JSON.parse(data).id);
  },
  onclose() {
    throw new Error("the server ended the stream"); // or it would stop here; what is thrown is tried again
  },
});
