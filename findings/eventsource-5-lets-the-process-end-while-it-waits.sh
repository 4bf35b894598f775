#!/usr/bin/env bash
# eventsource 5.1.5 waits for its next try with a timer that keeps no process alive. A program that does nothing but follow a
# stream ends at the first interruption, with exit code 0, where version 4 comes back, and so does a program in which anything else goes on.
# Needs Node.js 22.12 or newer (on 20 it is the same), and npm. Exits with 0 while it is so.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"; [ -z "${server:-}" ] || kill "$server" 2>/dev/null || true' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --no-save v4@npm:eventsource@4.1.0 v5@npm:eventsource@5.1.5 >/dev/null 2>&1

cat >server.mjs <<'JS'
import { createServer } from "node:http";

// Each answer has one event and ends.
const server = createServer((request, answer) => {
  const id = Number(request.headers["last-event-id"] ?? 0) + 1;
  answer.writeHead(200, { "Content-Type": "text/event-stream", Connection: "close" });
  answer.end(`retry: 300\nid: ${id}\ndata: message ${id}\n\n`);
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
setTimeout(() => process.exit(), 60_000);
JS
cat >follow.mjs <<'JS'
const { EventSource } = await import(process.argv[2]);
const source = new EventSource(`http://127.0.0.1:${process.argv[3]}/`);
source.onmessage = ({ lastEventId }) => {
  console.log(lastEventId);
  if (lastEventId === "3") source.close();
};
JS
node server.mjs >port &
server=$!
until [ -s port ]; do sleep 0.1; done

four=$(timeout 30 node follow.mjs v4 "$(cat port)" | xargs)
five=$(timeout 30 node follow.mjs v5 "$(cat port)" | xargs)

echo "version:  eventsource 5.1.5, and 4.1.0 beside it, on Node.js $(node --version)"
echo "expected: 1 2 3 (a user agent reestablishes the connection:"
echo "          https://html.spec.whatwg.org/multipage/server-sent-events.html#reestablish-the-connection)"
echo "seen:     $five, and then the process ends; version 4: $four"
echo "source:   the timer of #scheduleReconnect is unref()ed, on purpose:"
echo "          https://github.com/EventSource/eventsource/blob/main/src/EventSource.ts"
[ "$five" = "1" ] && [ "$four" = "1 2 3" ]
