#!/usr/bin/env bash
# An EventSource that was closed stays closed. WebKitGTK 2.50.6 opens one again that a page has closed in `pagehide`, when that page comes back
# from the back/forward cache. So a page that closes its stream when it is left, and opens one when it comes back, has one more each
# time: after three times away and back there are four, and the first three are closed by nobody.
# Needs Debian 12 with webkit2gtk-driver, xvfb and Python 3, which are used as they are installed. Exits with 0 while it is so.
set -euo pipefail

version=2.50.6-1~deb12u2
installed=$(dpkg-query -W -f '${Version}' webkit2gtk-driver || true)
[ "$installed" = "$version" ] || { echo "apt-get install webkit2gtk-driver=$version xvfb (there is: $installed)"; exit 2; }
folder=$(mktemp -d)
pids=()
trap 'for pid in "${pids[@]}"; do kill "$pid" || true; done; rm -rf "$folder"' EXIT
cd "$folder"

cat >try.py <<'PY'
import glob
import http.server
import json
import sys
import threading
import time
import urllib.request

PAGE = b"""<!doctype html><title>page</title><script>
let source;
const open = () => (source = new EventSource("/events"));
open();
addEventListener("pagehide", () => source.close());
addEventListener("pageshow", ({ persisted }) => persisted && open());
</script>"""
streams = set()


class Handler(http.server.BaseHTTPRequestHandler):
    """Counts the streams that are open."""

    def do_GET(self):
        is_stream = self.path == "/events"
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if is_stream else "text/html")
        self.end_headers()
        if not is_stream:
            self.wfile.write(PAGE if self.path == "/page" else b"<!doctype html><title>another</title>")
            return
        streams.add(self)
        try:
            self.wfile.write(b"retry: 200\n\n")
            while True:
                self.wfile.write(b"data: 1\n\n")
                time.sleep(0.1)
        except OSError:
            streams.discard(self)

    def log_message(self, *_):
        pass


def call(path, body):
    address = f"http://127.0.0.1:{sys.argv[1]}/session{path}"
    request = urllib.request.Request(address, json.dumps(body).encode(), {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request, timeout=60))["value"]


def settled(count):
    """How many streams there are, once there are so many, or after five seconds."""
    until = time.monotonic() + 5
    while len(streams) != count and time.monotonic() < until:
        time.sleep(0.05)
    return len(streams)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
here = f"http://127.0.0.1:{server.server_port}"
browser = glob.glob("/usr/lib/*/webkit2gtk-4.*/MiniBrowser")[0]
options = {"webkitgtk:browserOptions": {"binary": browser, "args": ["--automation"]}}
session = "/" + call("", {"capabilities": {"alwaysMatch": options}})["sessionId"]
call(f"{session}/url", {"url": f"{here}/page"})
seen = [settled(1)]
for times in range(1, 4):
    call(f"{session}/url", {"url": f"{here}/another"})
    away = settled(0)
    call(f"{session}/back", {})
    seen.append(settled(times + 1))
    assert away == 0, "a stream stays while the page is away"
print(*seen)
urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{sys.argv[1]}/session{session}", method="DELETE"), timeout=60)
PY
Xvfb -displayfd 3 -nolisten tcp 3>display 2>/dev/null &
pids+=($!)
until [ -s display ]; do sleep 0.1; done
port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
DISPLAY=":$(cat display)" HOME="$folder" WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS=1 WebKitWebDriver --port="$port" >/dev/null 2>&1 &
pids+=($!)
until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.1; done
seen=$(python3 try.py "$port")

echo "version:  WebKitGTK $version, MiniBrowser by WebKitWebDriver"
echo "expected: 1 1 1 1 streams, at first and after each time away and back (close() ends it:"
echo "          https://html.spec.whatwg.org/multipage/server-sent-events.html#dom-eventsource-close)"
echo "seen:     $seen"
echo "source:   the load is cancelled before pagehide, which leaves m_shouldReconnectOnResume set; close() does not clear it:"
echo "          https://github.com/WebKit/WebKit/blob/main/Source/WebCore/page/EventSource.cpp"
echo "          An \`error\` comes before it connects: who calls close() again then has it closed."
[ "$seen" = "1 2 3 4" ]
