#!/usr/bin/env bash
# A server that streams events sends the head of its answer at once, so that an EventSource is open, and the first event when there is
# one. H2O 2.2.5 as a reverse proxy keeps that head, also with no filter and no compression, until the first byte of the body comes: until
# then a browser's EventSource is not open, and a time-out for the head strikes streams that are merely quiet. What comes later passes at once.
# Needs Debian 12 and Python 3. Exits with 0 while it is so.
set -euo pipefail

folder=$(mktemp -d)
pids=()
trap 'for pid in "${pids[@]}"; do kill "$pid"; done; rm -rf "$folder"' EXIT
cd "$folder"
version=2.2.5+dfsg2-7
apt-get -q -o APT::Sandbox::User=root download "h2o=$version" libyaml-0-2 >/dev/null
for package in *.deb; do dpkg -x "$package" .; done

cat >server.py <<'PY'
"""Sends a head, and the first event when it is told to: by a connection to its other port."""
import socket

asked, told = (socket.create_server(("127.0.0.1", 0)) for _ in "ab")
print(asked.getsockname()[1], told.getsockname()[1], flush=True)
while True:
    line, _ = asked.accept()
    line.recv(65536)
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
    told.accept()[0].close()
    line.sendall(b"9\r\ndata: 1\n\n\r\n0\r\n\r\n")
    line.close()
PY
cat >try.py <<'PY'
import socket
import sys

port, told = map(int, sys.argv[1:])


def ask():
    """Whether the head comes within three seconds with no event, and whether the event comes once it is there."""
    with socket.create_connection(("127.0.0.1", port), timeout=3) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        came = b""
        try:
            while b"\r\n\r\n" not in came:
                came += line.recv(65536)
            head = "at once"
        except TimeoutError:
            head = "not before the event"
        socket.create_connection(("127.0.0.1", told)).close()
        while b"data: 1" not in came:
            came += line.recv(65536)
        return head


print(ask())
PY
python3 server.py >ports &
pids+=($!)
until [ -s ports ]; do sleep 0.1; done
read -r server told <ports
port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >h2o.yaml <<YAML
listen: {host: 127.0.0.1, port: $port}
num-threads: 1
hosts: {default: {paths: {/: {proxy.reverse.url: "http://127.0.0.1:$server/"}}}}
YAML
touch log
chmod 755 . # as root's, it works as nobody
H2O_ROOT=$folder/usr LD_LIBRARY_PATH=$folder/usr/lib/$(uname -m)-linux-gnu usr/bin/h2o -c h2o.yaml 2>log &
pids+=($!)
until grep -q ready log; do sleep 0.1; done

direct=$(timeout 60 python3 try.py "$server" "$told")
through=$(timeout 60 python3 try.py "$port" "$told")

echo "version:  h2o $version of Debian 12"
echo "expected: a proxy that streams sends the head on when it has it, as HAProxy does, and nginx without its buffers"
echo "seen:     the head comes $direct without it, and $through with it between"
echo "source:   a generator sends its head with its first data: https://github.com/h2o/h2o/blob/v2.2.5/lib/core/proxy.c"
[ "$direct, $through" = "at once, not before the event" ]
