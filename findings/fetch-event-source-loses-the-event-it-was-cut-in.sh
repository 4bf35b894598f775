#!/usr/bin/env bash
# @microsoft/fetch-event-source 2.0.1 takes the id of an event for its place when the line with the id has come, and not
# when the event has. A connection that is cut in between loses the event: the next request says that it was seen.
# Needs Node.js 20 or newer, and npm. Exits with 0 while it is so.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --no-save @microsoft/fetch-event-source@2.0.1 >/dev/null

cat >try.mjs <<'JS'
import { createServer } from "node:http";

// A server that resumes after Last-Event-ID, as the standard has it. Its first answer is cut within the second event.
const events = [1, 2, 3].map((id) => `id: ${id}\ndata: message ${id}\n\n`);
let asked = 0;
const server = createServer((request, answer) => {
  const last = Number(request.headers["last-event-id"] ?? 0);
  asked += 1;
  answer.writeHead(200, { "Content-Type": "text/event-stream" });
  if (asked > 1) return answer.end(events.slice(last).join(""));
  answer.write(events[0]);
  answer.write("id: 2\ndata: mess", () => setTimeout(() => answer.destroy(), 200));
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));

globalThis.window = globalThis; // it is made for browsers
globalThis.document = { removeEventListener() {} };
const { fetchEventSource } = await import("@microsoft/fetch-event-source");
const seen = [];
await fetchEventSource(`http://127.0.0.1:${server.address().port}/`, {
  openWhenHidden: true,
  onmessage: ({ id }) => seen.push(id),
});
console.log(seen.join(" "));
server.close();
JS
seen=$(timeout 30 node try.mjs)

echo "version:  @microsoft/fetch-event-source 2.0.1 on Node.js $(node --version)"
echo "expected: 1 2 3 (the last event ID is set when an event is dispatched, and an incomplete event is discarded:"
echo "          https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation)"
echo "seen:     $seen"
echo "source:   getMessages calls onId at the line, and fetchEventSource puts it into the headers at once:"
echo "          https://github.com/Azure/fetch-event-source/blob/main/src/parse.ts"
[ "$seen" = "1 3" ]
