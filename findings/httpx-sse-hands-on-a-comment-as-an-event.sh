#!/usr/bin/env bash
# httpx-sse 0.4.3 yields an event of type "message" with empty data for each comment that an empty line follows, once any event
# had an id. That is how servers keep a connection open, so the usual json.loads(event.data) fails after the first silence.
# Needs Python 3.9 or newer. Exits with 0 while it is so.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check httpx-sse==0.4.3 httpx==0.28.1

cat >try.py <<'PY'
import http.server
import json
import threading

import httpx
from httpx_sse import connect_sse


class Answer(http.server.BaseHTTPRequestHandler):
    """A comment, an event, two comments, an event."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b": ping\n\nid: 1\ndata: one\n\n: ping\n\n: ping\n\nid: 2\ndata: two\n\n")

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
threading.Thread(target=server.serve_forever, daemon=True).start()
with httpx.Client() as client, connect_sse(client, "GET", f"http://127.0.0.1:{server.server_port}/") as source:
    print(json.dumps([[event.event, event.id, event.data] for event in source.iter_sse()]))
server.shutdown()
PY
seen=$(timeout 30 python/bin/python try.py)

echo "version:  httpx-sse 0.4.3 on httpx 0.28.1, $(python/bin/python --version)"
echo 'expected: [["message", "1", "one"], ["message", "2", "two"]] (with empty data nothing is dispatched:'
echo "          https://html.spec.whatwg.org/multipage/server-sent-events.html#dispatchMessage)"
echo "seen:     $seen"
echo "source:   SSEDecoder.decode returns None only where there is no last event id either:"
echo "          https://github.com/florimondmanca/httpx-sse/blob/master/src/httpx_sse/_decoders.py"
[ "$seen" = '[["message", "1", "one"], ["message", "1", ""], ["message", "1", ""], ["message", "2", "two"]]' ]
