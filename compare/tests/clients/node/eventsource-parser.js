// The loop for `eventsource-parser`, which takes the text of a stream and gives its events. The rest is yours.

import { createParser } from "eventsource-parser";
import { setTimeout } from "node:timers/promises";

import { show, url } from "./program.js";

let cursor = "";
let retry = 1_000 + 1_000 * Math.random();

const onRetry = (ms) => (retry = ms);

function onEvent({ id, event, data }) {
  cursor = id ?? cursor;
  if (event === "gap") show("gap");
  if (event === undefined || event === "clock") show(JSON.parse(data).id);
}

while (true) {
  try {
    const headers = { Accept: "text/event-stream", ...(cursor && { "Last-Event-ID": cursor }) };
    const answer = await fetch(url, { headers });
    if (!answer.ok) throw new Error(answer.statusText);
    const parser = createParser({ onEvent, onRetry }); // a new one: the old may hold a half event
    for await (const text of answer.body.pipeThrough(new TextDecoderStream())) parser.feed(text);
  } catch {} // cut, refused, not there
  await setTimeout(retry);
}
