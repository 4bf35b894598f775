#!/usr/bin/env bash
# An event of an open stream is a few bytes, and nothing follows it for a while. HAProxy 2.6.12, which sets TCP_NODELAY on its connections, tells
# the kernel all the same that more will follow, whenever an answer in chunks has not ended: so Linux keeps each event for 200 ms, and sends it
# then. With `option http-no-delay` it goes at once. No log and no head shows it; a poll, which ends, is not late.
# Needs Debian 12 on Linux and Python 3. Exits with 0 while it is so.
set -euo pipefail

folder=$(mktemp -d)
pids=()
trap 'for pid in "${pids[@]}"; do kill "$pid"; done; rm -rf "$folder"' EXIT
cd "$folder"
version=2.6.12-1+deb12u4
apt-get -q -o APT::Sandbox::User=root download "haproxy=$version" liblua5.3-0 libopentracing-c-wrapper0 libopentracing1 >/dev/null
for package in *.deb; do dpkg -x "$package" .; done

cat >server.py <<'PY'
"""Sends an event for each byte that is told to it: by a connection to its other port."""
import socket

asked, told = (socket.create_server(("127.0.0.1", 0)) for _ in "ab")
print(asked.getsockname()[1], told.getsockname()[1], flush=True)
while True:
    line, _ = asked.accept()
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    line.recv(65536)
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
    teller, _ = told.accept()
    while teller.recv(1):
        line.sendall(b"9\r\ndata: x\n\n\r\n")
    line.close()
PY
cat >try.py <<'PY'
import socket
import statistics
import sys
import time

port, told = map(int, sys.argv[1:])
with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
    line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    came = b""
    while b"\r\n\r\n" not in came:
        came += line.recv(65536)
    teller = socket.create_connection(("127.0.0.1", told))
    took = []
    for _ in range(11):
        began = time.monotonic()
        teller.sendall(b"x")
        while b"data: x" not in line.recv(65536):
            pass
        took.append(time.monotonic() - began)
        time.sleep(0.3)
    teller.close()
print(round(1000 * statistics.median(took)))
PY
free() { python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
python3 server.py >ports &
pids+=($!)
until [ -s ports ]; do sleep 0.1; done
read -r server told <ports

# Puts the median of what an event takes, in ms, with this line more, into `took`.
through() {
  local port
  port=$(free)
  printf '%s\n' 'defaults' ' mode http' ' timeout connect 5s' ' timeout client 60s' ' timeout server 60s' " $1" \
    'listen all' " bind 127.0.0.1:$port" " server app 127.0.0.1:$server" >haproxy.cfg
  LD_LIBRARY_PATH=$folder/usr/lib/$(uname -m)-linux-gnu usr/sbin/haproxy -db -f haproxy.cfg >log 2>&1 &
  pids+=($!)
  until (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.1; done
  took=$(timeout 60 python3 try.py "$port" "$told")
}
through ''
late=$took
through 'option http-no-delay'
at_once=$took

echo "version:  haproxy $version of Debian 12, $(uname -sr)"
echo "expected: an event passes in a few milliseconds, with the line and without"
echo "seen:     $late ms without it, $at_once ms with it (median of 11)"
echo "source:   https://docs.haproxy.org/2.6/configuration.html#option%20http-no-delay"
[ "$late" -ge 150 ] && [ "$at_once" -lt 100 ]
