#!/usr/bin/env bash
# A long poll is a GET that is answered late. Traffic Server 9.2.5 gives up waiting for an answer's head after
# proxy.config.http.transaction_no_activity_timeout_out (30 s; here 2), which one expects to be a 504. Instead it closes the connection and asks the
# same again, three times more by its default of proxy.config.http.connect_attempts_max_retries; only then the client has its 504. So a server sees
# four polls for each that a client sends, and a client waits four times as long as was set.
# Needs Debian 12 and Python 3. Exits with 0 while it is so.
set -euo pipefail

folder=$(mktemp -d)
pids=()
trap 'for pid in "${pids[@]}"; do kill "$pid"; done; rm -rf "$folder"' EXIT
cd "$folder"
version=9.2.5+ds-0+deb12u4
missing() { LD_LIBRARY_PATH=$libraries ldd usr/bin/traffic_server | awk '/not found/ { print $1 }'; }
apt-get -q -o APT::Sandbox::User=root download "trafficserver=$version" libhwloc15 libtcl8.6 libunwind8 libyaml-cpp0.7 libcurl4 libpcre3 >/dev/null
for package in *.deb; do dpkg -x "$package" .; done
libraries=$folder/usr/lib/$(uname -m)-linux-gnu:$folder/lib/$(uname -m)-linux-gnu:$folder/usr/lib/trafficserver
[ -z "$(missing)" ] || { echo "not here: $(missing)"; exit 2; }

cat >server.py <<'PY'
"""Answers nothing, and writes down each time that it is asked."""
import socket

listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
lines = []
while True:
    line, _ = listener.accept()
    lines.append(line)
    print(line.recv(65536).decode().split("\r\n")[0], flush=True)
PY
python3 server.py >asked &
pids+=($!)
until [ -s asked ]; do sleep 0.1; done
server=$(head -1 asked)
port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')

names="prefix exec_prefix bindir sbindir sysconfdir datadir includedir libdir localstatedir runtimedir logdir cachedir"
{
  echo "libexecdir: $folder/usr/lib/trafficserver/modules"
  for name in $names; do echo "$name: $folder"; done
} >runroot.yaml
echo "map / http://127.0.0.1:$server/" >remap.config
echo 'ip_allow: [{apply: in, ip_addrs: 127.0.0.1, action: allow, methods: ALL}]' >ip_allow.yaml
echo "$folder 32M" >storage.config
user="#-1"
[ "$(id -u)" != 0 ] || { user=nobody && chmod -R a+rwX .; }
env LD_LIBRARY_PATH="$libraries" \
  PROXY_CONFIG_HTTP_SERVER_PORTS="$port:ip-in=127.0.0.1" \
  PROXY_CONFIG_HTTP_TRANSACTION_NO_ACTIVITY_TIMEOUT_OUT=2 \
  PROXY_CONFIG_BODY_FACTORY_TEMPLATE_SETS_DIR="$folder/etc/trafficserver/body_factory" \
  PROXY_CONFIG_LOG_LOGGING_ENABLED=0 \
  PROXY_CONFIG_ADMIN_USER_ID="$user" \
  usr/bin/traffic_server --run-root="$folder/runroot.yaml" >log 2>&1 &
pids+=($!)
until (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.1; done

status=$(python3 - "$port" <<'PY'
import socket
import sys

with socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=60) as line:
    line.sendall(b"GET /poll HTTP/1.1\r\nHost: localhost\r\n\r\n")
    print(line.recv(65536).split(b" ")[1].decode())
PY
)
times=$(grep -c '^GET /poll' asked)

echo "version:  trafficserver $version of Debian 12"
echo "expected: the server is asked once, and the client told 504 when it was not answered in time"
echo "seen:     the server is asked $times times, and then the client is told $status"
echo "source:   https://docs.trafficserver.apache.org/en/9.2.x/admin-guide/files/records.config.en.html"
[ "$times $status" = "4 504" ]
