#!/usr/bin/env bash
# A server of axum 0.8.9 keeps some 130 KiB of resident memory for each WebSocket on which nothing happens, though an idle connection
# of other servers takes 6 to 16: the buffer that tungstenite reads into, 128 KiB by default, is filled when the socket opens, and stays.
# With 10,000 clients that is 1.3 GB. WebSocketUpgrade::read_buffer_size(4096) makes it some 6 KiB.
# Needs Linux, Rust and Python 3. Exits with 0 while it is so.
set -euo pipefail

folder=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid"; rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "idle"
version = "0.0.0"
edition = "2021"

[dependencies]
axum = { version = "=0.8.9", features = ["ws"] }
tokio = { version = "=1.54.1", features = ["macros", "net", "rt-multi-thread"] }
tokio-tungstenite = "=0.29.0"
TOML
cat >src/main.rs <<'RUST'
use axum::{extract::ws::WebSocketUpgrade, response::Response, routing::get, Router};

async fn usual(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(|mut socket| async move { while socket.recv().await.is_some() {} })
}

async fn small(upgrade: WebSocketUpgrade) -> Response {
    upgrade.read_buffer_size(4_096).on_upgrade(|mut socket| async move { while socket.recv().await.is_some() {} })
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?.port());
    axum::serve(listener, Router::new().route("/usual", get(usual)).route("/small", get(small))).await
}
RUST
cargo build --quiet --release --target-dir target
target/release/idle >port &
pid=$!
until [ -s port ]; do sleep 0.1; done

cat >try.py <<'PY'
import re
import socket
import sys

CLIENTS = 300
HANDSHAKE = """GET {} HTTP/1.1
Host: localhost
Upgrade: websocket
Connection: Upgrade
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==

"""
port, pid = map(int, sys.argv[1:])


def resident():
    """KiB of the server."""
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1])


def open_one(path):
    line = socket.create_connection(("127.0.0.1", port), timeout=20)
    line.sendall(HANDSHAKE.format(path).replace("\n", "\r\n").encode())
    came = b""
    while b"\r\n\r\n" not in came:
        came += line.recv(1024)
    assert came.split(b" ")[1] == b"101", came
    # a pong to a ping: the server has begun to read
    line.sendall(bytes([0x89, 0x80, 0, 0, 0, 0]))
    assert line.recv(2) == bytes([0x8A, 0])
    return line


lines = []
for path in ("/small", "/usual"):
    open_one(path).close()
    before = resident()
    lines += [open_one(path) for _ in range(CLIENTS)]
    print(round((resident() - before) / CLIENTS), end=" ")
PY
read -r small usual <<<"$(timeout 120 python3 try.py "$(cat port)" "$pid")"

echo "version:  axum 0.8.9, tungstenite 0.29.0, tokio 1.54.1"
echo "expected: no more than 32 KiB for each idle WebSocket"
echo "seen:     $usual KiB each; with read_buffer_size(4096) $small KiB each"
echo "source:   WebSocketUpgrade::read_buffer_size, https://docs.rs/axum/0.8.9/axum/extract/ws/struct.WebSocketUpgrade.html; tungstenite"
echo "          fills its buffer with zeros when it is made, https://docs.rs/tungstenite/0.29.0/tungstenite/protocol/struct.WebSocketConfig.html"
[ "$usual" -gt 100 ] && [ "$small" -lt 32 ]
