#!/usr/bin/env bash
# A handshake with `Upgrade: websocket, other`, a list as RFC 9110 §7.8 has it and RFC 6455 §4.2.1 takes it, gets 101 from actix-ws
# 0.4.0, and then no WebSocket: actix-http 3.20.0 takes only a lone `websocket` for an upgrade when it reads the request. What the server
# sends is wrapped in chunks, which a WebSocket's client takes for broken frames.
# Needs Rust and Python 3. Exits with 0 while it is so.
set -euo pipefail

folder=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid"; rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "hello"
version = "0.0.0"
edition = "2021"

[dependencies]
actix-http = { version = "=3.20.0", default-features = false }
actix-web = { version = "=4.18.1", default-features = false, features = ["macros"] }
actix-ws = "=0.4.0"
TOML
cat >src/main.rs <<'RUST'
use actix_web::{rt, web, App, Error, HttpRequest, HttpResponse, HttpServer};

async fn socket(request: HttpRequest, body: web::Payload) -> Result<HttpResponse, Error> {
    let (response, mut session, mut messages) = actix_ws::handle(&request, body)?;
    rt::spawn(async move {
        session.text("hello").await.ok();
        while messages.recv().await.is_some() {}
    });
    Ok(response)
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let server = HttpServer::new(|| App::new().route("/", web::get().to(socket))).workers(1).bind("127.0.0.1:0")?;
    println!("{}", server.addrs()[0].port());
    server.run().await
}
RUST
cargo build --quiet --target-dir target
target/debug/hello >port &
pid=$!
until [ -s port ]; do sleep 0.1; done

cat >try.py <<'PY'
import socket
import sys

HANDSHAKE = """GET / HTTP/1.1
Host: localhost
Upgrade: websocket
Connection: Upgrade
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==

"""


def first_bytes(handshake):
    """What comes after the 101, as far as the frame with "hello" should go."""
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=20) as line:
        line.sendall(handshake.replace("\n", "\r\n").encode())
        came = b""
        while b"hello" not in came:
            came += line.recv(1024)
    head, _, frames = came.partition(b"\r\n\r\n")
    return f"{head.split(b' ')[1].decode()} {frames[:7]!r}"


print(first_bytes(HANDSHAKE))
print(first_bytes(HANDSHAKE.replace("websocket\n", "websocket, other\n", 1)))
PY
seen=$(timeout 60 python3 try.py "$(cat port)")

echo "version:  actix-ws 0.4.0, actix-web 4.18.1, actix-http 3.20.0"
echo "expected: 101 b'\\x81\\x05hello' both times: the frame as it is (RFC 6455 §5.2)"
echo "seen:     ${seen//$'\n'/$'\n'          }"
echo "source:   the decoder takes only an Upgrade that is exactly websocket:"
echo "          https://github.com/actix/actix-web/blob/master/actix-http/src/h1/decoder.rs"
[ "$seen" = "101 b'\\x81\\x05hello'
101 b'7\\r\\n\\x81\\x05he'" ]
